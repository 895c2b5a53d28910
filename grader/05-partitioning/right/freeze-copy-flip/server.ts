import type { Context, Node, NodeId } from "#lib/sim";
import {
  type Request,
  type Row,
  type ServerConfig,
  type ServerMessage,
  type Session,
  type ShardId,
  type Step,
  shardOf,
} from "#protocol/05-partitioning";

/** A shard is one cell. It is served, or it is on its way out, or it is on its way in, or it was here. */
interface Shard {
  readonly state: "mine" | "leaving" | "arriving" | "arrived" | "left";
  readonly version: number;
  readonly to: NodeId | null;
  readonly rows: { readonly [key: string]: Row };
  readonly sessions: { readonly [client: NodeId]: Session };
}

type Tick = "tick";
type ServerContext = Context<ServerMessage, Tick>;

/** The simplest move: stop serving, send everything, one message at a time, and let the target go on. */
export class Server implements Node<ServerMessage, Tick> {
  readonly #config: ServerConfig;
  /** How many of a leaving shard's rows the target has confirmed, in the order of their keys. */
  readonly #confirmed = new Map<ShardId, number>();

  constructor(config: ServerConfig) {
    this.#config = config;
  }

  onStart(ctx: ServerContext): void {
    if (!ctx.disk.get("first start")) {
      const cells: { [cell: string]: unknown } = { "first start": "over" };
      for (const shard of this.#config.shards) cells[`shard ${shard}`] = empty("mine", 1);
      ctx.disk.set(cells);
      ctx.disk.sync();
    }
    this.onTimer(ctx);
  }

  onMessage(ctx: ServerContext, from: NodeId, message: ServerMessage): void {
    if (message.type === "Request") return this.#serve(ctx, from, message);
    if (!("shard" in message)) return;
    const { shard, version } = message;
    const now = load(ctx, shard);
    const isThisMove = now?.version === version;
    switch (message.type) {
      case "BeginMove":
        if (now?.state !== "mine" || now.version >= version) return;
        save(ctx, shard, { ...now, state: "leaving", version, to: message.to });
        return this.#send(ctx, shard);
      case "RowsOk":
        if (now?.state === "leaving" && isThisMove) this.#next(ctx, shard, now, message.rows.at(-1)?.key);
        return;
      case "HandoverOk":
        if (now?.state === "leaving" && isThisMove)
          ctx.send(this.#config.mover, { type: "Copied", shard, version });
        return;
      case "Drop":
        if (now?.state === "leaving" && isThisMove) save(ctx, shard, empty("left", version));
        return ctx.send(from, { type: "DropOk", shard, version });
      case "Rows": {
        const arriving = arrivingShard(now, message);
        if (arriving) save(ctx, shard, { ...arriving, rows: merged(arriving.rows, message.rows) });
        const safe = message.rows.map((row) => ({ key: row.key, version: row.version }));
        return ctx.send(from, { type: "RowsOk", shard, version, rows: safe });
      }
      case "Handover": {
        const arriving = arrivingShard(now, message);
        const sessions = Object.fromEntries(message.sessions.map((session) => [session.client, session]));
        if (arriving) save(ctx, shard, { ...arriving, state: "arrived", sessions });
        return ctx.send(from, { type: "HandoverOk", shard, version });
      }
      case "Take":
        if (now?.state === "arrived" && isThisMove) save(ctx, shard, { ...now, state: "mine" });
        return ctx.send(from, { type: "TakeOk", shard, version });
    }
  }

  /** Once in retryMs, for as long as it runs: whatever is leaving is sent again. */
  onTimer(ctx: ServerContext): void {
    ctx.setTimer("tick", this.#config.retryMs);
    for (const cell of ctx.disk.cells("shard ")) {
      const shard = cell.slice("shard ".length);
      if (load(ctx, shard)?.state === "leaving") this.#send(ctx, shard);
    }
  }

  #serve(ctx: ServerContext, from: NodeId, { client, seq, op, key, value, version }: Request): void {
    const shard = shardOf(key);
    const now = load(ctx, shard);
    if (now?.state !== "mine") return ctx.send(from, { type: "WrongShard", seq, version });
    const row = now.rows[key];
    const last = now.sessions[client];
    if (op !== "get" && last && last.seq > seq) return;
    if (op !== "get" && last?.seq === seq) return ctx.send(from, { type: "Done", seq, value: last.value });
    const before = row?.value ?? null;
    if (op !== "get") {
      const rows = { ...now.rows, [key]: { key, version: (row?.version ?? 0) + 1, value } };
      save(ctx, shard, {
        ...now,
        rows,
        sessions: { ...now.sessions, [client]: { client, seq, value: before } },
      });
    }
    ctx.send(from, { type: "Done", seq, value: before });
  }

  #send(ctx: ServerContext, shard: ShardId): void {
    const { to, version, rows, sessions } = load(ctx, shard)!;
    const at = this.#confirmed.get(`${shard} ${version}`) ?? 0;
    const part = inOrder(rows).slice(at, at + this.#config.rowsPerMessage);
    if (part.length > 0) ctx.send(to!, { type: "Rows", shard, version, rows: part });
    else ctx.send(to!, { type: "Handover", shard, version, sessions: Object.values(sessions) });
  }

  /** The message that ended with this key has arrived: now the one behind it. A confirmation that comes again says nothing. */
  #next(ctx: ServerContext, shard: ShardId, { version, rows }: Shard, lastKey: string | undefined): void {
    const name = `${shard} ${version}`;
    const at = this.#confirmed.get(name) ?? 0;
    const end = inOrder(rows).findIndex((row) => row.key === lastKey) + 1;
    if (end <= at || end > at + this.#config.rowsPerMessage) return;
    this.#confirmed.set(name, end);
    this.#send(ctx, shard);
  }
}

function empty(state: Shard["state"], version: number): Shard {
  return { state, version, to: null, rows: {}, sessions: {} };
}

function load(ctx: ServerContext, shard: ShardId): Shard | undefined {
  return ctx.disk.get<Shard>(`shard ${shard}`);
}

function save(ctx: ServerContext, shard: ShardId, now: Shard): void {
  ctx.disk.set(`shard ${shard}`, now);
  ctx.disk.sync();
}

/** The shard that a message of a move is for, if it is still on its way in. */
function arrivingShard(now: Shard | undefined, { version }: Step): Shard | undefined {
  if (!now || (now.state === "left" && now.version < version)) return empty("arriving", version);
  return now.state === "arriving" && now.version === version ? now : undefined;
}

function merged(rows: Shard["rows"], news: readonly Row[]): Shard["rows"] {
  const newer = news.filter((row) => row.version > (rows[row.key]?.version ?? 0));
  return { ...rows, ...Object.fromEntries(newer.map((row) => [row.key, row])) };
}

function inOrder(rows: Shard["rows"]): Row[] {
  return Object.values(rows).sort((a, b) => (a.key < b.key ? -1 : 1));
}
