import { hashText } from "#lib/random";
import { type Actor, linkOf } from "./actor.ts";
import { Agenda, crashOf, type Entry, eventOf, pendingOf, senderOf } from "./agenda.ts";
import type { Clock } from "./clock.ts";
import type { DiskImage } from "./disk.ts";
import type { Effect, Failure, Invariant, SimEvent, Violation } from "./events.ts";
import { handle } from "./handler.ts";
import { Journal } from "./journal.ts";
import { Machines } from "./machines.ts";
import { Network } from "./network.ts";
import type { NodeId } from "./node.ts";
import type { Pending, SimulationOptions } from "./options.ts";
import { installTraps } from "./traps.ts";
import { World } from "./world.ts";

/** How many events may happen without any time passing. */
const eventsAtOneTime = 50_000;

/**
 * One run: nodes on a simulated network, in virtual time, from one seed. Events come from a heap ordered by time and
 * then by the order of planning; a handler turns one event into effects, and the kernel makes the effects happen.
 */
export class Simulation {
  eventCount = 0;
  /** Set once: the run stops at its first failure. */
  failure: Failure | undefined;
  /** Called after every event, with what happened: a scenario places its faults here. */
  onEvent: ((event: SimEvent) => void) | undefined;
  readonly #options: SimulationOptions;
  readonly #machines: Machines;
  readonly #agenda = new Agenda();
  readonly #journal: Journal;
  readonly #network: Network;
  readonly #world: World;
  readonly #invariants: readonly Invariant[];
  /** What `next` gave and `apply` waits for. */
  #current: Entry | undefined;
  #atThisTime = 0;

