import { resetRounds, stoppedAt } from "#lib/exercise";
import { hashText, Stream } from "#lib/random";
import { Clock } from "./clock.ts";
import { Recording } from "./context.ts";
import { type DiskImage, DurableDisk } from "./disk.ts";
import type { Adversary, Effect, Failure, Invariant, Recorder, SimEvent } from "./events.ts";
import { Heap } from "./heap.ts";
import { Misuse } from "./json.ts";
import { app, type Context, type Node, type NodeId } from "./node.ts";
import { installTraps, nowRunning, trapped } from "./traps.ts";

/** A node of any protocol. */
export type AnyNode = Node<unknown, unknown>;

/**
 * A program that the kernel owns. At the id of a node it is the application beside that node: what it sends to that id
 * and what the node sends to `app` stays inside the machine. At an id of its own it is a client on the network.
 * It does not crash: it lives through its node's crashes and is told of them.
 */
export interface Application<Message = never, Timer = never> extends Node<Message, Timer> {
  /** The node beside it has crashed, and what was between the two is lost. */
  onCrash?(ctx: Context<Message, Timer>): void;
}

/** An application of any protocol. */
export type AnyApplication = Application<unknown, unknown>;

export interface SimulationOptions {
  /** Determines every random choice: a whole number from 0 to 2⁵³ − 1. */
  readonly seed: number;
  /** Makes a node for each of its lives: 0, then 1 after its first crash … */
  readonly nodes: { readonly [id: NodeId]: (life: number) => AnyNode };
  readonly applications?: { readonly [id: NodeId]: AnyApplication };
  readonly adversary?: Adversary;
  readonly invariants?: readonly Invariant[];
  readonly recorder?: Recorder;
  /** How long a message takes when nothing is wrong; 10 ms unless told. */
  readonly delayMs?: number;
  /** Half the width of the interval that `ctx.clock()` gives; 0 unless told. */
  readonly uncertaintyMs?: number;
  /** Says of the n-th message from one node to another that it is lost. For a scenario that needs just that. */
  readonly loses?: (from: NodeId, to: NodeId, message: unknown, n: number) => boolean;
}

/** What `next` hands out: an event that waits for its handler's effects. */
export interface Pending {
  readonly node: NodeId;
  readonly inApp: boolean;
  readonly kind: "start" | "restart" | "message" | "timer" | "crash";
  readonly from?: NodeId;
  readonly message?: unknown;
  readonly timer?: unknown;
}

type Kind = "start" | "message" | "timer" | "action";

interface Entry {
  readonly ms: number;
  readonly order: number;
  readonly kind: Kind;
  readonly actor: Actor;
  /** `message`: who sent it, and whether it never left the machine. */
  readonly from: Actor | undefined;
  readonly local: boolean;
  readonly value: unknown;
  /** `timer`: its key. */
  readonly key: string;
  /** `timer`: it is the one that counts only if it still has this number. `message` inside a machine: the life it belongs to. */
  readonly serial: number;
  readonly fingerprint: number;
  readonly cause: number;
}

/** Everything that the kernel keeps of one node or application. */
interface Actor {
  readonly id: NodeId;
  readonly name: string;
  readonly number: number;
  readonly inApp: boolean;
  readonly make: ((life: number) => AnyNode) | undefined;
  beside: Actor | undefined;
  node: AnyApplication | undefined;
  ctx: Recording | undefined;
  readonly disk: DurableDisk;
  readonly clock: Clock;
  readonly timers: Map<string, number>;
  readonly links: Link[];
  life: number;
  up: boolean;
  paused: Entry[] | undefined;
  slowMs: number;
  handlerCount: number;
  crashCount: number;
  sentCount: number;
  sentWindow: number;
}

/** One direction between two actors. */
interface Link {
  sent: number;
  cut: number;
}

const floodPerSecond = 50_000;
const eventsAtOneTime = 50_000;

/**
 * One run: nodes on a simulated network, in virtual time, from one seed. Events come from a heap ordered by time and
 * then by the order of planning; a handler turns one event into effects, and the kernel makes the effects happen.
 */
