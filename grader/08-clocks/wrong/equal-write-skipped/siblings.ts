import type { Context, Node, NodeId } from "#lib/sim";
import type { Dot, Put, Siblings, StoreConfig, StoreMessage, Vector, Version } from "#protocol/08-clocks";

const nothing: Siblings = { seen: {}, versions: [] };

export function writeVersion(siblings: Siblings, self: NodeId, value: string, context: Vector): Siblings {
  if (siblings.versions.some((version) => version.value === value)) return siblings;
  const kept = siblings.versions.filter(({ dot }) => !covers(context, dot));
  // The context may name writes that have not come here yet: from now on they are known, and known to be replaced.
  const known = larger(siblings.seen, context);
  const dot: Dot = { node: self, counter: (known[self] ?? 0) + 1 };
  return { seen: { ...known, [self]: dot.counter }, versions: [...kept, { dot, value }] };
}

export function mergeSiblings(a: Siblings, b: Siblings): Siblings {
  const fromB = b.versions.filter((version) => !has(a, version.dot) && !covers(a.seen, version.dot));
  const fromA = a.versions.filter((version) => has(b, version.dot) || !covers(b.seen, version.dot));
  return { seen: larger(a.seen, b.seen), versions: [...fromA, ...fromB] };
}

function has({ versions }: Siblings, dot: Dot): boolean {
  return versions.some(
    (version: Version) => version.dot.node === dot.node && version.dot.counter === dot.counter,
  );
}

function covers(vector: Vector, { node, counter }: Dot): boolean {
  return (vector[node] ?? 0) >= counter;
}

function larger(a: Vector, b: Vector): Vector {
  const result: { [node: NodeId]: number } = { ...a };
  for (const [node, count] of Object.entries(b)) result[node] = Math.max(result[node] ?? 0, count);
  return result;
}

type Wake = { readonly type: "Tell" };

export class Store implements Node<StoreMessage, Wake> {
  readonly #config: StoreConfig;

  constructor(config: StoreConfig) {
    this.#config = config;
  }

  onStart(ctx: Context<StoreMessage, Wake>): void {
    ctx.setTimer({ type: "Tell" }, this.#config.shareMs);
  }

  onMessage(ctx: Context<StoreMessage, Wake>, from: NodeId, message: StoreMessage): void {
    switch (message.type) {
      case "Get": {
        const { seen, versions } = siblingsOf(ctx, message.key);
        const values = versions.map(({ value }) => value);
        ctx.send(from, { type: "GetReply", request: message.request, values, context: seen });
        return;
      }
      case "Put":
        return this.#put(ctx, from, message);
      case "Share":
        // No sync: what was lost of it in a crash will be told again.
        ctx.disk.set(message.key, mergeSiblings(siblingsOf(ctx, message.key), message.siblings));
        return;
    }
  }

  onTimer(ctx: Context<StoreMessage, Wake>): void {
    for (const key of ctx.disk.cells()) this.#share(ctx, key);
    ctx.setTimer({ type: "Tell" }, this.#config.shareMs);
  }

  #put(ctx: Context<StoreMessage, Wake>, from: NodeId, { request, key, value, context }: Put): void {
    ctx.disk.set(key, writeVersion(siblingsOf(ctx, key), ctx.self, value, context));
    ctx.disk.sync(); // Before anyone hears of the dot: if it were forgotten, another write would get it.
    ctx.send(from, { type: "PutReply", request });
    this.#share(ctx, key);
  }

  #share(ctx: Context<StoreMessage, Wake>, key: string): void {
    for (const peer of this.#config.peers)
      ctx.send(peer, { type: "Share", key, siblings: siblingsOf(ctx, key) });
  }
}

function siblingsOf(ctx: Context<StoreMessage, Wake>, key: string): Siblings {
  return ctx.disk.get<Siblings>(key) ?? nothing;
}
