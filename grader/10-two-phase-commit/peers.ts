import { app, type Context, type Json, type NodeId } from "#lib/sim";
import type {
  CoordinatorConfig,
  ParticipantConfig,
  Result,
  TransactionId,
  Work,
} from "#protocol/10-two-phase-commit";
import type { Message } from "./claims.ts";

/*
 * A coordinator and a participant of our own, for one transaction at a time and without locks: beside them, one class of the
 * learner's is explored, so that a mistake in the other one is no matter.
 */

type Ctx = Context<Message, string>;

/** Presumed abort, as plain as can be. */
export class PlainCoordinator {
  readonly config: CoordinatorConfig;
  request = "";
  work: { readonly [id: NodeId]: Json } = {};
  results: { [id: NodeId]: Json } = {};
  isOpen = false;
  waiting: readonly NodeId[] = [];

  constructor(config: CoordinatorConfig) {
    this.config = config;
  }

  onStart(ctx: Ctx): void {
    this.waiting = ctx.disk.get<NodeId[]>("commit") ?? [];
    this.announce(ctx);
  }

  onMessage(ctx: Ctx, from: NodeId, message: Message): void {
    switch (message.type) {
      case "Submit":
        this.request = message.request;
        this.work = message.work;
        this.isOpen = true;
        for (const [to, work] of Object.entries(message.work)) {
          ctx.send(to, {
            type: "Prepare",
            id: "c-1",
            work: work as never,
            participants: Object.keys(message.work),
          });
        }
        ctx.setTimer("late", this.config.voteMs);
        return;
      case "Vote":
        if (this.isOpen) this.count(ctx, from, message.yes, message.result as Json);
        return;
      case "Ack":
        return this.acknowledge(ctx, from);
      case "Inquire":
        if (!this.isOpen)
          ctx.send(from, { type: this.waiting.length > 0 ? "Commit" : "Abort", id: message.id });
        return;
    }
  }

  onTimer(ctx: Ctx, timer: string): void {
    if (timer === "again") this.announce(ctx);
    else if (this.isOpen) this.abort(ctx);
  }

  count(ctx: Ctx, from: NodeId, yes: boolean, result: Json): void {
    if (!yes) return this.abort(ctx);
    this.results = Object.fromEntries(
      Object.entries({ ...this.results, [from]: result }).sort(([a], [b]) => (a < b ? -1 : 1)),
    );
    if (Object.keys(this.results).length < Object.keys(this.work).length) return;
    this.isOpen = false;
    ctx.cancelTimer("late");
    this.waiting = Object.keys(this.work);
    ctx.disk.set("commit", this.waiting);
    ctx.disk.sync();
    const told = { type: "Told", request: this.request, id: "c-1", results: this.results } as const;
    ctx.send(app, { ...told, outcome: "commit" });
    this.announce(ctx);
  }

  abort(ctx: Ctx): void {
    this.isOpen = false;
    ctx.cancelTimer("late");
    for (const to of Object.keys(this.work)) ctx.send(to, { type: "Abort", id: "c-1" });
    ctx.send(app, { type: "Told", request: this.request, id: "c-1", outcome: "abort", results: null });
  }

  announce(ctx: Ctx): void {
    for (const to of this.waiting) ctx.send(to, { type: "Commit", id: "c-1" });
    if (this.waiting.length > 0) ctx.setTimer("again", this.config.retryMs);
  }

  acknowledge(ctx: Ctx, from: NodeId): void {
    if (!this.waiting.includes(from)) return;
    this.waiting = this.waiting.filter((id) => id !== from);
    if (this.waiting.length > 0) return;
    ctx.disk.delete("commit");
    ctx.cancelTimer("again");
  }
}

interface Known {
  readonly state: "in doubt" | "commit" | "abort";
  readonly coordinator: NodeId;
}

/** Votes yes, unless an amount is below −500. */
export class PlainParticipant {
  readonly config: ParticipantConfig;

  constructor(config: ParticipantConfig) {
    this.config = config;
  }

  onStart(ctx: Ctx): void {
    for (const id of ctx.disk.cells()) this.askLater(ctx, id);
  }

  onMessage(ctx: Ctx, from: NodeId, message: Message): void {
    if (message.type === "Prepare") this.vote(ctx, from, message.id, message.work as Work);
    if (message.type === "Commit" || message.type === "Abort") {
      this.learn(ctx, message.id, message.type === "Commit" ? "commit" : "abort");
      if (message.type === "Commit") ctx.send(from, { id: message.id, type: "Ack" });
    }
  }

  onTimer(ctx: Ctx, id: string): void {
    const known = ctx.disk.get<Known>(id);
    if (known?.state !== "in doubt") return;
    ctx.send(known.coordinator, { type: "Inquire", id });
    this.askLater(ctx, id);
  }

  vote(ctx: Ctx, from: NodeId, id: TransactionId, work: Work): void {
    const state = ctx.disk.get<Known>(id)?.state;
    if (state === "commit") return;
    const isPossible = work.every((action) => action.op === "read" || action.amount > -500);
    const yes = state === "in doubt" || (state === undefined && isPossible);
    if (yes && !state) {
      ctx.disk.set(id, { state: "in doubt", coordinator: from });
      ctx.disk.sync();
      this.askLater(ctx, id);
    }
    const result: Result = work.map(({ account }) => ({ account, balance: 100, ref: null }));
    ctx.send(from, { type: "Vote", id, yes, result: yes ? result : null });
  }

  learn(ctx: Ctx, id: TransactionId, state: "commit" | "abort"): void {
    const known = ctx.disk.get<Known>(id);
    if (known?.state !== "in doubt") return;
    ctx.disk.set(id, { ...known, state });
    if (state === "commit") ctx.disk.sync();
    ctx.cancelTimer(id);
    ctx.send(app, { type: "Decided", id, outcome: state });
  }

  askLater(ctx: Ctx, id: TransactionId): void {
    const { retryMs } = this.config;
    if (ctx.disk.get<Known>(id)?.state === "in doubt") ctx.setTimer(id, retryMs);
  }
}
