import type { Context, Node, NodeId } from "#lib/sim";
import type { Answer, Ask, FrontConfig, FrontMessage } from "#protocol/01-first-node";

/** The timer of a front: the time to answer a request is up. */
export type FrontTimer = { readonly type: "Expired"; readonly client: NodeId; readonly request: number };

/** A front that owes its answer by the deadline of the first Ask; a copy that comes meanwhile does not move it. */
export class Front implements Node<FrontMessage, FrontTimer> {
  readonly config: FrontConfig;
  /** The requests that wait for the backend. Every client counts from 1, so a number alone names nobody. */
  readonly waiting = new Set<string>();

  constructor(config: FrontConfig) {
    this.config = config;
  }

  onMessage(ctx: Context<FrontMessage, FrontTimer>, _from: NodeId, message: FrontMessage): void {
    if (message.type === "Ask") this.passOn(ctx, message);
    else this.answer(ctx, message);
  }

  onTimer(ctx: Context<FrontMessage, FrontTimer>, { client, request }: FrontTimer): void {
    this.answer(ctx, { type: "Answer", client, request, outcome: "info", value: null });
  }

  passOn(ctx: Context<FrontMessage, FrontTimer>, ask: Ask): void {
    const { client, request } = ask;
    const leftMs = ask.withinMs - this.config.marginMs;
    const isFirst = !this.waiting.has(keyOf(ask));
    this.waiting.add(keyOf(ask));
    if (leftMs <= 0) {
      if (isFirst) this.answer(ctx, { type: "Answer", client, request, outcome: "info", value: null });
      return;
    }
    if (isFirst) ctx.setTimer({ type: "Expired", client, request }, leftMs);
    ctx.send(this.config.backend, { ...ask, withinMs: leftMs });
  }

  /** Answers a client that still waits. For one that does not, the answer is too late, or the second. */
  answer(ctx: Context<FrontMessage, FrontTimer>, answer: Answer): void {
    if (!this.waiting.delete(keyOf(answer))) return;
    ctx.cancelTimer({ type: "Expired", client: answer.client, request: answer.request });
    ctx.send(answer.client, answer);
  }
}

function keyOf({ client, request }: Ask | Answer): string {
  return `${client}/${request}`;
}
