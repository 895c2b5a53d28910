import { app, type Context, type Node, type NodeId } from "#lib/sim";
import {
  type Ask,
  type DirectoryConfig,
  type DirectoryMessage,
  type RouterConfig,
  type RouterMessage,
  type ShardMap,
  shardOf,
} from "#protocol/05-partitioning";

/** Tells everyone who has ever asked of each new map, unasked. Its log is the history of the map. */
export class Directory implements Node<DirectoryMessage> {
  readonly #listeners = new Set<NodeId>();
  #map: ShardMap;

  constructor({ map }: DirectoryConfig) {
    this.#map = map;
  }

  onStart(ctx: Context<DirectoryMessage>): void {
    const { log } = ctx.disk;
    if (log.end > 0) this.#map = log.get<ShardMap>(log.end - 1)!;
  }

  onMessage(ctx: Context<DirectoryMessage>, from: NodeId, message: DirectoryMessage): void {
    if (message.type === "GetMap") {
      this.#listeners.add(from);
      ctx.send(from, { type: "MapReply", map: this.#map });
    }
    if (message.type !== "Assign") return;
    const { version, owners } = this.#map;
    const done = message.expectedVersion === version;
    if (done) {
      this.#map = { version: version + 1, owners: { ...owners, [message.shard]: message.to } };
      ctx.disk.log.append(this.#map);
      ctx.disk.sync();
      for (const listener of this.#listeners) ctx.send(listener, { type: "MapReply", map: this.#map });
    }
    ctx.send(from, { type: "AssignReply", done, version: this.#map.version });
  }
}

interface Tick {
  readonly type: "Tick";
}
const tick: Tick = { type: "Tick" };

interface Waiting {
  readonly ask: Ask;
  /** By the router's clock; 0 if it has not been sent. */
  sentMs: number;
}

/** Asks for the map as soon as it starts, and has one clock tick for everything that waits. */
export class Router implements Node<RouterMessage, Tick> {
  readonly #config: RouterConfig;
  readonly #waiting = new Map<number, Waiting>();
  #map: ShardMap = { version: 0, owners: {} };
  #askedMs: number | null = null;
  #isTicking = false;

  constructor(config: RouterConfig) {
    this.#config = config;
  }

  onStart(ctx: Context<RouterMessage, Tick>): void {
    this.#lookUp(ctx);
  }

  onMessage(ctx: Context<RouterMessage, Tick>, _from: NodeId, message: RouterMessage): void {
    if (message.type === "Ask") {
      const waiting = { ask: message, sentMs: 0 };
      this.#waiting.set(message.seq, waiting);
      this.#send(ctx, waiting);
    } else if (message.type === "Done") {
      if (this.#waiting.delete(message.seq)) ctx.send(app, message);
    } else if (message.type === "WrongShard") {
      const waiting = this.#waiting.get(message.seq);
      if (waiting && message.version < this.#map.version) this.#send(ctx, waiting);
      else if (waiting && this.#askedMs === null) this.#lookUp(ctx);
    } else if (message.type === "MapReply") {
      this.#askedMs = null;
      if (message.map.version <= this.#map.version) return;
      this.#map = message.map;
      for (const waiting of this.#waiting.values()) this.#send(ctx, waiting);
    }
  }

  onTimer(ctx: Context<RouterMessage, Tick>): void {
    this.#isTicking = false;
    const lateMs = ctx.now - this.#config.retryMs;
    if (this.#askedMs !== null && this.#askedMs <= lateMs) this.#lookUp(ctx);
    for (const waiting of this.#waiting.values()) if (waiting.sentMs <= lateMs) this.#send(ctx, waiting);
    this.#wake(ctx);
  }

  #wake(ctx: Context<RouterMessage, Tick>): void {
    if (this.#isTicking || (this.#waiting.size === 0 && this.#askedMs === null)) return;
    this.#isTicking = true;
    ctx.setTimer(tick, this.#config.retryMs / 4);
  }

  #send(ctx: Context<RouterMessage, Tick>, waiting: Waiting): void {
    const { seq, op, key, value } = waiting.ask;
    const owner = this.#map.owners[shardOf(key)];
    this.#wake(ctx);
    if (owner === undefined) return;
    waiting.sentMs = ctx.now;
    const { version } = this.#map;
    ctx.send(owner, { type: "Request", client: ctx.self, seq, op, key, value, version });
  }

  #lookUp(ctx: Context<RouterMessage, Tick>): void {
    this.#askedMs = ctx.now;
    ctx.send(this.#config.directory, { type: "GetMap" });
    this.#wake(ctx);
  }
}
