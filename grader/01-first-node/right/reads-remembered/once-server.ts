import type { Context, Node, NodeId } from "#lib/sim";
import type { Reply, Request, ServerMessage } from "#protocol/01-first-node";

/** What the server remembers of one client: a cell of its disk. */
interface Session {
  /** The client waits for no answer below this number, so none is kept, and no request below it is done. */
  readonly oldest: number;
  /** The answers from `oldest` on, by the number of their request. */
  readonly answers: { readonly [request: number]: Reply };
}

/** A server that does every request at most once, `Read`s too. */
export class OnceServer implements Node<ServerMessage> {
  onMessage(ctx: Context<ServerMessage>, from: NodeId, message: ServerMessage): void {
    switch (message.type) {
      case "Add":
      case "Read":
        this.once(ctx, from, message);
        return;
      case "Counted":
      case "Refused":
        return; // What a server says, nobody says to it.
      default:
        message satisfies never;
    }
  }

  once(ctx: Context<ServerMessage>, from: NodeId, message: Request): void {
    const session = ctx.disk.get<Session>(`session/${from}`) ?? { oldest: 0, answers: {} };
    // Nobody waits for it, and whether it was done is forgotten: doing it now might be the second time.
    if (message.request < session.oldest) return;

    const known = session.answers[message.request];
    if (known !== undefined) {
      ctx.send(from, known);
      return;
    }

    const value = countOf(ctx, message.counter) + (message.type === "Add" ? message.amount : 0);
    const answer: Reply =
      value < 0
        ? { type: "Refused", request: message.request }
        : { type: "Counted", request: message.request, value };
    // The effect and its memory in one write: a crash that parts them would lose the one or double the other.
    ctx.disk.set({
      ...(answer.type === "Counted" && { [`counter/${message.counter}`]: answer.value }),
      [`session/${from}`]: remember(session, message, answer),
    });
    ctx.disk.sync();
    ctx.send(from, answer);
  }
}

/** The session with one answer more, and without those that its client has said it needs no longer. */
function remember(session: Session, { request, oldest }: Request, answer: Reply): Session {
  // A late message brings an old `oldest`: what was forgotten stays so.
  const from = Math.max(session.oldest, oldest);
  const kept = Object.entries(session.answers).filter(([number]) => Number(number) >= from);
  return { oldest: from, answers: { ...Object.fromEntries(kept), [request]: answer } };
}

function countOf(ctx: Context<ServerMessage>, counter: string): number {
  return ctx.disk.get<number>(`counter/${counter}`) ?? 0;
}
