import type { Context, Node, NodeId } from "#lib/sim";
import type { Answer, FrontConfig, FrontMessage } from "#protocol/01-first-node";

/** One timer for all: the next time at which something is due. */
export type FrontTimer = "due";

/** WRONG: measures deadlines by its clock, which may jump, and then gives up too early or too late. */
export class Front implements Node<FrontMessage, FrontTimer> {
  readonly #config: FrontConfig;
  /** For each client, the requests that wait, and when their answers are due. */
  readonly #due = new Map<NodeId, Map<number, number>>();

  constructor(config: FrontConfig) {
    this.#config = config;
  }

  onMessage(ctx: Context<FrontMessage, FrontTimer>, _from: NodeId, message: FrontMessage): void {
    const { client, request } = message;
    if (message.type === "Answer") return this.#answer(ctx, message);
    const leftMs = message.withinMs - this.#config.marginMs;
    const requests = this.#due.get(client) ?? new Map<number, number>();
    this.#due.set(client, requests);
    const dueMs = requests.get(request) ?? ctx.now + leftMs;
    requests.set(request, dueMs);
    if (leftMs > 0) ctx.send(this.#config.backend, { ...message, withinMs: leftMs });
    this.#look(ctx);
  }

  onTimer(ctx: Context<FrontMessage, FrontTimer>): void {
    this.#look(ctx);
  }

  /** Answers what is due, and sleeps until the next is. */
  #look(ctx: Context<FrontMessage, FrontTimer>): void {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [client, requests] of this.#due) {
      for (const [request, dueMs] of requests) {
        if (dueMs > ctx.now) nextMs = Math.min(nextMs, dueMs);
        else this.#answer(ctx, { type: "Answer", client, request, outcome: "info", value: null });
      }
    }
    if (nextMs < Number.POSITIVE_INFINITY) ctx.setTimer("due", nextMs - ctx.now);
  }

  #answer(ctx: Context<FrontMessage, FrontTimer>, answer: Answer): void {
    if (this.#due.get(answer.client)?.delete(answer.request)) ctx.send(answer.client, answer);
  }
}
