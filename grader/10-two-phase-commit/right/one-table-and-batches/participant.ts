import { app, type Context, type Node, type NodeId } from "#lib/sim";
import type {
  Account,
  ParticipantConfig,
  ParticipantMessage,
  Prepare,
  Result,
  TransactionId,
  Work,
} from "#protocol/10-two-phase-commit";

type Ctx = Context<ParticipantMessage, "ask">;

interface Doubt {
  readonly coordinator: NodeId;
  readonly participants: readonly NodeId[];
  readonly work: Work;
  readonly seen: Result;
}

/** The whole disk, one cell. */
interface Table {
  readonly accounts: { readonly [account: string]: Account };
  readonly doubts: { readonly [id: TransactionId]: Doubt };
  readonly committed: readonly TransactionId[];
  readonly refused: readonly TransactionId[];
}

/**
 * Keeps one table and writes it whole. It forgets aborts that it was told, so that a late Prepare may begin anew what is
 * long over, and be told so; it answers a late Prepare of a commit with yes.
 */
export class Participant implements Node<ParticipantMessage, "ask"> {
  config: ParticipantConfig;
  table: Table;

  constructor(config: ParticipantConfig) {
    this.config = config;
    const accounts = Object.entries(config.accounts).map(([name, balance]) => [name, { balance, ref: null }]);
    this.table = { accounts: Object.fromEntries(accounts), doubts: {}, committed: [], refused: [] };
  }

  onStart(ctx: Ctx): void {
    this.table = ctx.disk.get<Table>("table") ?? this.table;
    if (Object.keys(this.table.doubts).length > 0) ctx.setTimer("ask", this.config.retryMs);
  }

  onMessage(ctx: Ctx, from: NodeId, message: ParticipantMessage): void {
    switch (message.type) {
      case "Prepare":
        return this.vote(ctx, from, message);
      case "Commit":
        this.commit(ctx, message.id);
        return ctx.send(from, { type: "Ack", id: message.id });
      case "Abort":
        if (this.table.doubts[message.id]) this.abort(ctx, message.id);
        return;
      case "Inquire":
        if (this.config.asksOthers) this.answer(ctx, from, message.id);
        return;
    }
  }

  onTimer(ctx: Ctx): void {
    for (const [id, { coordinator, participants }] of Object.entries(this.table.doubts)) {
      const others = this.config.asksOthers ? participants : [];
      for (const to of [coordinator, ...others]) if (to !== ctx.self) ctx.send(to, { type: "Inquire", id });
    }
    if (Object.keys(this.table.doubts).length > 0) ctx.setTimer("ask", this.config.retryMs);
  }

  vote(ctx: Ctx, from: NodeId, { id, work, participants }: Prepare<Work>): void {
    const { accounts, doubts, committed, refused } = this.table;
    if (doubts[id]) return ctx.send(from, { type: "Vote", id, yes: true, result: doubts[id].seen });
    if (committed.includes(id)) return ctx.send(from, { type: "Vote", id, yes: true, result: [] });
    const locked = Object.values(doubts).flatMap((doubt) => doubt.work.map(({ account }) => account));
    const isPossible = work.every((action) => {
      const account = accounts[action.account];
      if (!account || locked.includes(action.account)) return false;
      return action.op === "read" || account.balance >= -action.amount;
    });
    if (!isPossible || refused.includes(id))
      return ctx.send(from, { type: "Vote", id, yes: false, result: null });
    const seen = work.map(({ account }) => ({ account, ...accounts[account]! }));
    this.write(ctx, { doubts: { ...doubts, [id]: { coordinator: from, participants, work, seen } } });
    ctx.disk.sync();
    ctx.send(from, { type: "Vote", id, yes: true, result: seen });
    if (Object.keys(doubts).length === 0) ctx.setTimer("ask", this.config.retryMs);
  }

  commit(ctx: Ctx, id: TransactionId): void {
    const { [id]: doubt, ...doubts } = this.table.doubts;
    if (!doubt) return;
    const accounts: { [account: string]: Account } = { ...this.table.accounts };
    for (const action of doubt.work) {
      if (action.op === "read") continue;
      const balance = accounts[action.account]!.balance + action.amount;
      accounts[action.account] = { balance, ref: action.ref };
    }
    this.write(ctx, { accounts, doubts, committed: [...this.table.committed, id] });
    ctx.disk.sync();
    ctx.send(app, { type: "Decided", id, outcome: "commit" });
  }

  abort(ctx: Ctx, id: TransactionId): void {
    const { [id]: _, ...doubts } = this.table.doubts;
    this.write(ctx, { doubts });
    ctx.send(app, { type: "Decided", id, outcome: "abort" });
  }

  answer(ctx: Ctx, from: NodeId, id: TransactionId): void {
    const { doubts, committed, refused } = this.table;
    if (doubts[id]) return;
    if (committed.includes(id)) return ctx.send(from, { type: "Commit", id });
    if (!refused.includes(id)) this.write(ctx, { refused: [...refused, id] });
    ctx.disk.sync();
    ctx.send(from, { type: "Abort", id });
  }

  write(ctx: Ctx, change: Partial<Table>): void {
    this.table = { ...this.table, ...change };
    ctx.disk.set("table", this.table);
  }
}
