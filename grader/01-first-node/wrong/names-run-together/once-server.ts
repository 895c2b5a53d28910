import type { Context, Node, NodeId } from "#lib/sim";
import type { Add, Reply, ServerMessage } from "#protocol/01-first-node";

/** WRONG: nothing stands between client and number, so request 11 of c1 has the name of request 1 of c11. */
export class OnceServer implements Node<ServerMessage> {
  /** Copies of what is on the disk, read once in each life. */
  readonly #counters = new Map<string, number>();
  readonly #oldest = new Map<NodeId, number>();

  onStart(ctx: Context<ServerMessage>): void {
    for (const cell of ctx.disk.cells("counter/")) {
      this.#counters.set(cell.slice("counter/".length), ctx.disk.get<number>(cell) as number);
    }
    for (const cell of ctx.disk.cells("oldest/")) {
      this.#oldest.set(cell.slice("oldest/".length), ctx.disk.get<number>(cell) as number);
    }
  }

  onMessage(ctx: Context<ServerMessage>, from: NodeId, message: ServerMessage): void {
    if (message.type === "Read") {
      const value = this.#counters.get(message.counter) ?? 0;
      ctx.send(from, { type: "Counted", request: message.request, value });
    } else if (message.type === "Add") {
      this.#add(ctx, from, message);
    }
  }

  #add(ctx: Context<ServerMessage>, from: NodeId, { request, oldest, counter, amount }: Add): void {
    const before = this.#oldest.get(from) ?? 0;
    if (request < before) return;
    const known = ctx.disk.get<Reply>(`answer/${from}${request}`);
    if (known !== undefined) return ctx.send(from, known);

    const value = (this.#counters.get(counter) ?? 0) + amount;
    const answer: Reply = value < 0 ? { type: "Refused", request } : { type: "Counted", request, value };
    const changes: Record<string, unknown> = { [`answer/${from}${request}`]: answer };
    if (value >= 0) {
      this.#counters.set(counter, value);
      changes[`counter/${counter}`] = value;
    }
    if (oldest > before) {
      this.#oldest.set(from, oldest);
      changes[`oldest/${from}`] = oldest;
      for (let old = before; old < oldest; old++) {
        changes[`answer/${from}${old}`] = undefined;
      }
    }
    ctx.disk.set(changes);
    ctx.disk.sync();
    ctx.send(from, answer);
  }
}
