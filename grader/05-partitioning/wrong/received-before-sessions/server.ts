import type { Context, Node, NodeId } from "#lib/sim";
import {
  type BeginMove,
  type Handover,
  type Request,
  type Row,
  type Rows,
  type RowsOk,
  type ServerConfig,
  type ServerMessage,
  type Session,
  type ShardId,
  type Step,
  shardOf,
} from "#protocol/05-partitioning";

/** Something that was sent may be lost: send it again. */
interface Resend {
  readonly type: "Resend";
}

const resend: Resend = { type: "Resend" };

/** What a server has to do with a shard, on its disk: `version` is that of the last map or move that changed it. */
interface Held {
  readonly state: "serving" | "sending" | "frozen" | "receiving" | "received" | "gone";
  readonly version: number;
  /** Where it is sent to. */
  readonly to?: NodeId;
}

type ServerContext = Context<ServerMessage, Resend>;

export class Server implements Node<ServerMessage, Resend> {
  readonly #config: ServerConfig;
  /** Of each shard that is being sent: the keys, and versions, that the target is not known to have safe. */
  readonly #unsafe = new Map<ShardId, Map<string, number>>();

  constructor(config: ServerConfig) {
    this.#config = config;
  }

  onStart(ctx: ServerContext): void {
    if (!ctx.disk.get("begun")) {
      const first: Held = { state: "serving", version: 1 };
      const owned = this.#config.shards.map((shard) => [heldCell(shard), first]);
      // What the configuration says is true only once. In one write: a crash may keep one of two.
      ctx.disk.set({ begun: true, ...Object.fromEntries(owned) });
      ctx.disk.sync();
    }
    for (const shard of heldShards(ctx)) {
      // What the target has was only in memory. Rows carry versions, so sending one twice does no harm.
      if (isMoving(held(ctx, shard))) this.#copy(ctx, shard);
    }
  }

  onMessage(ctx: ServerContext, from: NodeId, message: ServerMessage): void {
    switch (message.type) {
      case "Request":
        return this.#serve(ctx, from, message);
      case "BeginMove":
        return this.#beginMove(ctx, message);
      case "Rows":
        return this.#receiveRows(ctx, from, message);
      case "RowsOk":
        return this.#confirmRows(ctx, message);
      case "Handover":
        return this.#receiveHandover(ctx, from, message);
      case "HandoverOk":
        return this.#confirmHandover(ctx, message);
      case "Take":
        return this.#take(ctx, from, message);
      case "Drop":
        return this.#drop(ctx, from, message);
    }
  }

  onTimer(ctx: ServerContext): void {
    for (const shard of heldShards(ctx)) if (isMoving(held(ctx, shard))) this.#push(ctx, shard);
  }

