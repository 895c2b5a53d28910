import type { Context, Node, NodeId } from "#lib/sim";
import {
  type Request,
  type Row,
  type ServerConfig,
  type ServerMessage,
  type Session,
  type ShardId,
  shardOf,
} from "#protocol/05-partitioning";

type Entry =
  | { readonly is: "first"; readonly shards: readonly ShardId[] }
  | { readonly is: "change"; readonly shard: ShardId; readonly row: Row; readonly session: Session }
  | { readonly is: "rows"; readonly shard: ShardId; readonly version: number; readonly rows: readonly Row[] }
  | {
      readonly is: "phase";
      readonly shard: ShardId;
      readonly phase: Phase;
      readonly version: number;
      readonly to: NodeId;
    }
  | {
      readonly is: "handover";
      readonly shard: ShardId;
      readonly version: number;
      readonly sessions: readonly Session[];
    }
  | { readonly is: "snapshot"; readonly shards: readonly (readonly [ShardId, Saved])[] };

type Phase = "serves" | "ships" | "closed" | "fills" | "filled" | "dropped";
interface Saved {
  readonly phase: Phase;
  readonly version: number;
  readonly to: NodeId;
  readonly rows: readonly Row[];
  readonly sessions: readonly Session[];
}

/** One shard in memory. Its truth is the log on the disk. */
class Shard {
  phase: Phase = "dropped";
  version = 0;
  to: NodeId = "";
  readonly rows = new Map<string, Row>();
  sessions = new Map<NodeId, Session>();
  /** What the target has still to be told, in the order of the last change; and what of it is under way. */
  readonly queue = new Map<string, Row>();
}

type Tick = { readonly tick: true };
type ServerContext = Context<ServerMessage, Tick>;

/** Every change is an entry of the log; a move ships the rows and then what came after, until there is little left. */
export class Server implements Node<ServerMessage, Tick> {
  readonly #config: ServerConfig;
  readonly #shards = new Map<ShardId, Shard>();

  constructor(config: ServerConfig) {
    this.#config = config;
  }

  onStart(ctx: ServerContext): void {
    const { log } = ctx.disk;
    let snapshot = log.first;
    for (let i = log.first; i < log.end; i++) {
      const entry = log.get<Entry>(i)!;
      if (entry.is === "snapshot") snapshot = i;
      this.#apply(entry);
    }
    // A crash in a Drop may have kept the snapshot, and the old entries too.
    if (snapshot > log.first) {
      log.dropHead(snapshot);
      ctx.disk.sync();
    }
    if (log.end === log.first) this.#write(ctx, { is: "first", shards: this.#config.shards });
    for (const shard of this.#shards.values()) {
      if (shard.phase === "ships" || shard.phase === "closed") this.#fillQueue(shard);
    }
    this.onTimer(ctx);
  }

