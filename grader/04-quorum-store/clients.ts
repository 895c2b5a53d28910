import type { RunSetting } from "#lib/nemesis";
import type { Random } from "#lib/random";
import type { Application, Context, NodeId } from "#lib/sim";
import type { Answer, Message } from "#protocol/04-quorum-store";
import type { Action, KeyHistory, KeyOperation } from "./ledger.ts";

export interface Pace {
  readonly random: Random;
  /** The longest pause between an answer and the next question. */
  readonly thinkMs: number;
  /** After this it gives up. */
  readonly patienceMs: number;
  readonly asks: RunSetting["asks"];
}

/** For a story, of which nothing can be left out. */
export const always = (): true => true;

type Wake = { readonly wake: "next" | "late"; readonly id: number };

/** Asks its node for one thing after another; each begins at `atMs`, or some time after the one before it has ended. */
export class Client implements Application<Message, Wake> {
  readonly #self: NodeId;
  readonly #plan: readonly Step[];
  readonly #history: KeyHistory;
  readonly #random: Random;
  readonly #thinkMs: number;
  readonly #patienceMs: number;
  readonly #asks: RunSetting["asks"];
  #index = 0;
  #open: KeyOperation | undefined;

  constructor(self: NodeId, plan: readonly Step[], history: KeyHistory, pace: Pace) {
    this.#self = self;
    this.#plan = plan;
    this.#history = history;
    this.#random = pace.random;
    this.#thinkMs = pace.thinkMs;
    this.#patienceMs = pace.patienceMs;
    this.#asks = pace.asks;
  }

  get isDone(): boolean {
    return this.#index >= this.#plan.length && !this.#open;
  }

  onStart(ctx: Context<Message, Wake>): void {
    this.#think(ctx);
  }

  onMessage(ctx: Context<Message, Wake>, _from: NodeId, message: Message): void {
    const answer = message as Answer;
    if (answer.id !== this.#open?.id) return;
    const told = { value: answer.type === "ReadReply" ? answer.value : null, version: answer.version };
    // A read that failed, and a write whose node cannot tell, are answers too.
    this.#end(ctx, answer.outcome, told);
  }

  onTimer(ctx: Context<Message, Wake>, { wake, id }: Wake): void {
    if (wake === "next") return this.#ask(ctx);
    if (this.#open?.id === id) this.#end(ctx, "info");
  }

  /** The node beside it has crashed: nobody will answer. */
  onCrash(ctx: Context<Message, Wake>): void {
    if (this.#open) this.#end(ctx, "info");
  }

  #think(ctx: Context<Message, Wake>): void {
    const step = this.#plan[this.#index];
    if (!step) return;
    const pauseMs = this.#random.int(this.#thinkMs + 1);
    ctx.setTimer({ wake: "next", id: this.#index }, Math.max(pauseMs, (step.atMs ?? 0) - ctx.now));
  }

  #ask(ctx: Context<Message, Wake>): void {
    const step = this.#plan[this.#index];
    if (!step) return;
    if (step.after && !step.after()) {
      ctx.setTimer({ wake: "next", id: this.#index }, 50);
      return;
    }
    if (!this.#asks(this.#self, this.#index++)) return this.#think(ctx);
    const { op, key, value } = step.action;
    this.#open = this.#history.invoke(this.#self, step.action, ctx.now);
    const { id } = this.#open;
    ctx.setTimer({ wake: "late", id }, this.#patienceMs);
    if (op === "put") ctx.send(this.#self, { type: "Put", id, key, value: value ?? "" });
    else ctx.send(this.#self, { type: op === "get" ? "Get" : "Delete", id, key });
  }

  #end(
    ctx: Context<Message, Wake>,
    outcome: "ok" | "fail" | "info",
    told?: Parameters<KeyHistory["complete"]>[3],
  ): void {
    const operation = this.#open as KeyOperation;
    this.#open = undefined;
    ctx.cancelTimer({ wake: "late", id: operation.id });
    this.#history.complete(operation, outcome, ctx.now, told);
    this.#think(ctx);
  }
}

/** One thing that a client does: not before `atMs`, and not before `after` says so. */
export interface Step {
  readonly action: Action;
  readonly atMs?: number;
  readonly after?: () => boolean;
}

/** Puts, gets and deletes of a few keys, in any order. Each value is of one put. */
export function mixed(
  self: NodeId,
  count: number,
  keys: readonly string[],
  random: Random,
  weights: { readonly get: number; readonly delete: number },
): Step[] {
  return Array.from({ length: count }, (_, i) => {
    const key = random.pick(keys);
    const drawn = random.next();
    if (drawn < weights.get) return { action: { op: "get", key, value: null } };
    if (drawn < weights.get + weights.delete) return { action: { op: "delete", key, value: null } };
    return { action: { op: "put", key, value: `${self}.${i}` } };
  });
}
