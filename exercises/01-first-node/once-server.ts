import { todo } from "#lib/exercise";
import type { Context, Node, NodeId } from "#lib/sim";
import type { ServerMessage } from "#protocol/01-first-node";

/**
 * A server of counters, as in 01.2 (this file stands alone: start from a copy of your `Server` if you like), that does
 * every `Add` at most once, however many copies of it arrive, early or late, before a crash or after it.
 *
 * - Two requests are the same if the same node sent them (`from`) with the same number (`request`).
 * - The first copy of an `Add` is done and answered as in 01.2. Every further copy gets the same answer again,
 *   `Refused` too, and changes nothing: not even if it would be refused now, or would not be.
 * - A `Read` changes nothing. A copy of one is answered with the value of that moment, or with what the first copy was
 *   told: both are right.
 * - At every moment of a crash, an `Add` and the memory of its answer are on the disk together, or neither is.
 * - No answer goes out before what it says is safe.
 * - An `Add` with `oldest: o` says that its client waits for no answer below o any more, now or later. The server
 *   then forgets the answers of this client below o. (The grader counts: everything on the disk, written as JSON, takes at
 *   most 2,000 characters, and 200 more for each counter, each client, and each answer from the client's largest o on.)
 * - An `Add` whose number is below the largest `oldest` in any `Add` that its client has sent is a late copy: nothing is
 *   done, and nothing is sent. (The `oldest` of a `Read` may be used in the same way, or not.)
 * - Nothing is forgotten because time has passed.
 */
export class OnceServer implements Node<ServerMessage> {
  onMessage(ctx: Context<ServerMessage>, from: NodeId, message: ServerMessage): void {
    return todo("01.4");
  }
}