  onTimer(ctx: ServerContext): void {
    ctx.setTimer({ tick: true }, this.#config.retryMs);
    for (const id of this.#shards.keys()) this.#ship(ctx, id);
  }

  onMessage(ctx: ServerContext, from: NodeId, message: ServerMessage): void {
    if (message.type === "Request") return this.#serve(ctx, from, message);
    if (!("shard" in message)) return;
    const { shard: id, version } = message;
    const shard = this.#of(id);
    const step = { shard: id, version };
    switch (message.type) {
      case "BeginMove":
        if (shard.phase !== "serves" || version <= shard.version) return;
        this.#write(ctx, { is: "phase", ...step, phase: "ships", to: message.to });
        this.#fillQueue(shard);
        return this.#ship(ctx, id);
      case "RowsOk":
        if (version !== shard.version) return;
        for (const row of message.rows) {
          if (shard.queue.get(row.key)?.version === row.version) shard.queue.delete(row.key);
        }
        return this.#ship(ctx, id);
      case "HandoverOk":
        if (shard.phase === "closed" && version === shard.version)
          ctx.send(this.#config.mover, { type: "Copied", ...step });
        return;
      case "Drop":
        if (shard.phase === "closed" && version === shard.version) this.#drop(ctx, id);
        return ctx.send(from, { type: "DropOk", ...step });
      case "Rows":
        if (this.#takesIn(shard, version)) this.#write(ctx, { is: "rows", ...step, rows: message.rows });
        return ctx.send(from, {
          type: "RowsOk",
          ...step,
          rows: message.rows.map(({ key, version }) => ({ key, version })),
        });
      case "Handover":
        if (this.#takesIn(shard, version))
          this.#write(ctx, { is: "handover", ...step, sessions: message.sessions });
        return ctx.send(from, { type: "HandoverOk", ...step });
      case "Take":
        if (shard.phase === "filled" && version === shard.version)
          this.#write(ctx, { is: "phase", ...step, phase: "serves", to: "" });
        return ctx.send(from, { type: "TakeOk", ...step });
    }
  }

  #takesIn(shard: Shard, version: number): boolean {
    if (shard.phase === "dropped") return version > shard.version;
    return shard.phase === "fills" && version === shard.version;
  }

  #serve(ctx: ServerContext, from: NodeId, { client, seq, op, key, value, version }: Request): void {
    const id = shardOf(key);
    const shard = this.#of(id);
    if (shard.phase !== "serves" && shard.phase !== "ships")
      return ctx.send(from, { type: "WrongShard", seq, version });
    const row = shard.rows.get(key);
    let before = row?.value ?? null;
    if (op !== "get") {
      const last = shard.sessions.get(client);
      if (last && last.seq > seq) return;
      if (last?.seq === seq) before = last.value;
      else {
        const next: Row = { key, version: (row?.version ?? 0) + 1, value };
        this.#write(ctx, { is: "change", shard: id, row: next, session: { client, seq, value: before } });
        if (shard.phase === "ships") shard.queue.set(key, next);
      }
    }
    ctx.send(from, { type: "Done", seq, value: before });
  }

  #fillQueue(shard: Shard): void {
    shard.queue.clear();
    for (const row of shard.rows.values()) shard.queue.set(row.key, row);
  }

  /** The head of the queue; when it is short, the door closes; when it is empty, the handover. */
  #ship(ctx: ServerContext, id: ShardId): void {
    const shard = this.#of(id);
    const { version, to, queue } = shard;
    const most = this.#config.rowsPerMessage;
    if (shard.phase === "ships" && queue.size <= most) {
      this.#write(ctx, { is: "phase", shard: id, version, to, phase: "closed" });
    }
    if (shard.phase !== "ships" && shard.phase !== "closed") return;
    if (queue.size > 0)
      ctx.send(to, { type: "Rows", shard: id, version, rows: [...queue.values()].slice(0, most) });
    else ctx.send(to, { type: "Handover", shard: id, version, sessions: [...shard.sessions.values()] });
  }

  /** Without the shard's entries the log is a snapshot of the others. It comes first, and then the old entries go. */
  #drop(ctx: ServerContext, id: ShardId): void {
    const { version } = this.#of(id);
    this.#apply({ is: "phase", shard: id, phase: "dropped", version, to: "" });
    const shards = [...this.#shards].map(([name, { phase, version, to, rows, sessions }]) => {
      return [
        name,
        { phase, version, to, rows: [...rows.values()], sessions: [...sessions.values()] },
      ] as const;
    });
    const { log } = ctx.disk;
    const index = log.end;
    log.append({ is: "snapshot", shards } satisfies Entry);
    log.dropHead(index);
    ctx.disk.sync();
  }

  #write(ctx: ServerContext, entry: Entry): void {
    ctx.disk.log.append(entry);
    ctx.disk.sync();
    this.#apply(entry);
  }

  #apply(entry: Entry): void {
    if (entry.is === "first") {
      for (const id of entry.shards) Object.assign(this.#of(id), { phase: "serves", version: 1 });
      return;
    }
    if (entry.is === "snapshot") {
      this.#shards.clear();
      for (const [id, { phase, version, to, rows, sessions }] of entry.shards) {
        const shard = Object.assign(this.#of(id), { phase, version, to });
        for (const row of rows) shard.rows.set(row.key, row);
        for (const session of sessions) shard.sessions.set(session.client, session);
      }
      return;
    }
    const shard = this.#of(entry.shard);
    switch (entry.is) {
      case "change":
        shard.rows.set(entry.row.key, entry.row);
        shard.sessions.set(entry.session.client, entry.session);
        return;
      case "rows":
        Object.assign(shard, { phase: "fills", version: entry.version });
        for (const row of entry.rows) {
          if (row.version > (shard.rows.get(row.key)?.version ?? 0)) shard.rows.set(row.key, row);
        }
        return;
      case "handover":
        Object.assign(shard, { phase: "filled", version: entry.version });
        for (const session of entry.sessions) shard.sessions.set(session.client, session);
        return;
      case "phase":
        Object.assign(shard, { phase: entry.phase, version: entry.version, to: entry.to });
        if (entry.phase !== "dropped") return;
        shard.rows.clear();
        shard.sessions.clear();
    }
  }

  #of(id: ShardId): Shard {
    let shard = this.#shards.get(id);
    if (!shard) {
      shard = new Shard();
      this.#shards.set(id, shard);
    }
    return shard;
  }
}
