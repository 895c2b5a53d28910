import { todo } from "#lib/exercise";
import type { Context, Node, NodeId } from "#lib/sim";
import type { Move, MoverConfig, MoverMessage, Step } from "#protocol/05-partitioning";

/** Something that was sent may be lost: send it again. Change the timers as you like. */
interface Resend {
  readonly type: "Resend";
}

/**
 * Keeps the map, as the directory does, and moves shards: one at a time, each to its end. What it has begun it
 * goes on with after a crash. Whatever has no answer after `retryMs` is sent again.
 *
 * The dispatching of messages is written already. Change it if your design wants something else: only the messages are fixed.
 */
export class Mover implements Node<MoverMessage, Resend> {
  readonly #config: MoverConfig;

  constructor(config: MoverConfig) {
    this.#config = config;
  }

  /** Go on with the move that the disk knows of, if any. */
  onStart(ctx: Context<MoverMessage, Resend>): void {
    todo("05.5");
  }

  onMessage(ctx: Context<MoverMessage, Resend>, from: NodeId, message: MoverMessage): void {
    switch (message.type) {
      case "GetMap":
        return this.#reply(ctx, from);
      case "Move":
        return this.#begin(ctx, message);
      case "Copied":
        return this.#flip(ctx, message);
      case "TakeOk":
        return this.#taken(ctx, message);
      case "DropOk":
        return this.#dropped(ctx, message);
    }
  }

  /** Send again what the move waits for. */
  onTimer(ctx: Context<MoverMessage, Resend>, timer: Resend): void {
    todo("05.5");
  }

  /** MapReply with the newest map: that of the configuration, until a move has made another. */
  #reply(ctx: Context<MoverMessage, Resend>, from: NodeId): void {
    todo("05.5");
  }

  /**
   * The operator, at `app`, wants a shard moved. If its owner is `to` already and no move is going on: Moved, to `app`. If a
   * move is going on, do nothing: the operator asks again. Otherwise the move begins, and is not forgotten in a crash:
   * BeginMove goes to the owner, with the version that the map will have.
   */
  #begin(ctx: Context<MoverMessage, Resend>, move: Move): void {
    todo("05.5");
  }

  /**
   * The target has the shard safe. Now, and not before, the map changes: its next version names the target, safely. Only then
   * does anyone hear of it: Take goes to the target and Drop to the source. A Copied of another move, or a second one, changes nothing.
   */
  #flip(ctx: Context<MoverMessage, Resend>, copied: Step): void {
    todo("05.5");
  }

  /** The target serves. When the source has dropped the shard as well, the move is over: Moved, to `app`. */
  #taken(ctx: Context<MoverMessage, Resend>, takeOk: Step): void {
    todo("05.5");
  }

  /** The source has dropped the shard. When the target serves as well, the move is over: Moved, to `app`. */
  #dropped(ctx: Context<MoverMessage, Resend>, dropOk: Step): void {
    todo("05.5");
  }
}
