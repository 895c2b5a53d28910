import type { RegisterStep } from "#lib/check";
import type { History, Operation } from "#lib/history";
import type { Random } from "#lib/random";
import type { Application, Context, Json, NodeId } from "#lib/sim";
import type { Action, Booking, Placement, Seen, Told } from "#protocol/10-two-phase-commit";
import type { Message } from "./claims.ts";

/** What a teller wants: bookings, or an audit of some accounts, or of all. */
export type Wish = { readonly bookings: readonly Booking[] } | { readonly audit: readonly string[] };

export interface TellerPlan {
  readonly name: string;
  /** The `index`-th wish; undefined when there are no more. */
  next(index: number, random: Random): Wish | undefined;
  /** The longest pause before a wish. */
  readonly thinkMs: number;
  /** Nothing is wished before. */
  readonly fromMs?: number;
  /** The same wish again until it is committed: for the last audit. */
  readonly insists?: boolean;
  asks(index: number): boolean;
  readonly random: Random;
}

export type Steps = readonly RegisterStep[];
export type BankHistory = History<Steps, Steps>;

/** What one account held when a committed transaction came to it, and what that transaction added. */
export interface Sighting extends Seen {
  readonly operation: Operation<Steps, Steps>;
  readonly amount: number;
  /** The ref under which it added; undefined of a read. */
  readonly by: string | undefined;
}

type Wake = { readonly wake: "next" | "giveUp"; readonly teller: number; readonly index: number };

interface Open {
  readonly operation: Operation<Steps, Steps>;
  readonly wish: Wish;
  readonly ref: string;
}

/** The tellers of one coordinator: the application beside it. Each wants one thing at a time. */
export class Tellers implements Application<Message, Wake> {
  readonly sightings: Sighting[] = [];
  committed = 0;
  /** The first whole audit that found too much or too little. */
  wrongTotal: string | undefined;
  /** The first commit of which the results lack something. */
  lackingResult: string | undefined;
  readonly #plans: readonly TellerPlan[];
  readonly #placement: Placement;
  readonly #total: number;
  readonly #history: BankHistory;
  readonly #index: number[];
  readonly #open = new Map<number, Open>();
  readonly #done = new Set<number>();

  constructor(plans: readonly TellerPlan[], placement: Placement, total: number, history: BankHistory) {
    this.#plans = plans;
    this.#placement = placement;
    this.#total = total;
    this.#history = history;
    this.#index = plans.map(() => 0);
  }

  /** Which teller is not through, and what it still wants. */
  missing(): string | undefined {
    const i = this.#plans.findIndex((_, teller) => !this.#done.has(teller));
    const plan = this.#plans[i];
    if (!plan) return undefined;
    if (!plan.insists) return `${plan.name} is not through: of what it wants, something is never ended.`;
    const tries = this.#index[i] as number;
    return `${plan.name}, the audit of all accounts after the last fault, was submitted ${tries} times, and is never committed: look for what stays in doubt.`;
  }

