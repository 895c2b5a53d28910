import { resetRounds } from "#lib/exercise";
import { Stream } from "#lib/random";
import { Recording } from "./context.ts";
import { type DiskImage, DurableDisk } from "./disk.ts";
import type { Effect } from "./events.ts";
import { frozenCopy, Misuse } from "./json.ts";
import { app, type Node, type NodeId } from "./node.ts";
import { installTraps, nowRunning, trapped } from "./traps.ts";

/** A message on its way. */
export interface Sent<Message> {
  readonly to: NodeId;
  readonly message: Message;
}

/** A timer that is set. */
export interface SetTimer<Timer> {
  readonly timer: Timer;
  readonly atMs: number;
}

/** What a crash leaves of the writes that are not synced: nothing, all, or the i-th of them where bit i of the number is set. */
export type Survivors = "none" | "all" | number;

export interface SoloOptions {
  readonly self: NodeId;
  /** The other nodes that it may send to. Its application, `app`, is always there. */
  readonly peers: readonly NodeId[];
  /** Where virtual time begins. */
  readonly nowMs?: number;
  readonly seed?: number;
  /** True: it is not started yet, and `restart` or `restartAndCrash` is its first start. */
  readonly isDown?: boolean;
}

/**
 * One node alone on a bench: the test plays all the others. Each call gives the messages that the node sent in answer,
 * in order. Nothing is lost and nothing goes wrong but what the test does.
 *
 * A handler's own exceptions come through; a misuse of the library is thrown when the handler has returned.
 */
export class Solo<Message, Timer = never> {
  readonly self: NodeId;
  /** Virtual time. */
  nowMs: number;
  /** What the node's clock shows is this much more than the true time. */
  clockErrorMs = 0;
  /** Half the width of the interval of `ctx.clock()`, if the clock is no more wrong than that. */
  uncertaintyMs = 0;
  /** Everything sent since `clearSent`. */
  sent: Sent<Message>[] = [];
  /** The effects of the last handler, in order. */
  effects: readonly Effect[] = [];
  readonly #options: SoloOptions;
  readonly #disk = new DurableDisk();
  readonly #timers = new Map<string, SetTimer<Timer>>();
  #node: Node<Message, Timer> | undefined;
  #ctx: Recording | undefined;
  #lives = 0;

  constructor(node: Node<Message, Timer>, options: SoloOptions) {
    installTraps();
    this.#options = options;
    this.self = options.self;
    this.nowMs = options.nowMs ?? 0;
    if (!options.isDown) this.restart(node);
  }

  /** What is safe on the disk. */
  get disk(): DiskImage {
    return this.#disk.safe;
  }

