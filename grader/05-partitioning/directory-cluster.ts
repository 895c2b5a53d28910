import type { Cluster, RunSetting } from "#lib/nemesis";
import type { Random } from "#lib/random";
import type { Application, Context, Invariant, NodeId, SimEvent } from "#lib/sim";
import {
  type Ask,
  type DirectoryMessage,
  type Exercise,
  type Request,
  type RouterMessage,
  type ShardId,
  type ShardMap,
  shardOf,
} from "#protocol/05-partitioning";
import { mapOnlyForward, mapText } from "./move-claims.ts";

type Message = DirectoryMessage | RouterMessage;

export const map1: ShardMap = { version: 1, owners: { s0: "n1", s1: "n1", s2: "n2", s3: "n3" } };
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
  const users = ["r1", "r2"].map((id) => new User(id, plan, setting.random(id)));
  const admins = ["a1", "a2"].map((id) => new Administrator(plan.assigns, world, setting.random(id)));
  const router = (work: Exercise) => new work.Router({ directory: "d", retryMs: 100 });
  const server = (id: NodeId): Application<Message> => ({
    onMessage(ctx, from, message) {
      if (message.type !== "Request") return;
      const { seq, version } = message;
      if (world.owners.get(shardOf(message.key)) !== id) ctx.send(from, { type: "WrongShard", seq, version });
      else ctx.send(from, { type: "Done", seq, value: world.do(message) });
    },
  });
  const applications = {
    ...Object.fromEntries(serverIds.map((id) => [id, server(id)])),
    r1: users[0],
    r2: users[1],
    a1: admins[0],
    a2: admins[1],
  };
  const lookups = new LookupCount(users, plan.mostLookups);
  return {
    nodes: { d: (work) => new work.Directory({ map: map1 }), r1: router, r2: router },
    applications: applications as never,
    // A router has nothing to remember, so its crash would only interrupt its application.
    spared: ["r1", "r2"],
    invariants: [mapOnlyForward("d"), assignedOnce(), sentByTheMap(), lookups],
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
  twice: string | undefined;
  readonly #id: NodeId;
  readonly #plan: DirectoryPlan;
  readonly #random: Random;
  readonly #open = new Map<number, Ask>();
  #seq = 0;

  constructor(id: NodeId, plan: DirectoryPlan, random: Random) {
    this.#id = id;
    this.#plan = plan;
    this.#random = random;
  }

  missing(): true | string {
    const [open] = this.#open.values();
    if (open)
      return `${this.#id}'s application asked to ${open.op} ${open.key} (seq ${open.seq}), and has no answer.`;
    return (
      this.doneCount >= this.#plan.asks ||
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
    this.#open.set(seq, ask);
    ctx.send(this.#id, ask);
  }

  onMessage(ctx: Context<Message, { readonly wake: number }>, _from: NodeId, message: Message): void {
    if (message.type !== "Done") return;
    if (!this.#open.delete(message.seq)) {
      this.twice ??= `${this.#id} gave its application a Done with seq ${message.seq}, which is not open: it was answered before.`;
      return;
    }
    this.doneCount++;
    ctx.setTimer({ wake: message.seq }, 1 + this.#random.int(this.#plan.thinkMs));
  }
}

/** Gives shards to other servers: the directory is told first, and the servers when it has agreed. */
class Administrator implements Application<Message, { readonly wake: string }> {
  readonly #world: World;
  readonly #random: Random;
  #left: number;
  #known = 1;
  #wish: { shard: ShardId; to: NodeId } | undefined;

  constructor(count: number, world: World, random: Random) {
    this.#left = count;
    this.#world = world;
    this.#random = random;
  }

  missing(): true | string {
    if (this.#left === 0) return true;
    return this.#wish
      ? `An administrator wants ${this.#wish.shard} on ${this.#wish.to}, and has no answer.`
      : "An administrator is not done.";
  }

  onStart(ctx: Context<Message, { readonly wake: string }>): void {
    if (this.#left > 0) this.#rest(ctx);
  }

  onTimer(ctx: Context<Message, { readonly wake: string }>): void {
    const [shard, owner] = this.#random.pick([...this.#world.owners]);
    this.#wish ??= { shard, to: this.#random.pick(serverIds.filter((id) => id !== owner)) };
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
    this.#wish = undefined;
    ctx.cancelTimer({ wake: "again" });
    if (--this.#left > 0) this.#rest(ctx);
  }

  #rest(ctx: Context<Message, { readonly wake: string }>): void {
    ctx.setTimer({ wake: "again" }, 60 + this.#random.int(200));
  }
}

/** Two plans that were made on the same version: only one is done. */
function assignedOnce(): Invariant {
  const given = new Map<number, string>();
  return {
    name: "a map version means one map, and nobody goes back to an older one (invariant 6)",
    onEvent(event) {
      const assign = event.message as Message | undefined;
      if (event.node !== "d" || assign?.type !== "Assign") return undefined;
      for (const message of sentBy(event)) {
        if (message.type !== "AssignReply" || !message.done) continue;
        const what = `${assign.shard} to ${assign.to}`;
        const before = given.get(message.version);
        if (before !== undefined && before !== what) {
          return `d gave version ${message.version} twice: once for ${before}, and once for ${what}.`;
        }
        given.set(message.version, what);
        if (message.version === assign.expectedVersion + 1) continue;
        return `d agreed to ${what}, which was planned on map version ${assign.expectedVersion}, as version ${message.version}: the plan was out of date.`;
      }
      return undefined;
    },
  };
}

/** A request goes where the map says whose version it carries, and that is never older than one that the router used before. */
function sentByTheMap(): Invariant {
  const maps = new Map<number, ShardMap>([[1, map1]]);
  const used = new Map<NodeId, number>();
  return {
    name: "a router goes by the newest map that it has (invariant 6)",
    onEvent(event) {
      for (const effect of event.effects) {
        if (effect.effect !== "send") continue;
        const message = effect.message as Message;
        if (message.type === "MapReply" && event.node === "d") maps.set(message.map.version, message.map);
        if (message.type !== "Request") continue;
        const { key, version } = message;
        const map = maps.get(version);
        const owner = map?.owners[shardOf(key)];
        if (!map)
          return `${event.node} sent a request with map version ${version}, and no such map was ever given out.`;
        if (owner !== effect.to) {
          return `${event.node} sent a request for ${key}, in shard ${shardOf(key)}, to ${effect.to} with map version ${version}, which says: ${mapText(map)}.`;
        }
        const newest = used.get(event.node) ?? 0;
        if (version < newest) {
          return `${event.node} sent a request by map version ${version} after it had used version ${newest}.`;
        }
        used.set(event.node, version);
      }
      return undefined;
    },
  };
}

/** What the routers cost the directory; and that each Ask has one answer. */
class LookupCount implements Invariant {
  readonly name = "an answer comes once, and lookups are few";
  readonly #users: readonly User[];
  readonly #most: number | undefined;
  #count = 0;

  constructor(users: readonly User[], most: number | undefined) {
    this.#users = users;
    this.#most = most;
  }

  onEvent(event: SimEvent): string | undefined {
    if (!event.inApp && event.node.startsWith("r")) {
      this.#count += sentBy(event).filter((message) => message.type === "GetMap").length;
    }
    return this.#users.map((user) => user.twice).find((it) => it !== undefined);
  }

  onEnd(): string | undefined {
    if (this.#most === undefined) return undefined;
    const done = this.#users.reduce((sum, user) => sum + user.doneCount, 0);
    if (this.#count * 1_000 <= this.#most * done) return undefined;
    return `Two routers asked the directory for the map ${this.#count} times in ${done} operations: at most ${this.#most} times in 1,000 are needed.`;
  }
}

function sentBy(event: SimEvent): Message[] {
  return event.effects.flatMap((effect) => (effect.effect === "send" ? [effect.message as Message] : []));
}
