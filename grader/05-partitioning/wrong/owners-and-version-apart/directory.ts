import { app, type Context, type Node, type NodeId } from "#lib/sim";
import {
  type Ask,
  type Assign,
  type DirectoryConfig,
  type DirectoryMessage,
  type GetMap,
  type Request,
  type RouterConfig,
  type RouterMessage,
  type ShardMap,
  shardOf,
} from "#protocol/05-partitioning";

export class Directory implements Node<DirectoryMessage> {
  readonly #config: DirectoryConfig;

  constructor(config: DirectoryConfig) {
    this.#config = config;
  }

  onMessage(ctx: Context<DirectoryMessage>, from: NodeId, message: DirectoryMessage): void {
    if (message.type === "GetMap") ctx.send(from, { type: "MapReply", map: this.#map(ctx) });
    if (message.type === "Assign") this.#assign(ctx, from, message);
  }

  #assign(ctx: Context<DirectoryMessage>, from: NodeId, { shard, to, expectedVersion }: Assign): void {
    const map = this.#map(ctx);
    // Two administrators may have planned on the same map. The second one's plan is out of date.
    if (map.version !== expectedVersion) {
      ctx.send(from, { type: "AssignReply", done: false, version: map.version });
      return;
    }
    const next: ShardMap = { version: map.version + 1, owners: { ...map.owners, [shard]: to } };
    ctx.disk.set("owners", next.owners);
    ctx.disk.set("version", next.version);
    ctx.disk.sync(); // Before anyone hears of it: a version that was seen and then forgotten would be given twice.
    ctx.send(from, { type: "AssignReply", done: true, version: next.version });
  }

  #map(ctx: Context<DirectoryMessage>): ShardMap {
    return {
      version: ctx.disk.get<number>("version") ?? this.#config.map.version,
      owners: ctx.disk.get<ShardMap["owners"]>("owners") ?? this.#config.map.owners,
    };
  }
}

/** The time for an answer is over: to one Ask, or to the question for the map. */
type Late = { readonly type: "LateDone"; readonly seq: number } | { readonly type: "LateMap" };

export class Router implements Node<RouterMessage, Late> {
  readonly #config: RouterConfig;
  /** What the application waits for. */
  readonly #asks = new Map<number, Ask>();
  #map: ShardMap | undefined;
  #isAsking = false;

  constructor(config: RouterConfig) {
    this.#config = config;
  }

  onMessage(ctx: Context<RouterMessage, Late>, _from: NodeId, message: RouterMessage): void {
    switch (message.type) {
      case "Ask":
        this.#asks.set(message.seq, message);
        this.#send(ctx, message);
        return;
      case "Done":
        if (!this.#asks.delete(message.seq)) return; // A second answer to the same request.
        ctx.cancelTimer({ type: "LateDone", seq: message.seq });
        ctx.send(app, message);
        return;
      case "WrongShard":
        this.#redirect(ctx, message.seq, message.version);
        return;
      case "MapReply":
        this.#learn(ctx, message.map);
        return;
      default:
        message satisfies Request | GetMap; // A router sends these, and gets none.
    }
  }

  onTimer(ctx: Context<RouterMessage, Late>, timer: Late): void {
    if (timer.type === "LateMap") {
      this.#lookUp(ctx);
      return;
    }
    const ask = this.#asks.get(timer.seq);
    if (ask) this.#send(ctx, ask);
  }

  /** Sends a request to the owner that the cache names, or first asks for the map. */
  #send(ctx: Context<RouterMessage, Late>, ask: Ask): void {
    ctx.setTimer({ type: "LateDone", seq: ask.seq }, this.#config.retryMs);
    if (!this.#map) {
      this.#refresh(ctx);
      return;
    }
    const { version, owners } = this.#map;
    const { seq, op, key, value } = ask;
    ctx.send(owners[shardOf(key)]!, { type: "Request", client: ctx.self, seq, op, key, value, version });
  }

  #redirect(ctx: Context<RouterMessage, Late>, seq: number, version: number): void {
    const ask = this.#asks.get(seq);
    if (!ask || !this.#map) return;
    if (version < this.#map.version)
      this.#send(ctx, ask); // We have learnt better since.
    else this.#refresh(ctx);
  }

  /** One question at a time: when a shard moves, everything that was under way to it comes back at once. */
  #refresh(ctx: Context<RouterMessage, Late>): void {
    if (!this.#isAsking) this.#lookUp(ctx);
  }

  #lookUp(ctx: Context<RouterMessage, Late>): void {
    this.#isAsking = true;
    ctx.setTimer({ type: "LateMap" }, this.#config.retryMs);
    ctx.send(this.#config.directory, { type: "GetMap" });
  }

  #learn(ctx: Context<RouterMessage, Late>, map: ShardMap): void {
    this.#isAsking = false;
    ctx.cancelTimer({ type: "LateMap" });
    // An equal map is no news: server and directory do not agree yet, and the requests' timers will try again.
    if (this.#map && map.version <= this.#map.version) return;
    this.#map = map;
    for (const ask of this.#asks.values()) this.#send(ctx, ask);
  }
}
