import type { Context, Node, NodeId } from "#lib/sim";
import type { Add, Reply, ServerMessage } from "#protocol/01-first-node";

/** What the server remembers of one client: a cell of its disk. */
interface Session {
  /** The client waits for no answer below this number, so none is kept, and no request below it is done. */
  readonly oldest: number;
  /** The answers from `oldest` on, by the number of their request. */
  readonly answers: { readonly [request: number]: Reply };
}

/** WRONG: a request whose number is the bound itself is taken for an old one if it comes late. */
export class OnceServer implements Node<ServerMessage> {
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

  add(ctx: Context<ServerMessage>, from: NodeId, add: Add): void {
    const session = ctx.disk.get<Session>(`session/${from}`) ?? { oldest: 0, answers: {} };
    const known = session.answers[add.request];
    if (known !== undefined) {
      ctx.send(from, known);
      return;
    }
    if (add.request <= session.oldest) return;

    const value = countOf(ctx, add.counter) + add.amount;
    const answer: Reply =
      value < 0
        ? { type: "Refused", request: add.request }
        : { type: "Counted", request: add.request, value };
    // The effect and its memory in one write: a crash that parts them would lose the one or double the other.
    ctx.disk.set({
      ...(answer.type === "Counted" && { [`counter/${add.counter}`]: answer.value }),
      [`session/${from}`]: remember(session, add, answer),
    });
    ctx.disk.sync();
    ctx.send(from, answer);
  }
}

/** The session with one answer more, and without those that its client has said it needs no longer. */
function remember(session: Session, { request, oldest }: Add, answer: Reply): Session {
  // A late message brings an old `oldest`: what was forgotten stays so.
  const from = Math.max(session.oldest, oldest);
  const kept = Object.entries(session.answers).filter(([number]) => Number(number) >= from);
  return { oldest: from, answers: { ...Object.fromEntries(kept), [request]: answer } };
}

function countOf(ctx: Context<ServerMessage>, counter: string): number {
  return ctx.disk.get<number>(`counter/${counter}`) ?? 0;
}
