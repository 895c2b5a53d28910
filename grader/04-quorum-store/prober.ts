import type { Application, Context, NodeId } from "#lib/sim";
import type { Message, Row } from "#protocol/04-quorum-store";

/** Asks every replica for every key, again and again, from `atMs` on: what a replica has is what it answers. */
export class Prober implements Application<Message, "again"> {
  /** The last answer of each node for each key: "n1 x". */
  readonly rows = new Map<string, Row | null>();
  readonly #nodes: readonly NodeId[];
  readonly #keys: readonly string[];
  readonly #isTime: () => boolean;
  readonly #everyMs: number;

  constructor(nodes: readonly NodeId[], keys: readonly string[], isTime: () => boolean, everyMs = 1_000) {
    this.#nodes = nodes;
    this.#keys = keys;
    this.#isTime = isTime;
    this.#everyMs = everyMs;
  }

  onStart(ctx: Context<Message, "again">): void {
    this.onTimer(ctx);
  }

  onTimer(ctx: Context<Message, "again">): void {
    ctx.setTimer("again", this.#everyMs);
    if (!this.#isTime()) return;
    for (const to of this.#nodes) {
      for (const key of this.#keys) ctx.send(to, { type: "Fetch", op: `probe ${key}`, key });
    }
  }

  onMessage(_ctx: Context<Message, "again">, from: NodeId, message: Message): void {
    if (message.type === "FetchReply") this.rows.set(`${from} ${message.key}`, message.row);
  }

  /** Undefined until it was answered. */
  rowOf(node: NodeId, key: string): Row | null | undefined {
    return this.rows.get(`${node} ${key}`);
  }
}
