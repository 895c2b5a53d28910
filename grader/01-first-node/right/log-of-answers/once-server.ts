import type { Context, Node, NodeId } from "#lib/sim";
import type { Reply, ServerMessage } from "#protocol/01-first-node";

/** What was done for one request: the effect and its memory in one entry of the log. */
interface Entry {
  readonly from: NodeId;
  readonly request: number;
  readonly oldest: number;
  readonly counter: string;
  readonly answer: Reply;
}

interface Session {
  oldest: number;
  readonly answers: Map<number, Entry>;
}

/** Everything that the log says, in one value. */
interface Summary {
  readonly counters: readonly (readonly [string, number])[];
  readonly sessions: readonly (readonly [NodeId, number, readonly Entry[]])[];
  readonly upTo: number;
}

/** A server that writes a log, and now and then a summary that makes the log short again. */
export class OnceServer implements Node<ServerMessage> {
  readonly #counters = new Map<string, number>();
  readonly #sessions = new Map<NodeId, Session>();

  onStart(ctx: Context<ServerMessage>): void {
    const summary = ctx.disk.get<Summary>("summary");
    for (const [counter, value] of summary?.counters ?? []) this.#counters.set(counter, value);
    for (const [from, oldest, entries] of summary?.sessions ?? []) {
      this.#sessions.set(from, { oldest, answers: new Map(entries.map((entry) => [entry.request, entry])) });
    }
    for (let i = Math.max(ctx.disk.log.first, summary?.upTo ?? 0); i < ctx.disk.log.end; i++) {
      this.#apply(ctx.disk.log.get<Entry>(i) as Entry);
    }
  }

  onMessage(ctx: Context<ServerMessage>, from: NodeId, message: ServerMessage): void {
    if (message.type !== "Add" && message.type !== "Read") return;
    const { request, oldest, counter } = message;
    const value = (this.#counters.get(counter) ?? 0) + (message.type === "Add" ? message.amount : 0);
    if (message.type === "Read") return ctx.send(from, { type: "Counted", request, value });

    const session = this.#sessions.get(from);
    if (session && request < session.oldest) return;
    const known = session?.answers.get(request);
    if (known) return ctx.send(from, known.answer);
    const answer: Reply = value < 0 ? { type: "Refused", request } : { type: "Counted", request, value };
    const entry: Entry = { from, request, oldest, counter, answer };
    ctx.disk.log.append(entry);
    ctx.disk.sync();
    this.#apply(entry);
    ctx.send(from, answer);
    if (ctx.disk.log.end - ctx.disk.log.first >= 8) this.#shorten(ctx);
  }

  #apply(entry: Entry): void {
    const { from, request, oldest, counter, answer } = entry;
    if (answer.type === "Counted") this.#counters.set(counter, answer.value);
    const session = this.#sessions.get(from) ?? { oldest: 0, answers: new Map() };
    session.answers.set(request, entry);
    session.oldest = Math.max(session.oldest, oldest);
    for (const number of session.answers.keys()) if (number < session.oldest) session.answers.delete(number);
    this.#sessions.set(from, session);
  }

  #shorten(ctx: Context<ServerMessage>): void {
    const sessions = [...this.#sessions].map(
      ([from, { oldest, answers }]) => [from, oldest, [...answers.values()]] as const,
    );
    const summary: Summary = { counters: [...this.#counters], sessions, upTo: ctx.disk.log.end };
    // The summary is safe before the entries go, and says up to where it reaches: a crash between the two does no harm.
    ctx.disk.set("summary", summary);
    ctx.disk.sync();
    ctx.disk.log.dropHead(summary.upTo);
    ctx.disk.sync();
  }
}
