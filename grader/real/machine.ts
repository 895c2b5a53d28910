import { Stream } from "#lib/random";
import {
  type AnyNode,
  app,
  type Effect,
  type Fault,
  handle,
  installTraps,
  type NodeId,
  newActor,
  type Pending,
  Recording,
} from "#lib/sim";
import type { DiskFile } from "./disk-file.ts";
import type { Doing } from "./work.ts";

type Actor = ReturnType<typeof newActor>;

export interface MachineOptions {
  readonly self: NodeId;
  /** To whom it may send, besides itself and its application. */
  readonly peers: readonly NodeId[];
  /** Brings the node's files to life, with module variables of their own, and gives what makes the node. */
  readonly newLife: () => Promise<() => AnyNode>;
  readonly disk: DiskFile;
  readonly send: (to: NodeId, message: unknown) => void;
  /** Asked before each effect: true is a crash at that moment. */
  readonly crashesBefore: (effect: Effect) => boolean;
  readonly onCrash: () => void;
  readonly doing: Doing;
  /** The node threw, or misused the library; it is down from then on. */
  readonly onFault: (fault: Fault) => void;
}

/**
 * A node class on real time and a real disk. As in the simulator, the handler of an event records effects, and when it has returned they
 * happen one after another; a crash falls between two of them.
 */
export class Machine {
  readonly #options: MachineOptions;
  readonly #seed = Date.now();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #actor: Actor | undefined;
  #lives = 0;

  constructor(options: MachineOptions) {
    installTraps();
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#actor !== undefined;
  }

  /** The first start, or the next after a crash: a new object, and what the file says. */
  async start(): Promise<void> {
    const { self, peers, newLife, disk } = this.#options;
    const make = await newLife();
    this.#lives++;
    const actor = newActor(self, 0, make);
    actor.life = this.#lives;
    const known = new Set([...peers, self, app]);
    const random = new Stream(this.#seed, "random", self, this.#lives);
    actor.ctx = new Recording(self, random, disk.open(), (id) => known.has(id));
    this.#actor = actor;
    this.#handle({ kind: this.#lives === 1 ? "start" : "restart" });
  }

  /** A message arrives; a machine that is down does not hear it. */
  receive(from: NodeId, message: unknown): void {
    this.#handle({ kind: "message", from, message });
  }

  /** The end of this life: the object, its timers, and the writes without a sync are gone. */
  crash(): void {
    if (!this.#actor) return;
    this.#actor = undefined;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#options.disk.close();
    this.#options.onCrash();
  }

  #handle(event: Pick<Pending, "kind"> & Partial<Pending>): void {
    const actor = this.#actor;
    if (!actor) return;
    const { self, crashesBefore, doing, onFault } = this.#options;
    const pending = {
      node: self,
      inApp: false,
      from: undefined,
      message: undefined,
      timer: undefined,
      ...event,
    };
    doing(calling(pending));
    const handled = handle(actor, pending, Date.now(), 0);
    doing(undefined);
    if ("fault" in handled) {
      onFault(handled.fault);
      this.crash();
      return;
    }
    for (const effect of handled.effects) {
      if (crashesBefore(effect)) return this.crash();
      this.#perform(effect);
    }
  }

  #perform(effect: Effect): void {
    switch (effect.effect) {
      case "send":
        return this.#options.send(effect.to, effect.message);
      case "setTimer":
        return this.#setTimer(effect.key, effect.timer, effect.delayMs);
      case "cancelTimer":
        return this.#cancelTimer(effect.key);
      case "write":
        return this.#options.disk.write(effect.change);
      case "sync":
        return this.#options.disk.sync();
      case "log":
        return;
    }
  }

  #setTimer(key: string, timer: unknown, delayMs: number): void {
    this.#cancelTimer(key);
    const ring = () => {
      this.#timers.delete(key);
      this.#handle({ kind: "timer", timer });
    };
    this.#timers.set(key, setTimeout(ring, Math.min(delayMs, 2 ** 31 - 1)));
  }

  #cancelTimer(key: string): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
  }
}

/** "onMessage with Vote from p1" */
function calling({ kind, from, message, timer }: Pick<Pending, "kind"> & Partial<Pending>): string {
  const typeOf = (value: unknown) => (value as { type?: unknown } | null)?.type ?? "something";
  if (kind === "message") return `onMessage with ${typeOf(message)} from ${from}`;
  return kind === "timer" ? `onTimer with ${typeOf(timer)}` : "onStart";
}
