import { app, type Context, type Node, type NodeId } from "#lib/sim";
import type {
  Account,
  Action,
  Outcome,
  ParticipantConfig,
  ParticipantMessage,
  Prepare,
  Result,
  TransactionId,
  Work,
} from "#protocol/10-two-phase-commit";

type Ctx = Context<ParticipantMessage, TransactionId>;

interface Yes {
  readonly entry: "yes";
  readonly id: TransactionId;
  readonly coordinator: NodeId;
  readonly participants: readonly NodeId[];
  readonly work: Work;
  readonly seen: Result;
}

interface Ended {
  readonly entry: Outcome;
  readonly id: TransactionId;
}

/** Everything is in a log, which a start plays again; balances and a table of locks are in memory. Readers share a lock. */
export class Participant implements Node<ParticipantMessage, TransactionId> {
  readonly #accounts = new Map<string, Account>();
  readonly #prepared = new Map<TransactionId, Yes>();
  readonly #ended = new Map<TransactionId, Outcome>();
  readonly #readers = new Map<string, Set<TransactionId>>();
  readonly #writers = new Map<string, TransactionId>();
  readonly #retryMs: number;
  readonly #asksOthers: boolean;

  constructor({ accounts, retryMs, asksOthers }: ParticipantConfig) {
    for (const [name, balance] of Object.entries(accounts)) this.#accounts.set(name, { balance, ref: null });
    this.#retryMs = retryMs;
    this.#asksOthers = asksOthers;
  }

  onStart(ctx: Ctx): void {
    for (let i = ctx.disk.log.first; i < ctx.disk.log.end; i++) this.#play(ctx.disk.log.get<Yes | Ended>(i)!);
    for (const id of this.#prepared.keys()) ctx.setTimer(id, this.#retryMs);
  }

  onMessage(ctx: Ctx, from: NodeId, message: ParticipantMessage): void {
    if (message.type === "Prepare") this.#vote(ctx, from, message);
    if (message.type === "Commit") {
      this.#end(ctx, message.id, "commit");
      ctx.send(from, { type: "Ack", id: message.id });
    }
    if (message.type === "Abort") this.#end(ctx, message.id, "abort");
    if (message.type === "Inquire" && this.#asksOthers) this.#tell(ctx, from, message.id);
  }

  onTimer(ctx: Ctx, id: TransactionId): void {
    const yes = this.#prepared.get(id);
    if (!yes) return;
    const asked = this.#asksOthers ? [yes.coordinator, ...yes.participants] : [yes.coordinator];
    for (const to of asked) if (to !== ctx.self) ctx.send(to, { type: "Inquire", id });
    ctx.setTimer(id, this.#retryMs);
  }

  #vote(ctx: Ctx, from: NodeId, { id, work, participants }: Prepare<Work>): void {
    let yes = this.#prepared.get(id);
    if (!yes && !this.#ended.has(id) && work.every((action) => this.#isFree(action))) {
      const seen = work.map(({ account }) => ({ account, ...this.#accounts.get(account)! }));
      yes = { entry: "yes", id, coordinator: from, participants, work, seen };
      ctx.disk.log.append(yes);
      ctx.disk.sync();
      this.#play(yes);
      ctx.setTimer(id, this.#retryMs);
    }
    ctx.send(from, { type: "Vote", id, yes: yes !== undefined, result: yes?.seen ?? null });
  }

  #isFree(action: Action): boolean {
    const account = this.#accounts.get(action.account);
    if (!account || this.#writers.has(action.account)) return false;
    if (action.op === "read") return true;
    return (this.#readers.get(action.account)?.size ?? 0) === 0 && account.balance + action.amount >= 0;
  }

  #end(ctx: Ctx, id: TransactionId, outcome: Outcome): void {
    if (!this.#prepared.has(id)) return;
    const ended: Ended = { entry: outcome, id };
    ctx.disk.log.append(ended);
    if (outcome === "commit") ctx.disk.sync();
    this.#play(ended);
    ctx.cancelTimer(id);
    ctx.send(app, { type: "Decided", id, outcome });
  }

  #tell(ctx: Ctx, from: NodeId, id: TransactionId): void {
    if (this.#prepared.has(id)) return;
    if (this.#ended.get(id) === "commit") return ctx.send(from, { type: "Commit", id });
    const refused: Ended = { entry: "abort", id };
    if (!this.#ended.has(id)) ctx.disk.log.append(refused);
    ctx.disk.sync();
    this.#play(refused);
    ctx.send(from, { type: "Abort", id });
  }

  #play(entry: Yes | Ended): void {
    if (entry.entry === "yes") {
      this.#prepared.set(entry.id, entry);
      for (const { op, account } of entry.work) {
        if (op === "add") this.#writers.set(account, entry.id);
        else this.#readers.set(account, (this.#readers.get(account) ?? new Set()).add(entry.id));
      }
      return;
    }
    this.#ended.set(entry.id, entry.entry);
    const yes = this.#prepared.get(entry.id);
    this.#prepared.delete(entry.id);
    for (const action of yes?.work ?? []) {
      if (this.#writers.get(action.account) === entry.id) this.#writers.delete(action.account);
      this.#readers.get(action.account)?.delete(entry.id);
      if (action.op === "read" || entry.entry === "abort") continue;
      const { balance } = this.#accounts.get(action.account)!;
      this.#accounts.set(action.account, { balance: balance + action.amount, ref: action.ref });
    }
  }
}
