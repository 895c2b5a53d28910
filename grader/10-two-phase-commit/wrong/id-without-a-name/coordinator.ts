import { app, type Context, type Json, type Node, type NodeId } from "#lib/sim";
import type {
  CoordinatorConfig,
  CoordinatorMessage,
  Inquire,
  Submit,
  TransactionId,
  Vote,
} from "#protocol/10-two-phase-commit";

/** `Late`: votes are missing. `Again`: acknowledgements are missing. */
interface Wake {
  readonly type: "Late" | "Again";
  readonly id: TransactionId;
}

type CoordinatorContext = Context<CoordinatorMessage, Wake>;

/** A transaction without an outcome. It is in memory only: a crash is an abort. */
interface Open {
  readonly request: string;
  readonly participants: readonly NodeId[];
  readonly results: Map<NodeId, Json>;
}

export class Coordinator implements Node<CoordinatorMessage, Wake> {
  readonly #config: CoordinatorConfig;
  readonly #open = new Map<TransactionId, Open>();
  /** Of each commit, who has not acknowledged it. */
  readonly #unacknowledged = new Map<TransactionId, Set<NodeId>>();
  #life = 0;
  #count = 0;

  constructor(config: CoordinatorConfig) {
    this.#config = config;
  }

  onStart(ctx: CoordinatorContext): void {
    // A number for each life makes ids that no other life gives: one sync a life, and none a transaction.
    this.#life = (ctx.disk.get<number>("life") ?? 0) + 1;
    ctx.disk.set("life", this.#life);
    ctx.disk.sync();
    for (const cell of ctx.disk.cells(commitCell(""))) {
      const id = cell.slice(commitCell("").length);
      this.#unacknowledged.set(id, new Set(ctx.disk.get<NodeId[]>(cell)));
      this.#announce(ctx, id);
    }
  }

  onMessage(ctx: CoordinatorContext, from: NodeId, message: CoordinatorMessage): void {
    switch (message.type) {
      case "Submit":
        return this.#begin(ctx, message);
      case "Vote":
        return this.#vote(ctx, from, message);
      case "Ack":
        return this.#acknowledge(ctx, from, message.id);
      case "Inquire":
        return this.#answer(ctx, from, message);
    }
  }

  onTimer(ctx: CoordinatorContext, { type, id }: Wake): void {
    if (type === "Again") return this.#announce(ctx, id);
    this.#abort(ctx, id, []);
  }

  #begin(ctx: CoordinatorContext, { request, work }: Submit): void {
    const id = `${this.#life}-${++this.#count}`;
    const participants = Object.keys(work);
    this.#open.set(id, { request, participants, results: new Map() });
    for (const to of participants) {
      ctx.send(to, { type: "Prepare", id, work: work[to]!, participants });
    }
    ctx.setTimer({ type: "Late", id }, this.#config.voteMs);
  }

  #vote(ctx: CoordinatorContext, from: NodeId, { id, yes, result }: Vote): void {
    const transaction = this.#open.get(id);
    if (!transaction) return;
    if (!yes) return this.#abort(ctx, id, [from]);
    transaction.results.set(from, result);
    if (transaction.participants.every((it) => transaction.results.has(it))) this.#commit(ctx, id);
  }

  #commit(ctx: CoordinatorContext, id: TransactionId): void {
    const { request, participants, results } = this.#close(ctx, id)!;
    ctx.disk.set(commitCell(id), participants);
    ctx.disk.sync(); // Before anyone hears of it: this is the moment of the commit.
    this.#unacknowledged.set(id, new Set(participants));
    const told = Object.fromEntries(participants.map((it) => [it, results.get(it) ?? null]));
    ctx.send(app, { type: "Told", request, id, outcome: "commit", results: told });
    this.#announce(ctx, id);
  }

  /** Nothing is written: what we do not remember was aborted. */
  #abort(ctx: CoordinatorContext, id: TransactionId, refused: readonly NodeId[]): void {
    const transaction = this.#close(ctx, id);
    if (!transaction) return;
    const { request, participants } = transaction;
    for (const to of participants) if (!refused.includes(to)) ctx.send(to, { type: "Abort", id });
    ctx.send(app, { type: "Told", request, id, outcome: "abort", results: null });
  }

  #close(ctx: CoordinatorContext, id: TransactionId): Open | undefined {
    const transaction = this.#open.get(id);
    this.#open.delete(id);
    ctx.cancelTimer({ type: "Late", id });
    return transaction;
  }

  #announce(ctx: CoordinatorContext, id: TransactionId): void {
    const missing = this.#unacknowledged.get(id);
    if (!missing) return;
    for (const to of missing) ctx.send(to, { type: "Commit", id });
    ctx.setTimer({ type: "Again", id }, this.#config.retryMs);
  }

  #acknowledge(ctx: CoordinatorContext, from: NodeId, id: TransactionId): void {
    const missing = this.#unacknowledged.get(id);
    if (!missing?.delete(from) || missing.size > 0) return;
    this.#unacknowledged.delete(id);
    ctx.disk.delete(commitCell(id)); // No sync: if it comes back, they acknowledge once more.
    ctx.cancelTimer({ type: "Again", id });
  }

  #answer(ctx: CoordinatorContext, from: NodeId, { id }: Inquire): void {
    if (this.#open.has(id)) return; // It may still become a commit.
    ctx.send(from, { type: this.#unacknowledged.has(id) ? "Commit" : "Abort", id });
  }
}

const commitCell = (id: TransactionId): string => `commit/${id}`;
