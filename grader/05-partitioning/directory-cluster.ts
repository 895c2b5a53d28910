import type { Cluster, RunSetting } from "#lib/nemesis";
import type { Random } from "#lib/random";
import type { Application, Context, NodeId, Violation } from "#lib/sim";
import {
  type Ask,
  type DirectoryMessage,
  type Exercise,
  type Request,
  type RouterMessage,
  type ShardId,
  shardOf,
} from "#protocol/05-partitioning";
import { answeredOnce, assignedOnce, LookupCount, map1, sentByTheMap } from "./directory-claims.ts";
import { mapOnlyForward } from "./move-claims.ts";

type Message = DirectoryMessage | RouterMessage;

const serverIds = ["n1", "n2", "n3"];

export interface DirectoryPlan {
  /** How many asks each of the two routers' applications makes. */
  readonly asks: number;
  /** How many of them are open at a time. */
  readonly atOnce: number;
  readonly thinkMs: number;
  /** How many shards each of the two administrators gives to another server. */
  readonly assigns: number;
  /** How many times a router may ask for the map in 1,000 operations, if that is counted. */
  readonly mostLookups?: number;
}

/** Where the shards really are: the servers of this scenario are the grader's own, and believe this and not the map. */
class World {
  readonly owners = new Map<ShardId, NodeId>(Object.entries(map1.owners));
  readonly #versions = new Map<ShardId, number>();
  readonly values = new Map<string, string>();
  readonly doneSeqs = new Map<string, string | null>();