  onStart(ctx: Context<Message, Wake>): void {
    for (let i = 0; i < this.#plans.length; i++) this.#think(ctx, i);
  }

  /** What was open when the coordinator crashed may have been committed, or not. */
  onCrash(ctx: Context<Message, Wake>): void {
    for (const teller of [...this.#open.keys()]) this.#end(ctx, teller, "info");
  }

  onTimer(ctx: Context<Message, Wake>, { wake, teller, index }: Wake): void {
    if (index !== this.#index[teller]) return;
    if (wake === "giveUp" && this.#open.has(teller)) return this.#end(ctx, teller, "info");
    if (wake === "next" && !this.#open.has(teller)) this.#ask(ctx, teller);
  }

  onMessage(ctx: Context<Message, Wake>, _from: NodeId, message: Message): void {
    if (message.type !== "Told") return;
    const found = [...this.#open].find(([, { ref }]) => ref === message.request);
    if (!found) return;
    const [teller, open] = found;
    if (message.outcome === "abort") this.#end(ctx, teller, "fail");
    else this.#committed(ctx, teller, open, message);
  }

  #think(ctx: Context<Message, Wake>, teller: number): void {
    const { thinkMs, fromMs = 0, random } = this.#plans[teller] as TellerPlan;
    const pauseMs = Math.max(random.int(thinkMs + 1), fromMs - ctx.now);
    ctx.setTimer({ wake: "next", teller, index: this.#index[teller] as number }, pauseMs);
  }

  #ask(ctx: Context<Message, Wake>, teller: number): void {
    const plan = this.#plans[teller] as TellerPlan;
    const index = this.#index[teller] as number;
    const wish = plan.next(index, plan.random);
    if (!wish) {
      this.#done.add(teller);
      return;
    }
    if (!plan.asks(index)) {
      this.#index[teller] = index + 1;
      return this.#think(ctx, teller);
    }
    const ref = `${plan.name}.${index + 1}`;
    const operation = this.#history.invoke(plan.name, stepsOf(wish, ref), ctx.now);
    this.#open.set(teller, { operation, wish, ref });
    ctx.send(ctx.self, { type: "Submit", request: ref, work: this.#workOf(wish, ref) });
    ctx.setTimer({ wake: "giveUp", teller, index }, 2_000);
  }

  #workOf(wish: Wish, ref: string): { [participant: NodeId]: Json } {
    const parts: { [id: NodeId]: Action[] } = {};
    for (const action of actionsOf(wish, ref)) {
      const id = this.#placement[action.account] as NodeId;
      parts[id] = [...(parts[id] ?? []), action];
    }
    return parts as unknown as { [id: NodeId]: Json };
  }

  #committed(ctx: Context<Message, Wake>, teller: number, { operation, wish, ref }: Open, told: Told): void {
    const seen = Object.values(told.results ?? {}).flatMap((result) =>
      Array.isArray(result) ? result : [],
    ) as Seen[];
    const bookings = "bookings" in wish ? wish.bookings : [];
    for (const it of seen) {
      const booking = bookings.find(({ account }) => account === it.account);
      this.sightings.push({ ...it, operation, amount: booking?.amount ?? 0, by: booking ? ref : undefined });
    }
    this.committed++;
    const missing = operation.input.find(({ key }) => !seen.some(({ account }) => account === key));
    if (missing) {
      this.lackingResult ??= `${ref} was committed, and the results that its application was told have nothing of ${missing.key}.`;
    }
    const output = operation.input.map((step): RegisterStep => {
      if (step.type === "write") return step;
      return { ...step, value: seen.find(({ account }) => account === step.key)?.ref ?? null };
    });
    const isWhole = "audit" in wish && wish.audit.length === Object.keys(this.#placement).length;
    const total = seen.reduce((sum, { balance }) => sum + balance, 0);
    if (isWhole && total !== this.#total) this.wrongTotal ??= auditText(ref, seen, total, this.#total);
    this.#end(ctx, teller, "ok", output);
  }

  #end(ctx: Context<Message, Wake>, teller: number, outcome: "ok" | "fail" | "info", output?: Steps): void {
    const { operation } = this.#open.get(teller) as Open;
    this.#open.delete(teller);
    this.#history.complete(operation, outcome, ctx.now, output);
    const plan = this.#plans[teller] as TellerPlan;
    this.#index[teller] = (this.#index[teller] as number) + 1;
    if (plan.insists && outcome === "ok") this.#done.add(teller);
    else this.#think(ctx, teller);
  }
}

function actionsOf(wish: Wish, ref: string): Action[] {
  if ("audit" in wish) return wish.audit.map((account) => ({ op: "read", account }));
  return wish.bookings.map(({ account, amount }) => ({ op: "add", account, amount, ref }));
}

/** An `add` finds who was there before, and leaves its own ref. */
function stepsOf(wish: Wish, ref: string): Steps {
  return actionsOf(wish, ref).flatMap(({ op, account: key }): RegisterStep[] =>
    op === "read"
      ? [{ type: "read", key }]
      : [
          { type: "read", key },
          { type: "write", key, value: ref },
        ],
  );
}

function auditText(ref: string, seen: readonly Seen[], total: number, right: number): string {
  const all = seen.map(({ account, balance }) => `${account} = ${balance}`).join(", ");
  return `The audit ${ref} was committed, and found ${all}: that is ${total} in all, and there are ${right} in the bank.`;
}