  /** The disk as the node itself reads it: with the writes that are not safe yet. */
  get written(): DiskImage {
    const image = this.#disk.safe.copy();
    for (const change of this.#disk.unsynced) image.apply(change);
    return image;
  }

  /** The timers that are set, the next one first. */
  get timers(): SetTimer<Timer>[] {
    return [...this.#timers.values()].sort((a, b) => a.atMs - b.atMs);
  }

  /** A message arrives. */
  receive(from: NodeId, message: Message): Sent<Message>[] {
    const copy = frozenCopy(message, "The test sent", () => `to ${this.self}`);
    return this.#run((node, ctx) => node.onMessage(ctx, from, copy));
  }

  /** A timer runs out now, whether it was set or not: an old one may have been on its way. */
  fire(timer: Timer): Sent<Message>[] {
    return this.#run((node, ctx) => node.onTimer?.(ctx, timer));
  }

  /** Time passes. Timers run out, each at its time. */
  advance(ms: number): Sent<Message>[] {
    const until = this.nowMs + ms;
    const sent: Sent<Message>[] = [];
    for (let fired = 0; ; fired++) {
      if (fired > 10_000)
        throw new Misuse(`${this.self} had 10,000 timers run out within ${ms} ms: what sets them again?`);
      const entry = [...this.#timers].sort(([, a], [, b]) => a.atMs - b.atMs)[0];
      if (!entry || entry[1].atMs > until) break;
      this.#timers.delete(entry[0]);
      this.nowMs = Math.max(this.nowMs, entry[1].atMs);
      sent.push(...this.fire(entry[1].timer));
    }
    this.nowMs = until;
    return sent;
  }

  /** The node crashes: its memory and its timers are gone, and so are the writes that were not synced, unless some survive. */
  crash(survive: Survivors = "none"): void {
    this.#disk.survive(survive === "none" ? 0 : survive === "all" ? -1 : survive);
    this.#timers.clear();
    this.#node = undefined;
  }

  /** A message arrives, and the node crashes when the first `count` effects have happened. */
  receiveAndCrash(
    from: NodeId,
    message: Message,
    count: number,
    survive: Survivors = "none",
  ): Sent<Message>[] {
    const copy = frozenCopy(message, "The test sent", () => `to ${this.self}`);
    const sent = this.#run((node, ctx) => node.onMessage(ctx, from, copy), count);
    this.crash(survive);
    return sent;
  }

  /** A timer runs out, and the node crashes when the first `count` effects have happened. */
  fireAndCrash(timer: Timer, count: number, survive: Survivors = "none"): Sent<Message>[] {
    const sent = this.#run((node, ctx) => node.onTimer?.(ctx, timer), count);
    this.crash(survive);
    return sent;
  }

  /** A new object takes over the disk: `onStart` runs. */
  restart(node: Node<Message, Timer>): Sent<Message>[] {
    return this.#start(node);
  }

  /** The same, and the node crashes again when the first `count` effects of `onStart` have happened. */
  restartAndCrash(node: Node<Message, Timer>, count: number, survive: Survivors = "none"): Sent<Message>[] {
    const sent = this.#start(node, count);
    this.crash(survive);
    return sent;
  }

  clearSent(): void {
    this.sent = [];
  }

  #start(node: Node<Message, Timer>, effectCount?: number): Sent<Message>[] {
    this.#node = node;
    const random = new Stream(this.#options.seed ?? 1, "random", this.self, ++this.#lives);
    const known = new Set([...this.#options.peers, this.self, app]);
    this.#ctx = new Recording(this.self, random, this.#disk.safe.copy(), (id) => known.has(id));
    return this.#run((started, ctx) => started.onStart?.(ctx), effectCount);
  }

  #run(
    handle: (node: Node<Message, Timer>, ctx: Recording) => unknown,
    effectCount?: number,
  ): Sent<Message>[] {
    if (!this.#node || !this.#ctx) throw new Misuse(`${this.self} has crashed: call restart first`);
    this.#ctx.begin(this.nowMs + this.clockErrorMs, this.nowMs, this.uncertaintyMs);
    resetRounds();
    nowRunning(this.self);
    let returned: unknown;
    try {
      returned = handle(this.#node, this.#ctx);
    } finally {
      nowRunning(undefined);
      this.effects = this.#ctx.end();
    }
    const misused = trapped();
    if (misused) throw misused;
    if (typeof (returned as { then?: unknown } | undefined)?.then === "function") {
      throw new Misuse(
        `A handler of ${this.self} returned a promise: a handler is not async; go on when the answer comes`,
      );
    }
    if (effectCount !== undefined) this.effects = this.effects.slice(0, effectCount);
    const before = this.sent.length;
    for (const effect of this.effects) this.#perform(effect);
    return this.sent.slice(before);
  }

  #perform(effect: Effect): void {
    switch (effect.effect) {
      case "send":
        this.sent.push({ to: effect.to, message: effect.message as Message });
        return;
      case "setTimer":
        this.#timers.set(effect.key, {
          timer: effect.timer as Timer,
          atMs: this.nowMs + Math.ceil(effect.delayMs),
        });
        return;
      case "cancelTimer":
        this.#timers.delete(effect.key);
        return;
      case "write":
        this.#disk.write(effect.change);
        return;
      case "sync":
        this.#disk.sync();
        return;
      case "log":
        return;
    }
  }
}
