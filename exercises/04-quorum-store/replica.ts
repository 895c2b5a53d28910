import { todo } from "#lib/exercise";
import type { Node, NodeId } from "#lib/sim";
import type {
  Answer,
  Fetch,
  FetchReply,
  Message,
  ReplicaConfig,
  Request,
  Store,
  Version,
} from "#protocol/04-quorum-store";
import { beginComparison, compare, compareWithOne, exchange } from "./anti-entropy.ts";
import { beginGrace, endGrace } from "./deletes.ts";
import { dropHint, handOff, keepHint } from "./hints.ts";
import type { ReplicaContext, Timer } from "./rows.ts";

/**
 * A node that coordinates what its application asks for and, if it is one of `config.replicas`, keeps every key.
 *
 * As a replica:
 * - It answers every Fetch and every Store at once, whoever sent it. What a StoreReply or a FetchReply tells of, a crash cannot take
 *   back: it is safe before it is told.
 * - A row is replaced only by a newer one. A Store of an older version is confirmed all the same.
 *
 * As a coordinator, which has to be right for several operations that are open at a time:
 * - It asks replicas with Fetch. When R different replicas have answered, a Get has its answer: the newest of their rows.
 * - A write then gets its version: this node, and 1 + the largest counter among those R answers and the counters that this node has ever
 *   used, in this life or before. A version is never given to two writes. Then Store goes to replicas, and when W different ones have
 *   it safe, the write is `ok`. The node itself, if it is a replica, counts once, like any other, and only with what it has safe.
 * - Whom it asks first is up to you. Whatever has not ended after retryMs is asked of every replica that has not answered, and so on
 *   each retryMs. The row of a write stays the same.
 * - When an operation is not `ok` timeoutMs after it was asked for, a Get is answered with `fail`. A write is answered with `info`. Only
 *   if it was stored nowhere, and is not later either, may it be answered with `fail` instead. Nothing is taken back.
 * - When timeoutMs is over, nothing more is sent for an operation, whatever became of it and whatever answers still come.
 * - Each request has one answer, which goes to the application: `app`, from #lib/sim. What comes later changes nothing in it.
 * - A FetchReply counts only for the Fetch with its `op`. A StoreReply counts for the write with its key and version, to whichever Store
 *   it is the answer.
 *
 * The dispatching is written already; change it if your design wants something else: only the messages are fixed. What a node sends
 * to itself arrives, at once and for certain.
 */
export class Replica implements Node<Message, Timer> {
  readonly #config: ReplicaConfig;

  constructor(config: ReplicaConfig) {
    this.#config = config;
  }

  onStart(ctx: ReplicaContext): void {
    // Your own beginning comes here. What follows is for 04.5 and 04.6.
    if (this.#config.compareMs !== null) beginComparison(ctx, this.#config);
    if (this.#config.spares.length > 0) handOff(ctx, this.#config);
  }

  onMessage(ctx: ReplicaContext, from: NodeId, message: Message): void {
    switch (message.type) {
      case "Put":
      case "Delete":
      case "Get":
        return this.#begin(ctx, message);
      case "Fetch":
        return this.#answerFetch(ctx, from, message);
      case "FetchReply":
        return this.#found(ctx, from, message);
      case "Store":
        return this.#answerStore(ctx, from, message);
      case "StoreReply":
        if (this.#config.spares.length > 0) dropHint(ctx, from, message.key, message.version);
        return this.#stored(ctx, from, message.key, message.version);
      case "Collect":
        return beginGrace(ctx, this.#config, message);
      case "Hint":
        return keepHint(ctx, this.#config, from, message);
      case "HintReply":
        return this.#stored(ctx, from, message.key, message.version);
      case "Compare":
        return compare(ctx, from, message);
      case "Rows":
        return exchange(ctx, from, message);
      default:
        message satisfies Answer; // These go to the application, and come from nobody.
    }
  }

  onTimer(ctx: ReplicaContext, timer: Timer): void {
    switch (timer.type) {
      case "Retry":
        return this.#retry(ctx, timer.op);
      case "Late":
        return this.#giveUp(ctx, timer.op);
      case "Drop":
        return endGrace(ctx, timer.key, timer.version);
      case "HandOff":
        return handOff(ctx, this.#config);
      case "Compare":
        return compareWithOne(ctx, this.#config);
    }
  }

  /** Someone wants this node's row of a key. */
  #answerFetch(ctx: ReplicaContext, from: NodeId, fetch: Fetch): void {
    todo("04.2");
  }

  /** Someone wants a row kept. */
  #answerStore(ctx: ReplicaContext, from: NodeId, store: Store): void {
    todo("04.2");
  }

  /** The application asks for something: an operation begins. (A Delete is for 04.4.) */
  #begin(ctx: ReplicaContext, request: Request): void {
    todo("04.2");
  }

  /** A replica has told what it has. */
  #found(ctx: ReplicaContext, from: NodeId, reply: FetchReply): void {
    todo("04.2");
  }

  /** A node has a version, or a newer one, safe: a replica, or (04.5) a spare with a hint. */
  #stored(ctx: ReplicaContext, from: NodeId, key: string, version: Version): void {
    todo("04.2");
  }

  /** retryMs are over. */
  #retry(ctx: ReplicaContext, op: string): void {
    todo("04.2");
  }

  /** timeoutMs are over. */
  #giveUp(ctx: ReplicaContext, op: string): void {
    todo("04.2");
  }
}
