import { app, type Context, type Json, type Node, type NodeId } from "#lib/sim";
import type { CoordinatorConfig, CoordinatorMessage, TransactionId } from "#protocol/10-two-phase-commit";

type Ctx = Context<CoordinatorMessage, "tick">;

interface Open {
  readonly id: TransactionId;
  readonly request: string;
  readonly work: { readonly [id: NodeId]: Json };
  readonly untilMs: number;
  results: [NodeId, Json][];
}

interface Commits {
  readonly [id: TransactionId]: readonly NodeId[];
}

const batch = 50;

/**
 * Ids come from a counter that is reserved in batches; commits are one cell; one timer looks after everything. It asks
 * again for votes, and decides at once to abort when somebody in doubt asks about an open transaction.
 */
export class Coordinator implements Node<CoordinatorMessage, "tick"> {
  readonly #config: CoordinatorConfig;
  #open: Open[] = [];
  #waiting: Commits = {};
  #next = 0;
  #reserved = 0;

  constructor(config: CoordinatorConfig) {
    this.#config = config;
  }

  onStart(ctx: Ctx): void {
    this.#next = ctx.disk.get<number>("reserved") ?? 0;
    this.#reserved = this.#next;
    this.#waiting = ctx.disk.get<Commits>("commits") ?? {};
    this.#tick(ctx);
  }

  onMessage(ctx: Ctx, from: NodeId, message: CoordinatorMessage): void {
    if (message.type === "Submit") this.#begin(ctx, message.request, message.work);
    if (!("id" in message)) return;
    const { id } = message;
    const open = this.#open.find((it) => it.id === id);
    const commit = this.#waiting[id];
    switch (message.type) {
      case "Vote":
        if (open && message.yes) this.#yes(ctx, open, from, message.result);
        else if (open) this.#abort(ctx, open, from);
        else if (!commit && message.yes) ctx.send(from, { type: "Abort", id });
        return;
      case "Inquire":
        if (open) this.#abort(ctx, open);
        else ctx.send(from, { type: commit ? "Commit" : "Abort", id });
        return;
      case "Ack":
        if (commit)
          this.#acknowledged(
            ctx,
            id,
            commit.filter((other) => other !== from),
          );
        return;
    }
  }

  onTimer(ctx: Ctx): void {
    for (const open of this.#open) {
      if (ctx.now >= open.untilMs) this.#abort(ctx, open);
      else this.#ask(ctx, open);
    }
    this.#tick(ctx);
  }

  #tick(ctx: Ctx): void {
    for (const [id, waiting] of Object.entries(this.#waiting)) {
      for (const to of waiting) ctx.send(to, { type: "Commit", id });
    }
    const untilMs = Math.min(...this.#open.map((open) => open.untilMs), ctx.now + this.#config.retryMs);
    ctx.setTimer("tick", Math.max(1, untilMs - ctx.now));
  }

  #begin(ctx: Ctx, request: string, work: { readonly [id: NodeId]: Json }): void {
    if (this.#next === this.#reserved) {
      this.#reserved += batch;
      ctx.disk.set("reserved", this.#reserved);
      ctx.disk.sync();
    }
    const id = `${ctx.self}#${this.#next++}`;
    const open: Open = { id, request, work, untilMs: ctx.now + this.#config.voteMs, results: [] };
    this.#open = [...this.#open, open];
    this.#ask(ctx, open);
    ctx.setTimer("tick", Math.min(this.#config.voteMs, this.#config.retryMs));
  }

  /** Prepare for those who have not voted. */
  #ask(ctx: Ctx, { id, work, results }: Open): void {
    const participants = Object.keys(work);
    for (const to of participants) {
      if (results.some(([voter]) => voter === to)) continue;
      ctx.send(to, { type: "Prepare", id, work: work[to]!, participants });
    }
  }

  #yes(ctx: Ctx, open: Open, from: NodeId, result: Json): void {
    const others = open.results.filter(([voter]) => voter !== from);
    open.results = [...others, [from, result] as [NodeId, Json]].sort(([a], [b]) => (a < b ? -1 : 1));
    const participants = Object.keys(open.work);
    if (!participants.every((id) => open.results.some(([voter]) => voter === id))) return;
    const { id, request } = open;
    this.#open = this.#open.filter((it) => it.id !== id);
    this.#waiting = { ...this.#waiting, [id]: participants };
    ctx.disk.set("commits", this.#waiting);
    ctx.disk.sync();
    for (const to of participants) ctx.send(to, { type: "Commit", id });
    const results = Object.fromEntries(open.results.filter(([voter]) => participants.includes(voter)));
    ctx.send(app, { type: "Told", request, id, outcome: "commit", results });
    ctx.setTimer("tick", this.#config.retryMs);
  }

  #abort(ctx: Ctx, { id, request, work }: Open, refused?: NodeId): void {
    this.#open = this.#open.filter((it) => it.id !== id);
    ctx.send(app, { type: "Told", request, id, outcome: "abort", results: null });
    for (const to of Object.keys(work)) if (to !== refused) ctx.send(to, { type: "Abort", id });
  }

  /** What is on the disk may name some who have acknowledged: they acknowledge again. */
  #acknowledged(ctx: Ctx, id: TransactionId, left: readonly NodeId[]): void {
    const { [id]: _, ...others } = this.#waiting;
    this.#waiting = left.length > 0 ? { ...others, [id]: left } : others;
    ctx.disk.set("commits", this.#waiting);
  }
}
