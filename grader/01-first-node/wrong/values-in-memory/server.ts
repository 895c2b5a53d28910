import type { Context, Node, NodeId } from "#lib/sim";
import type { Add, ServerMessage } from "#protocol/01-first-node";

/** A server of counters. It keeps them in its memory. */
export class Server implements Node<ServerMessage> {
  readonly counters = new Map<string, number>();

  onMessage(ctx: Context<ServerMessage>, from: NodeId, message: ServerMessage): void {
    switch (message.type) {
      case "Add":
        this.add(ctx, from, message);
        return;
      case "Read":
        ctx.send(from, {
          type: "Counted",
          request: message.request,
          value: this.counters.get(message.counter) ?? 0,
        });
        return;
      case "Counted":
      case "Refused":
        return; // What a server says, nobody says to it.
      default:
        message satisfies never;
    }
  }

  add(ctx: Context<ServerMessage>, from: NodeId, { request, counter, amount }: Add): void {
    const value = (this.counters.get(counter) ?? 0) + amount;
    if (value < 0) {
      ctx.send(from, { type: "Refused", request });
      return;
    }
    this.counters.set(counter, value);
    ctx.send(from, { type: "Counted", request, value });
  }
}
