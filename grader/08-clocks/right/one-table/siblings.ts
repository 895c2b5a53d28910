import type { Context, Node, NodeId } from "#lib/sim";
import type { Dot, Siblings, StoreConfig, StoreMessage, Vector, Version } from "#protocol/08-clocks";

const nameOf = ({ node, counter }: Dot): string => `${counter}@${node}`;

/** Every write that a state knows of is in one of two places: alive, or seen and gone. */
class State {
  readonly alive: Map<string, Version>;
  readonly seen: Map<NodeId, number>;

  constructor({ seen, versions }: Siblings) {
    this.alive = new Map(versions.map((version) => [nameOf(version.dot), version]));
    this.seen = new Map(Object.entries(seen));
  }

  knows({ node, counter }: Dot): boolean {
    return counter <= (this.seen.get(node) ?? 0);
  }

  raise(seen: Iterable<readonly [NodeId, number]>): void {
    for (const [node, count] of seen) if (count > (this.seen.get(node) ?? 0)) this.seen.set(node, count);
  }

  get siblings(): Siblings {
    return { seen: Object.fromEntries(this.seen), versions: [...this.alive.values()] };
  }
}

/** A write whose counter is above everything that is known of this server, and above `least`. */
function written(siblings: Siblings, self: NodeId, value: string, context: Vector, least: number): Siblings {
  const state = new State(siblings);
  const read = new State({ seen: context, versions: [] });
  for (const [name, version] of state.alive) if (read.knows(version.dot)) state.alive.delete(name);
  state.raise(read.seen);
  const dot: Dot = { node: self, counter: Math.max(least, state.seen.get(self) ?? 0) + 1 };
  state.raise([[self, dot.counter]]);
  // The newest first: the order is free.
  return { ...state.siblings, versions: [{ dot, value }, ...state.alive.values()] };
}

export function writeVersion(siblings: Siblings, self: NodeId, value: string, context: Vector): Siblings {
  return written(siblings, self, value, context, 0);
}

export function mergeSiblings(a: Siblings, b: Siblings): Siblings {
  const [mine, yours] = [new State(a), new State(b)];
  for (const [name, version] of mine.alive) {
    if (yours.knows(version.dot) && !yours.alive.has(name)) mine.alive.delete(name);
  }
  for (const [name, version] of yours.alive) if (!mine.knows(version.dot)) mine.alive.set(name, version);
  mine.raise(yours.seen);
  return mine.siblings;
}

interface Table {
  /** One for all keys, so the counters of a key have gaps. */
  readonly counter: number;
  readonly keys: { readonly [key: string]: Siblings };
}

/** Everything in one cell, which is also kept in memory, and synced whenever it changes. */
export class Store implements Node<StoreMessage, "tell"> {
  readonly #peers: readonly NodeId[];
  readonly #shareMs: number;
  #table: Table = { counter: 0, keys: {} };

  constructor({ peers, shareMs }: StoreConfig) {
    this.#peers = peers;
    this.#shareMs = shareMs;
  }

  onStart(ctx: Context<StoreMessage, "tell">): void {
    this.#table = ctx.disk.get<Table>("table") ?? this.#table;
    this.#tell(ctx, this.#peers);
    ctx.setTimer("tell", this.#shareMs);
  }

  onMessage(ctx: Context<StoreMessage, "tell">, from: NodeId, message: StoreMessage): void {
    if (message.type === "Get") {
      const { seen, versions } = this.#of(message.key);
      // A value that was written twice is told once.
      const values = [...new Set(versions.map(({ value }) => value))].sort();
      ctx.send(from, { type: "GetReply", request: message.request, values, context: seen });
    }
    if (message.type === "Put") {
      const { key, value, context, request } = message;
      const after = written(this.#of(key), ctx.self, value, context, this.#table.counter);
      this.#keep(ctx, key, after, after.seen[ctx.self] ?? 0);
      ctx.send(from, { type: "PutReply", request });
    }
    if (message.type === "Share") {
      const merged = mergeSiblings(this.#of(message.key), message.siblings);
      this.#keep(ctx, message.key, merged, this.#table.counter);
    }
  }

  onTimer(ctx: Context<StoreMessage, "tell">): void {
    this.#tell(ctx, this.#peers);
    ctx.setTimer("tell", this.#shareMs);
  }

  #of(key: string): Siblings {
    return this.#table.keys[key] ?? { seen: {}, versions: [] };
  }

  #keep(ctx: Context<StoreMessage, "tell">, key: string, siblings: Siblings, counter: number): void {
    this.#table = {
      counter: Math.max(counter, this.#table.counter),
      keys: { ...this.#table.keys, [key]: siblings },
    };
    ctx.disk.set("table", this.#table);
    ctx.disk.sync();
  }

  #tell(ctx: Context<StoreMessage, "tell">, peers: readonly NodeId[]): void {
    for (const [key, siblings] of Object.entries(this.#table.keys)) {
      for (const peer of peers) ctx.send(peer, { type: "Share", key, siblings });
    }
  }
}
