import { todo } from "#lib/exercise";
import type { Context, Node, NodeId } from "#lib/sim";
import type {
  BeginMove,
  Handover,
  Request,
  Row,
  Rows,
  RowsOk,
  ServerConfig,
  ServerMessage,
  Session,
  ShardId,
  Step,
} from "#protocol/05-partitioning";

/** Something that was sent may be lost: send it again. Change the timers as you like. */
interface Resend {
  readonly type: "Resend";
}

type ServerContext = Context<ServerMessage, Resend>;

/**
 * Serves the shards that it owns, sends one away and receives one, and survives a crash at any point of it.
 *
 * - What it acknowledges, it has safe: Done of a put or delete, RowsOk, HandoverOk, TakeOk and DropOk are sent after a sync.
 * - Whatever of a move has no answer after `retryMs` is sent again, also by a server that has crashed since.
 * - A message of an older move than the last that it took part in with that shard changes nothing.
 *
 * The dispatching of messages and a layout of the disk are written already. Change them if your design wants something else:
 * only the messages are fixed.
 */
export class Server implements Node<ServerMessage, Resend> {
  readonly #config: ServerConfig;

  constructor(config: ServerConfig) {
    this.#config = config;
  }

  /** At the first start it serves `config.shards`. After a crash, what the disk says; moves go on. (Of two writes a crash may keep one.) */
  onStart(ctx: ServerContext): void {
    todo("05.5");
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

  /** Send again what a move waits for. */
  onTimer(ctx: ServerContext, timer: Resend): void {
    todo("05.5");
  }

  /**
   * A client's request. If the shard of the key is not served here: WrongShard. Otherwise do it, and Done with the value before.
   *
   * A client has one request open at a time, and each has a higher seq than the one before. So the last change of each client in a
   * shard is enough to know a request that comes again: it is not done twice, and gets the same answer. An earlier put or delete is a
   * late copy, and is not answered. (A get may be done twice.)
   */
  #serve(ctx: ServerContext, from: NodeId, request: Request): void {
    todo("05.5");
  }

  /**
   * The mover wants a shard sent to `to`. If it is served here, sending begins; if not, or if it has begun, nothing happens. Writes
   * that come while the rows are on their way may be taken, and then the target must get them too, or refused until the end.
   */
  #beginMove(ctx: ServerContext, move: BeginMove): void {
    todo("05.5");
  }

  /** The target has these rows safe. When it has all, the shard is served here no more, not even after a crash, and Handover goes. */
  #confirmRows(ctx: ServerContext, confirmed: RowsOk): void {
    todo("05.5");
  }

  /** The target has the whole shard safe: Copied goes to the mover. Nothing is forgotten before Drop. */
  #confirmHandover(ctx: ServerContext, confirmed: Step): void {
    todo("05.5");
  }

  /** Keep each row, unless a newer version of it is here; then RowsOk. Rows may come late, again and in any order. */
  #receiveRows(ctx: ServerContext, from: NodeId, received: Rows): void {
    todo("05.5");
  }

  /** Keep the sessions; then HandoverOk. The shard is not served yet. A second Handover is answered, and changes nothing. */
  #receiveHandover(ctx: ServerContext, from: NodeId, received: Handover): void {
    todo("05.5");
  }

  /** The map names this server: from now on it serves the shard that it received in this move. TakeOk, also the second time. */
  #take(ctx: ServerContext, from: NodeId, move: Step): void {
    todo("05.5");
  }

  /** The map names another: rows and sessions of the shard go from the disk. DropOk, also the second time. */
  #drop(ctx: ServerContext, from: NodeId, move: Step): void {
    todo("05.5");
  }
}

/** What a server has to do with a shard; `version` is that of the last move that changed it, or 1. */
interface Held {
  readonly state: "serving" | "sending" | "frozen" | "receiving" | "received" | "gone";
  readonly version: number;
  /** Where it is sent. */
  readonly to?: NodeId;
}

const heldCell = (shard: ShardId): string => `held/${shard}`;
const rowCell = (shard: ShardId, key: string): string => `row/${shard}/${key}`;
const sessionCell = (shard: ShardId, client: NodeId): string => `session/${shard}/${client}`;

function held(ctx: ServerContext, shard: ShardId): Held | undefined {
  return ctx.disk.get<Held>(heldCell(shard));
}

function heldShards(ctx: ServerContext): ShardId[] {
  return ctx.disk.cells(heldCell("")).map((cell) => cell.slice(heldCell("").length));
}

/** The rows of a shard, tombstones too. */
function rowsOf(ctx: ServerContext, shard: ShardId): Row[] {
  return ctx.disk.cells(rowCell(shard, "")).map((cell) => ctx.disk.get<Row>(cell)!);
}

function sessionsOf(ctx: ServerContext, shard: ShardId): Session[] {
  return ctx.disk.cells(sessionCell(shard, "")).map((cell) => ctx.disk.get<Session>(cell)!);
}
