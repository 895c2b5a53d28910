import type { Context, Node, NodeId } from "#lib/sim";
import type { ServerMessage } from "#protocol/01-first-node";

interface Added {
  readonly counter: string;
  readonly amount: number;
}

/** A server that keeps its counters in memory, and on its disk a log from which it counts them again after a crash. */
export class Server implements Node<ServerMessage> {
  readonly #counters = new Map<string, number>();

  onStart(ctx: Context<ServerMessage>): void {
    for (let i = ctx.disk.log.first; i < ctx.disk.log.end; i++)
      this.#apply(ctx.disk.log.get<Added>(i) as Added);
  }

  onMessage(ctx: Context<ServerMessage>, from: NodeId, message: ServerMessage): void {
    if (message.type !== "Add" && message.type !== "Read") return;
    const { request, counter } = message;
    if (message.type === "Add") {
      if (this.#valueOf(counter) + message.amount < 0) return ctx.send(from, { type: "Refused", request });
      const added: Added = { counter, amount: message.amount };
      ctx.disk.log.append(added);
      ctx.disk.sync();
      this.#apply(added);
    }
    ctx.send(from, { type: "Counted", request, value: this.#valueOf(counter) });
  }

  #apply({ counter, amount }: Added): void {
    this.#counters.set(counter, this.#valueOf(counter) + amount);
  }

  #valueOf(counter: string): number {
    return this.#counters.get(counter) ?? 0;
  }
}
