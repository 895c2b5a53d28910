import { todo } from "#lib/exercise";
import type { Context, Node, NodeId } from "#lib/sim";
import type { Siblings, StoreConfig, StoreMessage, Vector } from "#protocol/08-clocks";

/**
 * What the server `self` knows of a key after it has taken a write of a client that had seen `context`.
 *
 * - The versions that the context covers are replaced: those whose dot's counter is not above the context's number for the dot's node.
 *   The others stay: their values are siblings of the new one.
 * - The new version's dot is of `self`, with a counter above every counter of `self` that is in `seen` or in the context.
 * - `seen` covers what it covered, what the context covers, and the new dot.
 * - A version is known by its dot: equal values with different dots are different versions, here and in `mergeSiblings`.
 *
 * Neither argument is changed.
 */
export function writeVersion(siblings: Siblings, self: NodeId, value: string, context: Vector): Siblings {
  return todo("08.3");
}

/**
 * What two servers know of a key, together. A version stays if both have it, or if one has it and the other has never seen its dot. If the
 * other has seen it and has it no more, something has replaced it. `seen` covers what either covers.
 *
 * Neither argument is changed. The order of the arguments and of the versions makes no difference.
 */
export function mergeSiblings(a: Siblings, b: Siblings): Siblings {
  return todo("08.3");
}

/** A plain value of your own choice: what the store's timers carry. */
type Timer = { readonly type: string };

/**
 * One of several servers of a store. Each takes every Get and every Put, answers it in the same handler, and tells the others.
 *
 * - Get: GetReply with the values of all siblings, and `seen` as the context. Of a key that nobody has written: no values, and {}.
 * - Put: as `writeVersion` says; then PutReply. A Put that comes twice may make two versions of one value.
 * - Share: as `mergeSiblings` says. It has no answer.
 * - Every `shareMs` it sends each peer a Share of each key that it has, from its start on. It may send more of them at other times.
 * - What it has told anyone of a write that it took, in a PutReply, a GetReply or a Share, survives a crash: no dot ever names two writes.
 *   What a Share brought may be lost in a crash, for it will be told again.
 */
export class Store implements Node<StoreMessage, Timer> {
  constructor(config: StoreConfig) {
    todo("08.3");
  }

  /** At the first start, and after every crash. */
  onStart(ctx: Context<StoreMessage, Timer>): void {
    todo("08.3");
  }

  onMessage(ctx: Context<StoreMessage, Timer>, from: NodeId, message: StoreMessage): void {
    todo("08.3");
  }

  onTimer(ctx: Context<StoreMessage, Timer>, timer: Timer): void {
    todo("08.3");
  }
}