export class Simulation {
  /** True virtual time, in ms. */
  now = 0;
  eventCount = 0;
  /** Set once: the run stops at its first failure. */
  failure: Failure | undefined;
  /** Called after every event, with what happened: a scenario places its faults here. */
  onEvent: ((event: SimEvent) => void) | undefined;
  readonly #options: SimulationOptions;
  readonly #actors = new Map<string, Actor>();
  readonly #heap = new Heap<Entry>();
  readonly #invariants: readonly Invariant[];
  readonly #recorder: Recorder | undefined;
  readonly #delayMs: number;
  #order = 0;
  #serial = 0;
  #current: Entry | undefined;
  #row = -1;
  #hashLow = 0;
  #hashHigh = 0;
  #sameTime = 0;

  constructor(options: SimulationOptions) {
    installTraps();
    this.#options = options;
    this.#invariants = options.invariants ?? [];
    this.#recorder = options.recorder;
    this.#delayMs = options.delayMs ?? 10;
    for (const [id, make] of Object.entries(options.nodes))
      this.#actors.set(id, this.#actor(id, false, make));
    for (const [id, program] of Object.entries(options.applications ?? {})) {
      const node = this.#actors.get(id);
      const actor = this.#actor(id, node !== undefined, undefined);
      actor.node = program;
      actor.beside = node;
      if (node) node.beside = actor;
      this.#actors.set(node ? `${id}'s app` : id, actor);
    }
    for (const actor of this.#actors.values()) {
      for (let i = 0; i < this.#actors.size; i++) actor.links.push({ sent: 0, cut: 0 });
      this.#plan(0, "start", actor);
    }
  }

  /** A fingerprint of everything that has happened: equal runs have equal hashes, on every engine. */
  get hash(): string {
    const hex = (word: number) => (word >>> 0).toString(16).padStart(8, "0");
    return hex(this.#hashHigh) + hex(this.#hashLow);
  }

  /** Every id, in the order in which they were given. */
  get ids(): NodeId[] {
    return [...this.#actors.values()].filter((actor) => !actor.inApp).map((actor) => actor.id);
  }

  /** The ids of the nodes that can crash: those that were given as `nodes`. */
  get nodeIds(): NodeId[] {
    return [...this.#actors.values()].filter((actor) => actor.make).map((actor) => actor.id);
  }

  /** What is safe on a node's disk. Reading it costs nothing; do not change it. */
  disk(id: NodeId): DiskImage {
    return this.#get(id).disk.safe;
  }

  isUp(id: NodeId): boolean {
    return this.#get(id).up;
  }

  /** Handles the next event. False when nothing is left to happen, or the run has failed. */
  step(): boolean {
    const pending = this.next();
    if (pending === undefined) return false;
    const actor = (this.#current as Entry).actor;
    const effects = this.#handle(actor, pending);
    if (effects) this.apply(effects);
    return this.failure === undefined;
  }

  /** Runs until this virtual time, or until `done` says so after an event. */
  runUntil(ms: number, done?: () => boolean): void {
    for (;;) {
      const first = this.#heap.first;
      if (first === undefined || first.ms > ms || this.failure) break;
      this.step();
      if (done?.()) return;
    }
    if (!this.failure && this.now < ms) this.now = ms;
  }

  /** Ends the run: the invariants have their last word. */
  finish(): void {
    for (const invariant of this.#invariants) {
      if (this.failure) return;
      this.#judge(invariant.name, invariant.onEnd?.(this));
    }
  }

  /**
   * The next event that a node must handle; `apply` goes on from there with the effects of its handler, wherever that ran.
   * Undefined when nothing is left.
   */
  next(): Pending | undefined {
    while (this.failure === undefined) {
      const entry = this.#heap.pop();
      if (entry === undefined) return undefined;
      this.#sameTime = entry.ms === this.now ? this.#sameTime + 1 : 0;
      this.now = entry.ms;
      if (this.#sameTime > eventsAtOneTime) {
        const claim = "time goes on";
        this.#fail(
          "flood",
          claim,
          `${entry.actor.name} is at its 50,000th event at ${this.now} ms: is there a timer of 0 ms that sets itself again?`,
        );
        return undefined;
      }
      const pending = this.#open(entry);
      if (pending) {
        this.#current = entry;
        return pending;
      }
    }
    return undefined;
  }

  /** Makes the effects of the event that `next` gave happen, as far as the adversary lets them, and checks the invariants. */
  apply(effects: readonly Effect[]): void {
    const entry = this.#current as Entry;
    const actor = entry.actor;
    this.#current = undefined;
    let happened = effects;
    let cut: number | undefined;
    if (actor.make) {
      cut = this.#options.adversary?.crash(actor.id, actor.handlerCount++, effects.length, this.now);
      if (cut !== undefined && cut < effects.length) happened = effects.slice(0, cut);
    }
    this.#mix(hashText(entry.kind, actor.number), entry.fingerprint ^ this.now);
    for (let i = 0; i < happened.length; i++) this.#perform(actor, happened[i] as Effect);
    this.#report(this.#describe(entry, happened));
    if (cut !== undefined && !this.failure)
      this.crash(actor.id, cut < effects.length ? happened.length : undefined, effects.length);
  }

  /** Crashes a node now, and restarts it after `downMs` if that is given or the adversary says so. Its memory is gone. */
  crash(id: NodeId, afterEffects?: number, ofEffects?: number): void {
    const actor = this.#get(id);
    if (!actor.up || !actor.make) return;
    const n = actor.crashCount++;
    const adversary = this.#options.adversary;
    const unsynced = actor.disk.unsynced.length;
    actor.disk.survive(unsynced > 0 ? (adversary?.survivors(id, n, unsynced) ?? 0) : 0);
    actor.up = false;
    actor.node = undefined;
    actor.paused = undefined;
    actor.timers.clear();
    const between =
      afterEffects === undefined ? "" : `after ${afterEffects} of the ${ofEffects} effects of its handler`;
    this.#row =
      this.#recorder?.add("crash", this.now, actor.name, this.#row, undefined, undefined, between) ?? -1;
    this.#mix(hashText("crash", actor.number), this.now);
    this.#report({
      index: this.eventCount++,
      ms: this.now,
      kind: "crash",
      node: id,
      inApp: false,
      from: undefined,
      message: undefined,
      timer: undefined,
      effects: [],
    });
    const beside = actor.beside;
    if (beside?.node?.onCrash && !this.failure) this.#tell(beside);
    const downMs = adversary?.downMs(id, n) ?? 0;
    if (downMs > 0) this.#plan(this.now + downMs, "start", actor, actor.life);
  }

  /** Starts a crashed node again now. */
  restart(id: NodeId): void {
    const actor = this.#get(id);
    if (!actor.up && actor.life > 0) this.#plan(this.now, "start", actor, actor.life);
  }

  /** From now on everything sent from one node to the other is lost, until `mend`. Cuts add up. */
  cut(from: NodeId, to: NodeId): void {
    this.#link(this.#get(from), this.#get(to)).cut++;
  }

  mend(from: NodeId, to: NodeId): void {
    const link = this.#link(this.#get(from), this.#get(to));
    if (link.cut > 0) link.cut--;
  }

  /** The node does nothing until `resume`: what comes to it waits, its timers run out late. */
  pause(id: NodeId): void {
    const actor = this.#get(id);
    if (actor.up) actor.paused ??= [];
  }

  resume(id: NodeId): void {
    const actor = this.#get(id);
    const waiting = actor.paused;
    actor.paused = undefined;
    for (const entry of waiting ?? []) this.#push({ ...entry, ms: this.now, order: this.#order++ });
  }

  /** Everything that comes to the node takes this much longer. */
  slow(id: NodeId, byMs: number): void {
    this.#get(id).slowMs = byMs;
  }

  /** A node's clock, to set wrong. */
  clock(id: NodeId): Clock {
    return this.#get(id).clock;
  }

  /** Does something at a virtual time: what a nemesis is made of. */
  at(ms: number, action: () => void): void {
    const nobody = this.#actors.values().next().value as Actor;
    this.#push(entryOf(Math.max(ms, this.now), this.#order++, "action", nobody, undefined, true, action));
  }

  /** Writes a line about a fault into the trace. */
  note(node: NodeId, text: string): void {
    this.#recorder?.add("fault", this.now, node, -1, undefined, undefined, text);
  }

  /** Stops the run: a claim does not hold. */
  violate(claim: string, message: string, kind: Failure["kind"] = "invariant"): void {
    this.#fail(kind, claim, message);
  }

  // ---- Events

  #open(entry: Entry): Pending | undefined {
    const actor = entry.actor;
    if (entry.kind === "action") {
      (entry.value as () => void)();
      return undefined;
    }
    if (entry.kind === "start") return this.#start(entry);
    if (entry.kind === "timer") {
      if (!actor.up || actor.timers.get(entry.key) !== entry.serial) return undefined;
      if (actor.paused) return void actor.paused.push(entry);
      actor.timers.delete(entry.key);
      this.#row =
        this.#recorder?.add("timer", this.now, actor.name, entry.cause, undefined, entry.value) ?? -1;
      return { node: actor.id, inApp: actor.inApp, kind: "timer", timer: entry.value };
    }
    const from = entry.from as Actor;
    if (!actor.up) return this.#lose(entry, `${actor.name} is down`);
    if (entry.local ? this.#machine(actor).life !== entry.serial : this.#link(from, actor).cut > 0) {
      return this.#lose(
        entry,
        entry.local ? "died with the machine" : `${from.name} cannot reach ${actor.name}`,
      );
    }
    if (actor.paused) return void actor.paused.push(entry);
    this.#row =
      this.#recorder?.add("message", this.now, actor.name, entry.cause, from.name, entry.value) ?? -1;
    return {
      node: actor.id,
      inApp: actor.inApp,
      kind: "message",
      from: senderOf(entry),
      message: entry.value,
      timer: undefined,
    };
  }

