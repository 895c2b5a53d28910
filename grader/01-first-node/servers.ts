import type { Context, Node, NodeId } from "#lib/sim";
import type { Answer, Ask, FrontMessage, Reply, ServerMessage } from "#protocol/01-first-node";

/* The servers that the chapter gives: they do every request once, and forget nothing. */

/** A server of counters, each of which has its own initial value. */
export class TrustedServer implements Node<ServerMessage> {
  readonly #initial: (counter: string) => number;

  constructor(initial: (counter: string) => number) {
    this.#initial = initial;
  }

  onMessage(ctx: Context<ServerMessage>, from: NodeId, message: ServerMessage): void {
    if (message.type !== "Read" && message.type !== "Add") return;
    const { counter, request } = message;
    const cell = `${from}/${request}`;
    let reply = ctx.disk.get<Reply>(cell);
    if (reply === undefined) {
      const amount = message.type === "Add" ? message.amount : 0;
      const value = (ctx.disk.get<number>(counter) ?? this.#initial(counter)) + amount;
      reply = value < 0 ? { type: "Refused", request } : { type: "Counted", request, value };
      ctx.disk.set(value < 0 ? { [cell]: reply } : { [cell]: reply, [counter]: value });
      ctx.disk.sync();
    }
    ctx.send(from, reply);
  }
}

/** A backend. It works for `workMs` before it answers. */
export class TrustedBackend
  implements Node<FrontMessage, { readonly front: NodeId; readonly answer: Answer }>
{
  readonly #initial: number;
  readonly #workMs: number;
  readonly #working = new Set<string>();

  constructor(initial: number, workMs = 0) {
    this.#initial = initial;
    this.#workMs = workMs;
  }

  onMessage(
    ctx: Context<FrontMessage, { front: NodeId; answer: Answer }>,
    from: NodeId,
    message: FrontMessage,
  ): void {
    if (message.type !== "Ask") return;
    const answer = this.#answer(ctx, message);
    if (this.#workMs === 0) return ctx.send(from, answer);
    // A repeated Ask must not set the timer of the first one back.
    const name = `${answer.client}/${answer.request}`;
    if (this.#working.has(name)) return;
    this.#working.add(name);
    ctx.setTimer({ front: from, answer }, this.#workMs);
  }

  onTimer(ctx: Context<FrontMessage, never>, { front, answer }: { front: NodeId; answer: Answer }): void {
    this.#working.delete(`${answer.client}/${answer.request}`);
    ctx.send(front, answer);
  }

  #answer(ctx: Context<FrontMessage, never>, { client, request, counter, amount }: Ask): Answer {
    const cell = `${client}/${request}`;
    const known = ctx.disk.get<Answer>(cell);
    if (known !== undefined) return known;
    const value = (ctx.disk.get<number>(counter) ?? this.#initial) + amount;
    const isDone = value >= 0;
    const answer: Answer = {
      type: "Answer",
      client,
      request,
      outcome: isDone ? "ok" : "fail",
      value: isDone ? value : null,
    };
    ctx.disk.set(isDone ? { [cell]: answer, [counter]: value } : { [cell]: answer });
    ctx.disk.sync();
    return answer;
  }
}