  #serve(ctx: ServerContext, from: NodeId, { client, seq, op, key, value, version }: Request): void {
    const shard = shardOf(key);
    const state = held(ctx, shard)?.state;
    if (state !== "serving" && state !== "sending") {
      ctx.send(from, { type: "WrongShard", seq, version });
      return;
    }
    const row = ctx.disk.get<Row>(rowCell(shard, key));
    const before = row?.value ?? null;
    if (op === "get") {
      ctx.send(from, { type: "Done", seq, value: before });
      return;
    }
    const last = ctx.disk.get<Session>(sessionCell(shard, client));
    if (last && seq < last.seq) return; // A copy from before: the client has its answer.
    if (last?.seq === seq) {
      ctx.send(from, { type: "Done", seq, value: last.value });
      return;
    }
    const next: Row = { key, version: (row?.version ?? 0) + 1, value };
    const session: Session = { client, seq, value: before };
    ctx.disk.set({ [rowCell(shard, key)]: next, [sessionCell(shard, client)]: session }); // Both or neither.
    ctx.disk.sync();
    ctx.send(from, { type: "Done", seq, value: before });
    if (state === "sending") {
      this.#unsafe.get(shard)!.set(key, next.version); // The copy may have passed this key already.
      this.#sendRows(ctx, shard, [next]);
    }
  }

  #beginMove(ctx: ServerContext, { shard, version, to }: BeginMove): void {
    const now = held(ctx, shard);
    if (now?.state !== "serving" || version <= now.version) return;
    hold(ctx, shard, { state: "sending", version, to });
    ctx.disk.sync();
    this.#copy(ctx, shard);
  }

  /** Begins, or begins again, to send every row. */
  #copy(ctx: ServerContext, shard: ShardId): void {
    this.#unsafe.set(shard, new Map(rowsOf(ctx, shard).map((row) => [row.key, row.version])));
    this.#freezeNearTheEnd(ctx, shard);
    this.#push(ctx, shard);
  }

  /** When little is missing, writes stop for as long as that little takes: otherwise the end might never come. */
  #freezeNearTheEnd(ctx: ServerContext, shard: ShardId): void {
    const now = held(ctx, shard)!;
    if (now.state !== "sending" || this.#unsafe.get(shard)!.size > this.#config.rowsPerMessage) return;
    hold(ctx, shard, { ...now, state: "frozen" });
    ctx.disk.sync(); // Before the handover: a source that wakes up serving would be a second owner.
  }

  /** Sends what the target may not have; when it has all, the handover. */
  #push(ctx: ServerContext, shard: ShardId): void {
    ctx.setTimer(resend, this.#config.retryMs);
    const unsafe = this.#unsafe.get(shard)!;
    if (unsafe.size > 0) {
      const missing = rowsOf(ctx, shard).filter((row) => unsafe.has(row.key));
      this.#sendRows(ctx, shard, missing);
      return;
    }
    const { version, to } = held(ctx, shard)!;
    ctx.send(to!, { type: "Handover", shard, version, sessions: sessionsOf(ctx, shard) });
  }

  #sendRows(ctx: ServerContext, shard: ShardId, rows: readonly Row[]): void {
    const { version, to } = held(ctx, shard)!;
    for (let i = 0; i < rows.length; i += this.#config.rowsPerMessage) {
      const part = rows.slice(i, i + this.#config.rowsPerMessage);
      ctx.send(to!, { type: "Rows", shard, version, rows: part });
    }
  }

  #confirmRows(ctx: ServerContext, { shard, version, rows }: RowsOk): void {
    const now = held(ctx, shard);
    const unsafe = this.#unsafe.get(shard);
    if (!isMoving(now) || now?.version !== version || !unsafe || unsafe.size === 0) return;
    for (const row of rows) {
      // A confirmation may be of an older version than the row has by now.
      if (row.version >= (unsafe.get(row.key) ?? Number.POSITIVE_INFINITY)) unsafe.delete(row.key);
    }
    this.#freezeNearTheEnd(ctx, shard);
    if (unsafe.size === 0) this.#push(ctx, shard);
  }

  /** After a crash of ours the answer comes again, and so does this: the mover expects it. */
  #confirmHandover(ctx: ServerContext, { shard, version }: Step): void {
    ctx.send(this.#config.mover, { type: "Copied", shard, version });
  }

  #receiveRows(ctx: ServerContext, from: NodeId, { shard, version, rows }: Rows): void {
    this.#beginToReceive(ctx, shard, version);
    const now = held(ctx, shard);
    if (now?.state === "receiving" && now.version === version) {
      for (const row of rows) {
        const mine = ctx.disk.get<Row>(rowCell(shard, row.key));
        if (!mine || mine.version < row.version) ctx.disk.set(rowCell(shard, row.key), row);
      }
      ctx.disk.sync();
    }
    // Also when the shard was handed over long ago: a source that crashed since does not know what we have.
    const safe = rows.map((row) => ({ key: row.key, version: row.version }));
    ctx.send(from, { type: "RowsOk", shard, version, rows: safe });
  }

  #receiveHandover(ctx: ServerContext, from: NodeId, { shard, version, sessions }: Handover): void {
    this.#beginToReceive(ctx, shard, version);
    const now = held(ctx, shard);
    if (now?.state === "receiving" && now.version === version) {
      hold(ctx, shard, { state: "received", version });
      for (const session of sessions) ctx.disk.set(sessionCell(shard, session.client), session);
      ctx.disk.sync();
    }
    ctx.send(from, { type: "HandoverOk", shard, version });
  }

  /** The first word of a move makes room for the shard. A word of an older move changes nothing. */
  #beginToReceive(ctx: ServerContext, shard: ShardId, version: number): void {
    const now = held(ctx, shard);
    if (now && (now.state !== "gone" || version <= now.version)) return;
    hold(ctx, shard, { state: "receiving", version });
  }

  #take(ctx: ServerContext, from: NodeId, { shard, version }: Step): void {
    const now = held(ctx, shard);
    if (now?.state === "received" && now.version === version) {
      hold(ctx, shard, { state: "serving", version });
      ctx.disk.sync();
    }
    ctx.send(from, { type: "TakeOk", shard, version });
  }

  #drop(ctx: ServerContext, from: NodeId, { shard, version }: Step): void {
    const now = held(ctx, shard);
    if (now?.state === "frozen" && now.version === version) {
      const cells = [...ctx.disk.cells(rowCell(shard, "")), ...ctx.disk.cells(sessionCell(shard, ""))];
      const gone = Object.fromEntries(cells.map((cell) => [cell, undefined]));
      // That it is gone, and since when, is remembered: a late word of an old move must not bring it back.
      ctx.disk.set({ ...gone, [heldCell(shard)]: { state: "gone", version } });
      ctx.disk.sync();
      this.#unsafe.delete(shard);
    }
    ctx.send(from, { type: "DropOk", shard, version });
  }
}

const heldCell = (shard: ShardId): string => `held/${shard}`;
const rowCell = (shard: ShardId, key: string): string => `row/${shard}/${key}`;
const sessionCell = (shard: ShardId, client: NodeId): string => `session/${shard}/${client}`;

function held(ctx: ServerContext, shard: ShardId): Held | undefined {
  return ctx.disk.get<Held>(heldCell(shard));
}

function hold(ctx: ServerContext, shard: ShardId, now: Held): void {
  ctx.disk.set(heldCell(shard), now);
}

function heldShards(ctx: ServerContext): ShardId[] {
  return ctx.disk.cells(heldCell("")).map((cell) => cell.slice(heldCell("").length));
}

function isMoving(now: Held | undefined): boolean {
  return now?.state === "sending" || now?.state === "frozen";
}

function rowsOf(ctx: ServerContext, shard: ShardId): Row[] {
  return ctx.disk.cells(rowCell(shard, "")).map((cell) => ctx.disk.get<Row>(cell)!);
}

function sessionsOf(ctx: ServerContext, shard: ShardId): Session[] {
  return ctx.disk.cells(sessionCell(shard, "")).map((cell) => ctx.disk.get<Session>(cell)!);
}
