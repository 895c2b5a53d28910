import { app, type Context, type Node, type NodeId } from "#lib/sim";
import type {
  Account,
  Inquire,
  ParticipantConfig,
  ParticipantMessage,
  Prepare,
  Result,
  TransactionId,
  Work,
} from "#protocol/10-two-phase-commit";

/** We have been in doubt for a while: ask. */
interface Ask {
  readonly type: "Ask";
  readonly id: TransactionId;
}

type ParticipantContext = Context<ParticipantMessage, Ask>;

/** A transaction for which we voted yes, and do not know more. */
interface InDoubt {
  readonly state: "in doubt";
  readonly coordinator: NodeId;
  readonly participants: readonly NodeId[];
  readonly work: Work;
  readonly seen: Result;
}

/** What the disk knows of a transaction. Of one for which we voted no it knows nothing. */
type Known = InDoubt | { readonly state: "committed" | "aborted" };

export class Participant implements Node<ParticipantMessage, Ask> {
  readonly #config: ParticipantConfig;

  constructor(config: ParticipantConfig) {
    this.#config = config;
  }

  onStart(ctx: ParticipantContext): void {
    for (const cell of ctx.disk.cells(knownCell(""))) {
      const id = cell.slice(knownCell("").length);
      if (known(ctx, id)?.state === "in doubt") this.#askLater(ctx, id);
    }
  }

  onMessage(ctx: ParticipantContext, from: NodeId, message: ParticipantMessage): void {
    switch (message.type) {
      case "Prepare":
        return this.#prepare(ctx, from, message);
      case "Commit":
        return this.#commit(ctx, from, message.id);
      case "Abort":
        return this.#abort(ctx, message.id);
      case "Inquire":
        if (this.#config.asksOthers) this.#answer(ctx, from, message);
        return;
    }
  }

  onTimer(ctx: ParticipantContext, { id }: Ask): void {
    this.#inquire(ctx, id);
    this.#askOthers(ctx, id);
  }

  #prepare(ctx: ParticipantContext, from: NodeId, { id, work, participants }: Prepare<Work>): void {
    const before = known(ctx, id);
    if (before?.state === "committed") return; // A late copy: doing it again would take the money twice.
    const seen = before?.state === "in doubt" ? before.seen : before ? null : this.#tryWork(ctx, work);
    if (!before && seen) {
      const transaction: InDoubt = { state: "in doubt", coordinator: from, participants, work, seen };
      ctx.disk.set(knownCell(id), transaction);
      ctx.disk.sync(); // Before the vote: from here on the coordinator may count on us.
      this.#askLater(ctx, id);
    }
    ctx.send(from, { type: "Vote", id, yes: seen !== null, result: seen });
  }

  /** What the work finds; null if it cannot be done, now or at all. */
  #tryWork(ctx: ParticipantContext, work: Work): Result | null {
    // From the disk and not from a table beside it: what is in doubt and what is locked cannot come apart.
    const locked = lockedAccounts(ctx);
    const seen = [];
    for (const action of work) {
      const found = this.#account(ctx, action.account);
      if (!found || locked.has(action.account)) return null;
      if (action.op === "add" && found.balance + action.amount < 0) return null;
      seen.push({ account: action.account, balance: found.balance, ref: found.ref });
    }
    return seen;
  }

  #commit(ctx: ParticipantContext, from: NodeId, id: TransactionId): void {
    const transaction = known(ctx, id);
    if (transaction?.state === "in doubt") {
      const changed = transaction.work.flatMap((action) => {
        if (action.op === "read") return [];
        const balance = this.#account(ctx, action.account)!.balance + action.amount;
        return [[accountCell(action.account), { balance, ref: action.ref }] as const];
      });
      // One write: balances that are new and a transaction that is in doubt would be changed once more.
      ctx.disk.set({ ...Object.fromEntries(changed), [knownCell(id)]: { state: "committed" } });
      ctx.disk.sync(); // Before the Ack: the coordinator forgets, and then says that it was aborted.
      ctx.cancelTimer({ type: "Ask", id });
      ctx.send(app, { type: "Decided", id, outcome: "commit" });
    }
    ctx.send(from, { type: "Ack", id });
  }

  #abort(ctx: ParticipantContext, id: TransactionId): void {
    if (known(ctx, id)?.state !== "in doubt") return; // An Abort after a commit is an answer to an old question.
    ctx.disk.set(knownCell(id), { state: "aborted" }); // No sync: whoever asks again is told the same.
    ctx.cancelTimer({ type: "Ask", id });
    ctx.send(app, { type: "Decided", id, outcome: "abort" });
  }

  #inquire(ctx: ParticipantContext, id: TransactionId): void {
    const transaction = known(ctx, id);
    if (transaction?.state !== "in doubt") return;
    ctx.send(transaction.coordinator, { type: "Inquire", id });
    this.#askLater(ctx, id);
  }

  #askOthers(ctx: ParticipantContext, id: TransactionId): void {
    const transaction = known(ctx, id);
    if (transaction?.state !== "in doubt") return;
    for (const other of transaction.participants) {
      if (other !== ctx.self) ctx.send(other, { type: "Inquire", id });
    }
  }

  /** Another participant asks. What we have not promised to anyone we can still refuse, for good. */
  #answer(ctx: ParticipantContext, from: NodeId, { id }: Inquire): void {
    const transaction = known(ctx, id);
    if (transaction?.state === "in doubt") return;
    if (transaction?.state === "committed") {
      ctx.send(from, { type: "Commit", id });
      return;
    }
    ctx.disk.set(knownCell(id), { state: "aborted" });
    ctx.disk.sync(); // Before the answer: a late Prepare must find it, also after a crash.
    ctx.send(from, { type: "Abort", id });
  }

  #askLater(ctx: ParticipantContext, id: TransactionId): void {
    ctx.setTimer({ type: "Ask", id }, this.#config.retryMs);
  }

  #account(ctx: ParticipantContext, account: string): Account | undefined {
    const opening = this.#config.accounts[account];
    if (opening === undefined) return undefined;
    return ctx.disk.get<Account>(accountCell(account)) ?? { balance: opening, ref: null };
  }
}

const accountCell = (account: string): string => `account/${account}`;
const knownCell = (id: TransactionId): string => `transaction/${id}`;

function known(ctx: ParticipantContext, id: TransactionId): Known | undefined {
  return ctx.disk.get<Known>(knownCell(id));
}

function lockedAccounts(ctx: ParticipantContext): Set<string> {
  const all = ctx.disk.cells(knownCell("")).map((cell) => ctx.disk.get<Known>(cell)!);
  const works = all.flatMap((transaction) => (transaction.state === "in doubt" ? transaction.work : []));
  return new Set(works.map(({ account }) => account));
}