  #lose(entry: Entry, why: string): undefined {
    const from = (entry.from as Actor).name;
    this.#recorder?.add("lost", this.now, entry.actor.name, entry.cause, from, entry.value, why);
  }

  #start(entry: Entry): Pending | undefined {
    const actor = entry.actor;
    if (actor.up || (actor.life > 0 && entry.serial !== actor.life)) return undefined;
    const again = actor.life > 0;
    actor.up = true;
    actor.life++;
    const random = new Stream(this.#options.seed, "random", actor.name, actor.life);
    const knows = (id: NodeId) =>
      id === app ? actor.beside !== undefined && !actor.inApp : this.#actors.has(id);
    actor.ctx = new Recording(actor.id, random, actor.disk.safe.copy(), knows);
    const kind = again ? "restart" : "start";
    this.#row = this.#recorder?.add(kind, this.now, actor.name, -1) ?? -1;
    return { node: actor.id, inApp: actor.inApp, kind };
  }

  /** Runs the handler. Undefined if it failed. */
  #handle(actor: Actor, pending: Pending): readonly Effect[] | undefined {
    const ctx = actor.ctx as Recording;
    ctx.begin(actor.clock.read(this.now), this.now, this.#options.uncertaintyMs ?? 0);
    const trusted = actor.make === undefined;
    if (!trusted) {
      resetRounds();
      nowRunning(actor.name);
    }
    let returned: unknown;
    let error: unknown;
    let threw = false;
    try {
      if (actor.node === undefined) actor.node = (actor.make as (life: number) => AnyNode)(actor.life - 1);
      returned = deliver(actor.node, ctx, pending);
    } catch (thrown) {
      threw = true;
      error = thrown;
    }
    const effects = ctx.end();
    if (trusted) {
      if (threw) throw error;
      return effects;
    }
    nowRunning(undefined);
    return this.#excuse(actor, pending, threw, error, returned) ? effects : undefined;
  }

  /** Whether the handler did nothing that stops the run. */
  #excuse(actor: Actor, pending: Pending, threw: boolean, error: unknown, returned: unknown): boolean {
    const misused = trapped();
    const runaway = stoppedAt();
    const handler =
      pending.kind === "message" ? "onMessage" : pending.kind === "timer" ? "onTimer" : "onStart";
    if (misused) {
      this.#fail("misuse", "a node uses the library as it is meant", misused.message, misused);
    } else if (runaway !== undefined && !threw) {
      this.#fail(
        "exception",
        `${actor.name} handles every event`,
        `A loop at ${runaway} had to be stopped in ${handler} of ${actor.name}.`,
      );
    } else if (threw) {
      const what = pending.kind === "message" ? ` of ${nameOf(pending.message)} from ${pending.from}` : "";
      const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      this.#fail(
        "exception",
        `${actor.name} handles every event`,
        `${handler}${what} on ${actor.name} threw ${text}`,
        error,
      );
    } else if (typeof (returned as { then?: unknown } | undefined)?.then === "function") {
      const text = `${handler} of ${actor.name} returned a promise: a handler is not async; send, set a timer, and go on when the answer comes`;
      this.#fail("misuse", "a node uses the library as it is meant", text);
    } else {
      return true;
    }
    return false;
  }

  #tell(beside: Actor): void {
    const ctx = beside.ctx;
    if (!ctx) return;
    ctx.begin(beside.clock.read(this.now), this.now, 0);
    beside.node?.onCrash?.(ctx);
    for (const effect of ctx.end()) this.#perform(beside, effect);
  }

  #describe(entry: Entry, effects: readonly Effect[]): SimEvent {
    const { actor } = entry;
    const isMessage = entry.kind === "message";
    const kind = isMessage
      ? "message"
      : entry.kind === "timer"
        ? "timer"
        : actor.life > 1
          ? "restart"
          : "start";
    // One literal, so that all events have one shape: this runs once an event.
    return {
      index: this.eventCount++,
      ms: this.now,
      kind,
      node: actor.id,
      inApp: actor.inApp,
      from: isMessage ? senderOf(entry) : undefined,
      message: isMessage ? entry.value : undefined,
      timer: entry.kind === "timer" ? entry.value : undefined,
      effects,
    };
  }

  #report(event: SimEvent): void {
    for (const invariant of this.#invariants) {
      if (invariant.onEvent) this.#judge(invariant.name, invariant.onEvent(event, this));
      if (this.failure) return;
    }
    this.onEvent?.(event);
  }

  #judge(claim: string, message: string | undefined): void {
    if (message !== undefined) this.#fail("invariant", claim, message);
  }

  #fail(kind: Failure["kind"], claim: string, message: string, error?: unknown): void {
    if (this.failure) return;
    this.failure = { kind, claim, message, error, eventIndex: this.eventCount, ms: this.now };
    this.#recorder?.add("violation", this.now, "", this.#row, undefined, undefined, message);
  }

  // ---- Effects

  #perform(actor: Actor, effect: Effect): void {
    const recorder = this.#recorder;
    switch (effect.effect) {
      case "send":
        return this.#send(actor, effect.to, effect.message, effect.fingerprint);
      case "setTimer": {
        const serial = ++this.#serial;
        const print = hashText(effect.key);
        actor.timers.set(effect.key, serial);
        const ms = this.now + actor.clock.duration(effect.delayMs);
        this.#push(
          entryOf(
            ms,
            this.#order++,
            "timer",
            actor,
            undefined,
            true,
            effect.timer,
            effect.key,
            serial,
            print,
            this.#row,
          ),
        );
        return this.#mix(print, ms);
      }
      case "cancelTimer":
        actor.timers.delete(effect.key);
        return this.#mix(hashText(effect.key), -1);
      case "write":
        actor.disk.write(effect.change);
        recorder?.add("write", this.now, actor.name, this.#row, undefined, effect.change);
        return this.#mix(effect.fingerprint, 11);
      case "sync":
        actor.disk.sync();
        recorder?.add("sync", this.now, actor.name, this.#row);
        return this.#mix(13, actor.number);
      case "log":
        recorder?.add("log", this.now, actor.name, this.#row, undefined, undefined, effect.text);
        return;
    }
  }

  #send(from: Actor, to: NodeId, message: unknown, print: number): void {
    this.#mix(print, from.number);
    const beside = from.beside;
    if (from.inApp || to === app || to === from.id) {
      // Inside one machine: from node to application or back, or to oneself.
      const target = to === app ? (beside as Actor) : from.inApp ? (beside as Actor) : from;
      const cause = this.#recorder?.add("send", this.now, from.name, this.#row, target.name, message) ?? -1;
      const life = this.#machine(from).life;
      this.#push(
        entryOf(this.now, this.#order++, "message", target, from, true, message, "", life, print, cause),
      );
      return;
    }
    const target = this.#get(to);
    const link = this.#link(from, target);
    const n = link.sent++;
    const cause = this.#recorder?.add("send", this.now, from.name, this.#row, target.name, message) ?? -1;
    if (this.#flooded(from)) return;
    if (link.cut > 0) {
      this.#recorder?.add(
        "lost",
        this.now,
        to,
        cause,
        from.id,
        message,
        `${from.name} cannot reach ${target.name}`,
      );
      return;
    }
    const fate = this.#options.adversary?.message(from.id, to, n, this.now);
    if (fate?.lost || this.#options.loses?.(from.id, to, message, n)) {
      this.#recorder?.add("lost", this.now, to, cause, from.id, message, "lost by the network");
      return;
    }
    const ms = this.now + this.#delayMs + target.slowMs + (fate?.extraMs ?? 0);
    this.#push(entryOf(ms, this.#order++, "message", target, from, false, message, "", 0, print, cause));
    if (fate && fate.copyMs >= 0) {
      const copyAt = this.now + this.#delayMs + target.slowMs + fate.copyMs;
      this.#push(
        entryOf(copyAt, this.#order++, "message", target, from, false, message, "", 0, print, cause),
      );
    }
  }

  #flooded(from: Actor): boolean {
    const second = Math.floor(this.now / 1000);
    if (from.sentWindow !== second) {
      from.sentWindow = second;
      from.sentCount = 0;
    }
    if (++from.sentCount <= floodPerSecond) return false;
    this.#fail(
      "flood",
      "a node sends no more than the network can carry",
      `${from.name} sent 50,000 messages within one second of virtual time (second ${second}): what makes it send again and again?`,
    );
    return true;
  }

  // ---- Parts

  #actor(id: NodeId, inApp: boolean, make: ((life: number) => AnyNode) | undefined): Actor {
    if (id === app) throw new Misuse(`"${app}" names a node's own application: give the node another id`);
    return {
      id,
      name: inApp ? `${id}'s app` : id,
      number: this.#actors.size,
      inApp,
      make,
      beside: undefined,
      node: undefined,
      ctx: undefined,
      disk: new DurableDisk(),
      clock: new Clock(),
      timers: new Map(),
      links: [],
      life: 0,
      up: false,
      paused: undefined,
      slowMs: 0,
      handlerCount: 0,
      crashCount: 0,
      sentCount: 0,
      sentWindow: -1,
    };
  }

  /** The node whose life a machine-local message shares. */
  #machine(actor: Actor): Actor {
    return actor.inApp ? (actor.beside as Actor) : actor;
  }

  #get(id: NodeId): Actor {
    const actor = this.#actors.get(id);
    if (!actor) throw new Misuse(`There is no node "${id}" in this run: there are ${this.ids.join(", ")}`);
    return actor;
  }

  #link(from: Actor, to: Actor): Link {
    return from.links[to.number] as Link;
  }

  #plan(ms: number, kind: Kind, actor: Actor, life = 0): void {
    this.#push(entryOf(ms, this.#order++, kind, actor, undefined, true, undefined, "", life));
  }

  #push(entry: Entry): void {
    this.#heap.push(entry);
  }

  #mix(a: number, b: number): void {
    this.#hashLow = Math.imul(this.#hashLow ^ a, 0x9e3779b1) ^ (this.#hashHigh >>> 15);
    this.#hashHigh = Math.imul(this.#hashHigh ^ b ^ (this.#hashLow >>> 13), 0x85ebca6b);
  }
}

function entryOf(
  ms: number,
  order: number,
  kind: Kind,
  actor: Actor,
  from: Actor | undefined,
  local: boolean,
  value: unknown,
  key = "",
  serial = 0,
  print = 0,
  cause = -1,
): Entry {
  return { ms, order, kind, actor, from, local, value, key, serial, fingerprint: print, cause };
}

/** Who a message is from, as its receiver knows it: its own application is `app`. */
function senderOf(entry: Entry): NodeId {
  const { actor, from } = entry;
  if (entry.local && from !== actor) return actor.inApp ? actor.id : app;
  return (from as Actor).id;
}

function deliver(node: AnyNode, ctx: Recording, pending: Pending): unknown {
  switch (pending.kind) {
    case "message":
      return node.onMessage(ctx, pending.from as NodeId, pending.message);
    case "timer":
      return node.onTimer?.(ctx, pending.timer);
    default:
      return node.onStart?.(ctx);
  }
}

function nameOf(message: unknown): string {
  const type = (message as { type?: unknown } | null)?.type;
  return typeof type === "string" ? type : "a message";
}