  /** Two administrators may come with their news in the wrong order. */
  give(shard: ShardId, to: NodeId, version: number): void {
    if (version < (this.#versions.get(shard) ?? 1)) return;
    this.#versions.set(shard, version);
    this.owners.set(shard, to);
  }

  do({ client, seq, op, key, value }: Request): string | null {
    const name = `${client} ${seq}`;
    const known = this.doneSeqs.get(name);
    if (known !== undefined) return known;
    const before = this.values.get(key) ?? null;
    if (op === "put") this.values.set(key, value as string);
    if (op === "delete") this.values.delete(key);
    this.doneSeqs.set(name, before);
    return before;
  }
}

/** The directory and two routers of the work under test; servers, administrators and applications are the grader's. */
export function directoryCluster(setting: RunSetting, plan: DirectoryPlan): Cluster<Exercise> {
  const world = new World();
  const users = ["r1", "r2"].map((id) => new User(id, plan, setting));
  const admins = ["a1", "a2"].map((id) => new Administrator(id, plan.assigns, world, setting));
  const router = (work: Exercise) => new work.Router({ directory: "d", retryMs: 100 });
  const server = (id: NodeId): Application<Message> => ({
    onMessage(ctx, from, message) {
      if (message.type !== "Request") return;
      const { seq, version } = message;
      const isOwner = world.owners.get(shardOf(message.key)) === id;
      const done = () => ({ type: "Done", seq, value: world.do(message) }) as const;
      ctx.send(from, isOwner ? done() : { type: "WrongShard", seq, version });
    },
  });
  const applications = {
    ...Object.fromEntries(serverIds.map((id) => [id, server(id)])),
    r1: users[0],
    r2: users[1],
    a1: admins[0],
    a2: admins[1],
  };
  return {
    nodes: { d: (work) => new work.Directory({ map: map1 }), r1: router, r2: router },
    applications: applications as never,
    // A router has nothing to remember, so its crash would only interrupt its application.
    spared: ["r1", "r2"],
    invariants: [
      mapOnlyForward("d"),
      assignedOnce(),
      sentByTheMap(),
      answeredOnce(users),
      ...(plan.mostLookups === undefined ? [] : [new LookupCount(users, plan.mostLookups)]),
    ],
    eventually: {
      "every operation is answered (invariant 11)": () =>
        users.map((user) => user.missing()).find((it) => it !== true) ?? true,
      "every change of the map is made (invariant 11)": () =>
        admins.map((admin) => admin.missing()).find((it) => it !== true) ?? true,
    },
    completed: () => users.reduce((sum, user) => sum + user.doneCount, 0),
  };
}

/** Asks its router for one thing after another, a few at a time. */
class User implements Application<Message, { readonly wake: number }> {
  doneCount = 0;
  twice: Violation | undefined;
  readonly #id: NodeId;
  readonly #plan: DirectoryPlan;
  readonly #random: Random;
  readonly #asks: RunSetting["asks"];
  readonly #open = new Map<number, Ask>();
  #seq = 0;
  #leftOutCount = 0;

  constructor(id: NodeId, plan: DirectoryPlan, { random, asks }: RunSetting) {
    this.#id = id;
    this.#plan = plan;
    this.#random = random(id);
    this.#asks = asks;
  }

  missing(): true | string {
    const [open] = this.#open.values();
    if (open)
      return `${this.#id}'s application asked to ${open.op} ${open.key} (seq ${open.seq}), and has had no answer.`;
    return (
      this.doneCount + this.#leftOutCount >= this.#plan.asks ||
      `${this.#id}'s application has had ${this.doneCount} answers of ${this.#plan.asks}.`
    );
  }

  onStart(ctx: Context<Message, { readonly wake: number }>): void {
    for (let i = 0; i < this.#plan.atOnce; i++) ctx.setTimer({ wake: i }, 1 + i);
  }

  onTimer(ctx: Context<Message, { readonly wake: number }>): void {
    if (this.#seq >= this.#plan.asks) return;
    const seq = ++this.#seq;
    const op = this.#random.pick(["get", "put", "delete"] as const);
    const value = op === "put" ? `${this.#id}.${seq}` : null;
    const ask: Ask = { type: "Ask", seq, op, key: `k${this.#random.int(40)}`, value };
    if (this.#asks(this.#id, seq - 1)) {
      this.#open.set(seq, ask);
      ctx.send(this.#id, ask);
    } else {
      this.#leftOutCount++;
      this.#rest(ctx, seq);
    }
  }

  onMessage(ctx: Context<Message, { readonly wake: number }>, _from: NodeId, message: Message): void {
    if (message.type !== "Done") return;
    if (!this.#open.delete(message.seq)) {
      const text = `${this.#id} gave its application a Done with seq ${message.seq}, which is not open: it was answered before.`;
      this.twice ??= { text, about: [String(message.seq)] };
      return;
    }
    this.doneCount++;
    this.#rest(ctx, message.seq);
  }

  #rest(ctx: Context<Message, { readonly wake: number }>, seq: number): void {
    ctx.setTimer({ wake: seq }, 1 + this.#random.int(this.#plan.thinkMs));
  }
}

/** Gives shards to other servers: the directory is told first, and the servers when it has agreed. */
class Administrator implements Application<Message, { readonly wake: string }> {
  readonly #id: NodeId;
  readonly #world: World;
  readonly #random: Random;
  readonly #asks: RunSetting["asks"];
  readonly #count: number;
  #index = 0;
  #known = 1;
  #wish: { shard: ShardId; to: NodeId } | undefined;

  constructor(id: NodeId, count: number, world: World, { random, asks }: RunSetting) {
    this.#id = id;
    this.#count = count;
    this.#world = world;
    this.#random = random(id);
    this.#asks = asks;
  }

  missing(): true | string {
    if (this.#index >= this.#count) return true;
    return this.#wish
      ? `An administrator wants ${this.#wish.shard} on ${this.#wish.to}, and was never told that it is there.`
      : "An administrator is not done.";
  }

  onStart(ctx: Context<Message, { readonly wake: string }>): void {
    if (this.#index < this.#count) this.#rest(ctx);
  }

  onTimer(ctx: Context<Message, { readonly wake: string }>): void {
    const [shard, owner] = this.#random.pick([...this.#world.owners]);
    this.#wish ??= { shard, to: this.#random.pick(serverIds.filter((id) => id !== owner)) };
    if (!this.#asks(this.#id, this.#index)) return this.#next(ctx);
    ctx.send("d", { type: "Assign", ...this.#wish, expectedVersion: this.#known });
    ctx.setTimer({ wake: "again" }, 120);
  }

  onMessage(ctx: Context<Message, { readonly wake: string }>, _from: NodeId, message: Message): void {
    const wish = this.#wish;
    if (!wish) return;
    if (message.type === "AssignReply") {
      if (message.version <= this.#known) return;
      // Refused: perhaps our own plan was made, and the answer lost. The map tells.
      if (message.done) this.#reached(ctx, message.version);
      else ctx.send("d", { type: "GetMap" });
    }
    if (message.type !== "MapReply" || message.map.version <= this.#known) return;
    if (message.map.owners[wish.shard] === wish.to) this.#reached(ctx, message.map.version);
    else this.#known = message.map.version;
  }

  #reached(ctx: Context<Message, { readonly wake: string }>, version: number): void {
    const { shard, to } = this.#wish as { shard: ShardId; to: NodeId };
    this.#world.give(shard, to, version);
    this.#known = version;
    this.#next(ctx);
  }

  #next(ctx: Context<Message, { readonly wake: string }>): void {
    this.#wish = undefined;
    ctx.cancelTimer({ wake: "again" });
    if (++this.#index < this.#count) this.#rest(ctx);
  }

  #rest(ctx: Context<Message, { readonly wake: string }>): void {
    ctx.setTimer({ wake: "again" }, 60 + this.#random.int(200));
  }
}
