import { app, type Context, type Node, type NodeId } from "#lib/sim";
import type { Move, MoverConfig, MoverMessage, ShardId, ShardMap, Step } from "#protocol/05-partitioning";

/** Something that was sent may be lost: send it again. */
interface Resend {
  readonly type: "Resend";
}

const resend: Resend = { type: "Resend" };

/** The one move that is going on, on the mover's disk. */
interface Going {
  readonly shard: ShardId;
  readonly version: number;
  readonly from: NodeId;
  readonly to: NodeId;
  readonly isFlipped: boolean;
  readonly isTaken: boolean;
  readonly isDropped: boolean;
}

export class Mover implements Node<MoverMessage, Resend> {
  readonly #config: MoverConfig;

  constructor(config: MoverConfig) {
    this.#config = config;
  }

  onStart(ctx: Context<MoverMessage, Resend>): void {
    if (going(ctx)) this.#drive(ctx);
  }

  onMessage(ctx: Context<MoverMessage, Resend>, from: NodeId, message: MoverMessage): void {
    switch (message.type) {
      case "GetMap":
        ctx.send(from, { type: "MapReply", map: this.#map(ctx) });
        return;
      case "Move":
        this.#begin(ctx, message);
        return;
      case "Copied":
        this.#flip(ctx, message);
        return;
      case "TakeOk":
        this.#settle(ctx, message, { isTaken: true });
        return;
      case "DropOk":
        this.#settle(ctx, message, { isDropped: true });
        return;
    }
  }

  onTimer(ctx: Context<MoverMessage, Resend>): void {
    if (going(ctx)) this.#drive(ctx);
  }

  #begin(ctx: Context<MoverMessage, Resend>, { shard, to }: Move): void {
    if (going(ctx)) return; // One move at a time. The operator asks again.
    const map = this.#map(ctx);
    const from = map.owners[shard]!;
    if (from === to) {
      ctx.send(app, { type: "Moved", shard, to });
      return;
    }
    const version = map.version + 1;
    const move: Going = { shard, version, from, to, isFlipped: false, isTaken: false, isDropped: false };
    ctx.disk.set("going", move); // After a crash the move goes on: the source may have begun.
    ctx.disk.sync();
    this.#drive(ctx);
  }

  /** The target has everything safe, so the map may name it. From here on the move cannot be undone. */
  #flip(ctx: Context<MoverMessage, Resend>, { version }: Step): void {
    const move = going(ctx);
    if (move?.version !== version || move.isFlipped) return;
    const map: ShardMap = { version, owners: { ...this.#map(ctx).owners, [move.shard]: move.to } };
    ctx.disk.set("map", map);
    ctx.disk.set("going", { ...move, isFlipped: true });
    ctx.disk.sync(); // Before anyone acts on it.
    this.#drive(ctx);
  }

  #settle(ctx: Context<MoverMessage, Resend>, { version }: Step, news: Partial<Going>): void {
    const move = going(ctx);
    if (move?.version !== version) return;
    const next: Going = { ...move, ...news };
    const isOver = next.isTaken && next.isDropped;
    ctx.disk.set({ going: isOver ? undefined : next });
    ctx.disk.sync();
    if (isOver) ctx.send(app, { type: "Moved", shard: move.shard, to: move.to });
  }

  /** Sends whatever the move waits for, and again until the answer comes. */
  #drive(ctx: Context<MoverMessage, Resend>): void {
    const { shard, version, from, to, isFlipped, isTaken, isDropped } = going(ctx)!;
    if (!isFlipped) ctx.send(from, { type: "BeginMove", shard, version, to });
    if (isFlipped && !isTaken) ctx.send(to, { type: "Take", shard, version });
    if (isFlipped && !isDropped) ctx.send(from, { type: "Drop", shard, version });
    ctx.setTimer(resend, this.#config.retryMs);
  }

  #map(ctx: Context<MoverMessage, Resend>): ShardMap {
    return ctx.disk.get<ShardMap>("map") ?? this.#config.map;
  }
}

function going(ctx: Context<MoverMessage, Resend>): Going | undefined {
  return ctx.disk.get<Going>("going");
}
