import type { Context, Node, NodeId } from "#lib/sim";
import type { Add, ServerMessage } from "#protocol/01-first-node";

/** A server of counters. It has no fields: all that it knows is on its disk, so a crash costs it nothing. */
export class Server implements Node<ServerMessage> {
  onMessage(ctx: Context<ServerMessage>, from: NodeId, message: ServerMessage): void {
    switch (message.type) {
      case "Add":
        this.add(ctx, from, message);
        return;
      case "Read":
        ctx.send(from, { type: "Counted", request: message.request, value: countOf(ctx, message.counter) });
        return;
      case "Counted":
      case "Refused":
        return; // What a server says, nobody says to it.
      default:
        message satisfies never;
    }
  }

  add(ctx: Context<ServerMessage>, from: NodeId, { request, counter, amount }: Add): void {
    const value = countOf(ctx, counter) + amount;
    if (value < 0) {
      ctx.send(from, { type: "Refused", request });
      return;
    }
    // First the disk, then the word: a crash may fall between any two of these lines.
    ctx.send(from, { type: "Counted", request, value });
    ctx.disk.set(counter, value);
    ctx.disk.sync();
  }
}

function countOf(ctx: Context<ServerMessage>, counter: string): number {
  return ctx.disk.get<number>(counter) ?? 0;
}
