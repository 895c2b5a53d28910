import { todo } from "#lib/exercise";
import type { Context, Node, NodeId } from "#lib/sim";
import type { ServerMessage } from "#protocol/01-first-node";

/**
 * A server of counters, each known by its name. A counter that was never added to is 0.
 *
 * - Every `Add` and every `Read` that arrives gets exactly one reply, to the node that sent it, with the number of its request.
 * - An `Add` adds its amount and is answered `Counted` with the new value. One that would take the counter below 0
 *   changes nothing and is answered `Refused`.
 * - A `Read` is answered `Counted` with the value, and changes nothing.
 * - A value that was once sent in a `Counted` survives a crash: the values are on `ctx.disk`, and are synced
 *   before the reply goes out.
 *
 * A copy of an `Add` is added again here. That is the business of 01.4.
 */
export class Server implements Node<ServerMessage> {
  onMessage(ctx: Context<ServerMessage>, from: NodeId, message: ServerMessage): void {
    return todo("01.2");
  }
}