  constructor(options: SimulationOptions) {
    installTraps();
    this.#options = options;
    this.#invariants = options.invariants ?? [];
    this.#journal = new Journal(options.recorder);
    this.#machines = new Machines(options);
    this.#network = new Network(this.#machines, this.#agenda, this.#journal, options);
    this.#world = new World(this.#agenda, this.#journal, this.#network);
    for (const actor of this.#machines.all()) this.#agenda.start(0, actor);
  }

  /** True virtual time, in ms. */
  get now(): number {
    return this.#agenda.now;
  }

  /** A fingerprint of everything that has happened: equal runs have equal hashes, on every engine. */
  get hash(): string {
    return this.#journal.hash;
  }

  /** Every id, in the order in which they were given. */
  get ids(): NodeId[] {
    return [...this.#machines.all()].filter((actor) => !actor.inApp).map((actor) => actor.id);
  }

  /** The ids of the nodes that can crash: those that were given as `nodes`. */
  get nodeIds(): NodeId[] {
    return [...this.#machines.all()].filter((actor) => actor.make).map((actor) => actor.id);
  }

  /** What is safe on a node's disk. Reading it costs nothing; do not change it. */
  disk(id: NodeId): DiskImage {
    return this.#machines.get(id).disk.safe;
  }

  isUp(id: NodeId): boolean {
    return this.#machines.get(id).up;
  }

  /** Handles the next event. False when nothing is left to happen until then, or the run has failed. */
  step(untilMs = Number.POSITIVE_INFINITY): boolean {
    const pending = this.next(untilMs);
    if (pending === undefined) return false;
    const actor = (this.#current as Entry).actor as Actor;
    const handled = handle(actor, pending, this.now, this.#options.uncertaintyMs ?? 0);
    if ("effects" in handled) this.apply(handled.effects);
    else this.#fail(handled.fault);
    return this.failure === undefined;
  }

  /** Runs until this virtual time, or until `done` says so after an event. */
  runUntil(ms: number, done?: () => boolean): void {
    while (this.step(ms)) if (done?.()) return;
    if (!this.failure && this.now < ms) this.#agenda.now = ms;
  }

  /** Ends the run: the invariants have their last word. */
  finish(): void {
    this.#journal.row = -1; // What is found now was brought about by no one event.
    for (const invariant of this.#invariants) {
      if (this.failure) return;
      this.#judge(invariant, invariant.onEnd?.(this));
    }
  }

  /**
   * The next event that a node must handle; `apply` goes on from there with the effects of its handler, wherever that ran.
   * Undefined when nothing is left until then, or the run has failed.
   */
  next(untilMs = Number.POSITIVE_INFINITY): Pending | undefined {
    while (this.failure === undefined) {
      const entry = this.#agenda.pop(untilMs);
      if (entry === undefined) return undefined;
      this.#atThisTime = entry.ms === this.now ? this.#atThisTime + 1 : 0;
      this.#agenda.now = entry.ms;
      if (this.#atThisTime > eventsAtOneTime) return this.#stuck(entry);
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
    const actor = entry.actor as Actor;
    this.#current = undefined;
    // A program of the kernel does not crash.
    const { adversary } = actor.make ? this.#options : {};
    const crashAfter = adversary?.crash(actor.id, actor.handlerCount++, effects.length, this.now);
    const happened = crashAfter === undefined ? effects : effects.slice(0, crashAfter);
    this.#journal.mix(hashText(entry.kind, actor.number), entry.fingerprint ^ this.now);
    this.#perform(actor, happened);
    this.#journal.state(actor);
    this.#report(eventOf(entry, this.eventCount++, happened));
    if (crashAfter === undefined || this.failure) return;
    const cutShort = happened.length < effects.length;
    this.#crash(
      actor.id,
      cutShort ? `after ${happened.length} of the ${effects.length} effects of its handler` : "",
    );
  }

  /** Crashes a node now: its memory is gone. It stays down until `restart`. */
  crash(id: NodeId): void {
    this.#crash(id, "", false);
  }

  /** Starts a crashed node again now. */
  restart(id: NodeId): void {
    const actor = this.#machines.get(id);
    if (!actor.up && actor.life > 0) this.#agenda.start(this.now, actor);
  }

  /** From now on everything sent from one node to the other is lost, until `mend`. Cuts add up. */
  cut(from: NodeId, to: NodeId): void {
    linkOf(this.#machines.get(from), this.#machines.get(to)).cut++;
  }

  mend(from: NodeId, to: NodeId): void {
    const link = linkOf(this.#machines.get(from), this.#machines.get(to));
    if (link.cut > 0) link.cut--;
  }

  /** The node does nothing until `resume`: what comes to it waits, its timers run out late. */
  pause(id: NodeId): void {
    const actor = this.#machines.get(id);
    if (actor.up) actor.paused ??= [];
  }

  resume(id: NodeId): void {
    const actor = this.#machines.get(id);
    const waiting = actor.paused ?? [];
    actor.paused = undefined;
    for (const entry of waiting) this.#agenda.again(entry);
  }

  /** Everything that comes to the node takes this much longer. */
  slow(id: NodeId, byMs: number): void {
    this.#machines.get(id).slowMs = byMs;
  }

  /** A node's clock, to set wrong. */
  clock(id: NodeId): Clock {
    return this.#machines.get(id).clock;
  }

  /** Does something at a virtual time. */
  at(ms: number, action: () => void): void {
    this.#agenda.action(ms, action);
  }

  /** Writes a line about a fault into the trace. */
  note(node: NodeId, text: string): void {
    this.#journal.add("fault", this.now, node, -1, undefined, undefined, text);
  }

  /** Stops the run: a claim does not hold. */
  violate(claim: string, message: string, kind: Failure["kind"] = "invariant"): void {
    this.#fail({ kind, claim, message });
  }

  /** What a node has to handle now; undefined if it is nothing for a node, or must wait. */
  #open(entry: Entry): Pending | undefined {
    if (entry.kind === "action") {
      (entry.value as () => void)();
      return undefined;
    }
    const actor = entry.actor as Actor;
    const { kind, value } = entry;
    if (kind === "start") return this.#start(actor, entry.serial);
    const isDue = kind === "message" ? this.#network.arrives(entry) : this.#runsOut(entry, actor);
    if (!isDue) return undefined;
    if (actor.paused) {
      actor.paused.push(entry);
      return undefined;
    }
    this.#journal.row = this.#journal.add(kind, this.now, actor.name, entry.cause, entry.from?.name, value);
    if (kind === "message") return pendingOf(kind, actor, senderOf(entry), value);
    actor.timers.delete(entry.key);
    return pendingOf(kind, actor, undefined, undefined, value);
  }

  #runsOut(entry: Entry, actor: Actor): boolean {
    return actor.up && actor.timers.get(entry.key) === entry.serial;
  }

  #start(actor: Actor, life: number): Pending | undefined {
    if (!this.#machines.begin(actor, life)) return undefined;
    const kind = life > 0 ? "restart" : "start";
    this.#journal.row = this.#journal.add(kind, this.now, actor.name, -1);
    return pendingOf(kind, actor);
  }

  /** A crash that the adversary wanted ends when the adversary says so. */
  #crash(id: NodeId, note: string, comesBack = true): void {
    const actor = this.#machines.get(id);
    if (!actor.up || !actor.make) return;
    const { adversary } = this.#options;
    const n = actor.crashCount++;
    const unsynced = actor.disk.unsynced.length;
    actor.disk.survive(unsynced > 0 ? (adversary?.survivors(id, n, unsynced) ?? 0) : 0);
    actor.up = false;
    actor.node = undefined;
    actor.paused = undefined;
    actor.timers.clear();
    const journal = this.#journal;
    journal.row = journal.add("crash", this.now, actor.name, journal.row, undefined, undefined, note);
    journal.mix(hashText("crash", actor.number), this.now);
    journal.state(actor);
    this.#report(crashOf(actor, this.eventCount++, this.now));
    this.#tellOfCrash(actor.beside);
    const downMs = comesBack ? (adversary?.downMs(id, n) ?? 0) : 0;
    if (downMs > 0) this.#agenda.start(this.now + downMs, actor);
  }

  #perform(actor: Actor, effects: readonly Effect[]): void {
    for (let i = 0; i < effects.length; i++) {
      const message = this.#world.perform(actor, effects[i] as Effect);
      if (message)
        this.#fail({ kind: "flood", claim: "a node sends no more than the network can carry", message });
    }
  }

  #tellOfCrash(program: Actor | undefined): void {
    if (!program?.ctx || !program.node?.onCrash || this.failure) return;
    program.ctx.begin(this.now, this.now, 0);
    program.node.onCrash(program.ctx);
    this.#perform(program, program.ctx.end());
  }

  #report(event: SimEvent): void {
    for (const invariant of this.#invariants) {
      if (invariant.onEvent) this.#judge(invariant, invariant.onEvent(event, this));
      if (this.failure) return;
    }
    this.onEvent?.(event);
  }

  #judge({ name }: Invariant, broken?: Violation): void {
    if (broken === undefined) return;
    const { text, isUndecided, ...rest } = typeof broken === "string" ? { text: broken } : broken;
    this.#fail({ kind: isUndecided ? "undecided" : "invariant", claim: name, message: text, ...rest });
  }

  #stuck({ actor }: Entry): undefined {
    const text = `${actor?.name} is at its 50,000th event at ${this.now} ms: is there a timer of 0 ms that sets itself again?`;
    this.#fail({ kind: "flood", claim: "time goes on", message: text });
  }

  #fail(failure: Omit<Failure, "eventIndex" | "ms">): void {
    if (this.failure) return;
    const { now } = this;
    this.failure = { ...failure, eventIndex: this.eventCount, ms: now };
    this.#journal.add("violation", now, "", this.#journal.row, undefined, undefined, failure.message);
  }
}
