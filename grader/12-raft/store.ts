import type { KvInput } from "#lib/check";
import type { History, Operation } from "#lib/history";
import type { Stream } from "#lib/random";
import type { Application, Context, Json, NodeId } from "#lib/sim";
import type { AddServer, RaftMessage, Refused, RemoveServer, Report } from "#protocol/12-raft";

export type StoreHistory = History<KvInput, Json>;
type Op = Operation<KvInput, Json>;
type StoreContext = Context<RaftMessage, "next">;
export type Change = Pick<AddServer | RemoveServer, "type" | "server">;

/** What the applications ask of their servers, and how often. */
export interface Workload {
  /** The pause between two operations of a server that leads; of the others it is longer. */
  readonly thinkMs: number;
  /** How many operations may be open at one server. */
  readonly atOnce: number;
  readonly keyCount: number;
  /** A snapshot after so many commands; 0 is none. */
  readonly compactEvery: number;
  /** Of so many operations of a leader one is a change of the cluster; 0 is none. */
  readonly changeEvery: number;
}

export interface StorePlan {
  readonly workload: Workload;
  readonly history: StoreHistory;
  readonly random: Stream;
  asks(index: number): boolean;
  /** From this time on everything is asked, until the run ends. */
  readonly insistsFromMs: number;
  /** A change that makes sense now. */
  change(random: number): Change | undefined;
  /** A command is applied here. */
  applied(index: number, command: string): void;
  /** A configuration is committed. */
  configured(index: number, members: readonly NodeId[]): void;
}

/** After so long nobody waits for an answer any more. */
const patienceMs = 1_000;
/** How often a server that does not lead is asked, compared with one that does. */
const rarely = 6;

/** The application beside a server: a store of values by keys, replicated, and the client that uses it. It never asks a thing twice. */
export class Store implements Application<RaftMessage, "next"> {
  readonly id: NodeId;
  /** The last index that was applied, in this life. */
  lastApplied = 0;
  isLeader = false;
  /** How many of its operations were answered. */
  completed = 0;
  /** The longest time from question to answer. */
  longestMs = 0;
  /** What it is to ask next, for a story; a workload thinks of something itself. */
  readonly wishes: (string | Change)[] = [];
  /** How often its server refused something. */
  refusals = 0;
  readonly #plan: StorePlan;
  #state = new Map<string, string>();
  readonly #open = new Map<string, Op>();
  #sinceSnapshot = 0;
  #index = 0;

  constructor(id: NodeId, plan: StorePlan) {
    this.id = id;
    this.#plan = plan;
  }

  onStart(ctx: StoreContext): void {
    ctx.setTimer("next", this.#pauseMs);
  }

  onCrash({ now }: StoreContext): void {
    for (const operation of this.#open.values()) this.#plan.history.complete(operation, "info", now);
    this.#open.clear();
    this.#state = new Map();
    this.lastApplied = 0;
    this.#sinceSnapshot = 0;
    this.isLeader = false;
  }

  onTimer(ctx: StoreContext): void {
    ctx.setTimer("next", this.#pauseMs);
    this.#lose(ctx.now);
    const wish = this.wishes.shift();
    if (wish !== undefined) return typeof wish === "string" ? this.ask(ctx, wish) : ctx.send(this.id, wish);
    const { workload, random, insistsFromMs, asks } = this.#plan;
    if (workload.thinkMs === 0 || this.#open.size >= workload.atOnce) return;
    const index = this.#index++;
    if (ctx.now < insistsFromMs && !asks(index)) return;
    const draw = (n: number) => random.at(4 * index + n);
    const changes = workload.changeEvery > 0 && this.isLeader && ctx.now < insistsFromMs;
    const change = changes && draw(0) * workload.changeEvery < 1 ? this.#plan.change(draw(1)) : undefined;
    if (change) return ctx.send(this.id, change);
    const key = "xyzuvw"[Math.floor(draw(2) * workload.keyCount)];
    this.ask(ctx, `${draw(3) < 0.4 ? "get" : "put"} ${key} ${this.id}.${index}`);
  }

  onMessage(ctx: StoreContext, _from: NodeId, message: RaftMessage): void {
    const report = message as Report;
    switch (report.type) {
      case "BecameLeader":
        this.isLeader = true;
        ctx.setTimer("next", this.#pauseMs);
        return;
      case "Refused":
        this.refusals++;
        return this.#refused(ctx, report.request);
      case "Restore":
        this.#state = new Map(Object.entries(report.data as { [key: string]: string }));
        this.lastApplied = report.lastIncludedIndex;
        this.#sinceSnapshot = 0;
        return;
      case "ApplyConfiguration":
        return this.#plan.configured(report.index, report.members);
      case "Apply":
        return this.#apply(ctx, report.index, String(report.command));
    }
  }

  /** Asks for a command: "put x v" or "get x v", of which no two have the same v. */
  ask(ctx: StoreContext, command: string): void {
    const [type, key = "", value = ""] = command.split(" ");
    const input: KvInput = type === "put" ? { type: "put", key, value } : { type: "get", key };
    this.#open.set(command, this.#plan.history.invoke(this.id, input, ctx.now));
    ctx.send(this.id, { type: "Propose", command });
  }

  get #pauseMs(): number {
    const { thinkMs } = this.#plan.workload;
    if (thinkMs === 0) return pollMs;
    return this.isLeader ? thinkMs : Math.max(rarely * thinkMs, 100);
  }

  #apply(ctx: StoreContext, index: number, command: string): void {
    this.lastApplied = index;
    this.#plan.applied(index, command);
    const [type, key = "", value = ""] = command.split(" ");
    const found = this.#state.get(key) ?? null;
    if (type === "put") this.#state.set(key, value);
    const operation = this.#open.get(command);
    if (operation) {
      this.#open.delete(command);
      this.completed++;
      this.longestMs = Math.max(this.longestMs, ctx.now - operation.invokedMs);
      this.#plan.history.complete(operation, "ok", ctx.now, type === "get" ? found : undefined);
    }
    const { compactEvery } = this.#plan.workload;
    if (compactEvery === 0 || ++this.#sinceSnapshot < compactEvery) return;
    this.#sinceSnapshot = 0;
    const data = Object.fromEntries([...this.#state].sort(([a], [b]) => (a < b ? -1 : 1)));
    ctx.send(this.id, { type: "Compact", lastIncludedIndex: index, data });
  }

  #refused(ctx: StoreContext, request: Refused["request"]): void {
    if (request.type !== "Propose") return;
    this.isLeader = false;
    const command = String(request.command);
    const operation = this.#open.get(command);
    if (!operation) return;
    this.#open.delete(command);
    this.#plan.history.complete(operation, "fail", ctx.now);
  }

  /** What was asked too long ago: nobody can tell what will become of it. */
  #lose(now: number): void {
    for (const [command, operation] of this.#open) {
      if (now - operation.invokedMs < patienceMs) return;
      this.#open.delete(command);
      this.#plan.history.complete(operation, "info", now);
    }
  }
}

/** How often an application without a workload looks whether a story wants something of it. */
const pollMs = 10;
