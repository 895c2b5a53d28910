import { app, type Context, type Json, type Node, type NodeId } from "#lib/sim";
import type {
  CoordinatorConfig,
  CoordinatorMessage,
  Submit,
  TransactionId,
  Vote,
} from "#protocol/10-two-phase-commit";

type Ctx = Context<CoordinatorMessage, TransactionId>;

/** The log's entries. Begin and end are written and not forced: who loses them does a little too much, and nothing wrong. */
type Entry =
  | {
      readonly entry: "begin" | "commit";
      readonly id: TransactionId;
      readonly participants: readonly NodeId[];
    }
  | { readonly entry: "end"; readonly id: TransactionId };

interface Transaction {
  readonly request: string | null;
  readonly participants: readonly NodeId[];
  readonly index: number;
  readonly results: { [id: NodeId]: Json };
  isCommitted: boolean;
  waiting: readonly NodeId[];
}

/** Logs the beginning of each transaction, so that a restart can tell the participants at once that it was aborted. */
export class Coordinator implements Node<CoordinatorMessage, TransactionId> {
  config: CoordinatorConfig;
  prefix = "";
  count = 0;
  transactions: { [id: TransactionId]: Transaction } = {};

  constructor(config: CoordinatorConfig) {
    this.config = config;
  }

  onStart(ctx: Ctx): void {
    const starts = (ctx.disk.get<number>("starts") ?? 0) + 1;
    ctx.disk.set("starts", starts);
    ctx.disk.sync();
    this.prefix = `${ctx.self}/${starts}`;
    for (let i = ctx.disk.log.first; i < ctx.disk.log.end; i++) this.replay(ctx.disk.log.get<Entry>(i)!, i);
    for (const [id, { isCommitted, participants }] of Object.entries(this.transactions)) {
      if (isCommitted) this.announce(ctx, id);
      else {
        for (const to of participants) ctx.send(to, { type: "Abort", id });
        this.end(ctx, id);
      }
    }
  }

  replay(entry: Entry, index: number): void {
    if (entry.entry === "end") delete this.transactions[entry.id];
    else {
      const { id, participants } = entry;
      const isCommitted = entry.entry === "commit";
      const first = this.transactions[id]?.index ?? index;
      this.transactions[id] = {
        request: null,
        participants,
        index: first,
        results: {},
        isCommitted,
        waiting: participants,
      };
    }
  }

  onMessage(ctx: Ctx, from: NodeId, message: CoordinatorMessage): void {
    if (message.type === "Submit") this.begin(ctx, message);
    if (message.type === "Vote") this.vote(ctx, from, message);
    if (message.type === "Ack") this.acknowledge(ctx, from, message.id);
    if (message.type === "Inquire") {
      const transaction = this.transactions[message.id];
      if (!transaction) ctx.send(from, { type: "Abort", id: message.id });
      else if (transaction.isCommitted) ctx.send(from, { type: "Commit", id: message.id });
    }
  }

  onTimer(ctx: Ctx, id: TransactionId): void {
    if (this.transactions[id]?.isCommitted) this.announce(ctx, id);
    else if (this.transactions[id]) this.abort(ctx, id);
  }

  begin(ctx: Ctx, { request, work }: Submit): void {
    const id = `${this.prefix}/${this.count++}`;
    const participants = Object.keys(work);
    const index = ctx.disk.log.end;
    ctx.disk.log.append({ entry: "begin", id, participants });
    this.transactions[id] = {
      request,
      participants,
      index,
      results: {},
      isCommitted: false,
      waiting: participants,
    };
    for (const to of participants) ctx.send(to, { type: "Prepare", id, work: work[to]!, participants });
    ctx.setTimer(id, this.config.voteMs);
  }

  vote(ctx: Ctx, from: NodeId, { id, yes, result }: Vote): void {
    const transaction = this.transactions[id];
    if (!transaction || transaction.isCommitted || !transaction.participants.includes(from)) return;
    transaction.results[from] = result;
    if (!yes) return this.abort(ctx, id, from);
    transaction.waiting = transaction.waiting.filter((other) => other !== from);
    if (transaction.waiting.length > 0) return;
    const { participants, request, results } = transaction;
    transaction.isCommitted = true;
    transaction.waiting = participants;
    ctx.disk.log.append({ entry: "commit", id, participants });
    ctx.disk.sync();
    for (const to of participants) ctx.send(to, { type: "Commit", id });
    if (request !== null) ctx.send(app, { type: "Told", request, id, outcome: "commit", results });
    ctx.setTimer(id, this.config.retryMs);
  }

  abort(ctx: Ctx, id: TransactionId, refused?: NodeId): void {
    const { request, participants } = this.transactions[id]!;
    if (request !== null) ctx.send(app, { type: "Told", request, id, outcome: "abort", results: null });
    for (const to of participants) if (to !== refused) ctx.send(to, { type: "Abort", id });
    this.end(ctx, id);
  }

  announce(ctx: Ctx, id: TransactionId): void {
    for (const to of this.transactions[id]!.waiting) ctx.send(to, { type: "Commit", id });
    ctx.setTimer(id, this.config.retryMs);
  }

  acknowledge(ctx: Ctx, from: NodeId, id: TransactionId): void {
    const transaction = this.transactions[id];
    if (!transaction?.isCommitted) return;
    transaction.waiting = transaction.waiting.filter((other) => other !== from);
    if (transaction.waiting.length === 0) this.end(ctx, id);
  }

  /** The log is cut off before the oldest transaction that is still of interest. */
  end(ctx: Ctx, id: TransactionId): void {
    delete this.transactions[id];
    ctx.cancelTimer(id);
    ctx.disk.log.append({ entry: "end", id });
    const oldest = Object.values(this.transactions).map(({ index }) => index);
    ctx.disk.log.dropHead(Math.min(ctx.disk.log.end, ...oldest));
  }
}
