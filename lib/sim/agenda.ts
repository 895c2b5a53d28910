import { type Actor, machineOf } from "./actor.ts";
import type { Effect, SimEvent } from "./events.ts";
import { Heap } from "./heap.ts";
import { app, type NodeId } from "./node.ts";
import type { Pending } from "./options.ts";

/** Something that is planned. One shape for all kinds: the heap holds millions. */
export interface Entry {
  readonly ms: number;
  readonly order: number;
  readonly kind: "start" | "message" | "timer" | "action";
  readonly actor: Actor | undefined;
  /** `message`: who sent it. */
  readonly from: Actor | undefined;
  /** `message`: it never leaves the machine. */
  readonly isLocal: boolean;
  /** The message, the timer or the action. */
  readonly value: unknown;
  /** `timer`: by what it is known. */
  readonly key: string;
  /** `timer`: it counts only while this is its number. `start`, and `message` inside a machine: the life it belongs to. */
  readonly serial: number;
  readonly fingerprint: number;
  /** The row of the trace that led to it. */
  readonly cause: number;
}

/** Who a message is from, as its receiver knows it: its own application is `app`. */
export function senderOf(entry: Entry): NodeId {
  const actor = entry.actor as Actor;
  const from = entry.from as Actor;
  if (entry.isLocal && from !== actor) return actor.inApp ? actor.id : app;
  return from.id;
}

/** What `next` hands out for an actor. */
export function pendingOf(
  kind: Pending["kind"],
  actor: Actor,
  from?: NodeId,
  message?: unknown,
  timer?: unknown,
): Pending {
  return { kind, node: actor.id, inApp: actor.inApp, from, message, timer };
}

/** What came of an entry: the event that invariants see. */
export function eventOf(entry: Entry, index: number, effects: readonly Effect[]): SimEvent {
  const actor = entry.actor as Actor;
  const isMessage = entry.kind === "message";
  const isTimer = entry.kind === "timer";
  const started = actor.life > 1 ? "restart" : "start";
  // One literal, so that all events have one shape: this runs once an event.
  return {
    index,
    ms: entry.ms,
    kind: isMessage ? "message" : isTimer ? "timer" : started,
    node: actor.id,
    inApp: actor.inApp,
    from: isMessage ? senderOf(entry) : undefined,
    message: isMessage ? entry.value : undefined,
    timer: isTimer ? entry.value : undefined,
    effects,
  };
}

export function crashOf(actor: Actor, index: number, ms: number): SimEvent {
  const [from, message, timer] = [undefined, undefined, undefined];
  return { index, ms, kind: "crash", node: actor.id, inApp: false, from, message, timer, effects: [] };
}

/** What is planned, in the order in which it will happen, and the virtual time. */
export class Agenda {
  now = 0;
  readonly #heap = new Heap<Entry>();
  #order = 0;

  /** The first entry, if its time has come by then. */
  pop(untilMs: number): Entry | undefined {
    const first = this.#heap.first;
    return first === undefined || first.ms > untilMs ? undefined : this.#heap.pop();
  }

  message(ms: number, to: Actor, from: Actor, message: unknown, fingerprint: number, cause: number): void {
    this.#push(ms, "message", to, from, false, message, "", 0, fingerprint, cause);
  }

  /** A message inside one machine: it arrives at once, if the machine still lives its present life. */
  localMessage(to: Actor, from: Actor, message: unknown, fingerprint: number, cause: number): void {
    this.#push(this.now, "message", to, from, true, message, "", machineOf(from).life, fingerprint, cause);
  }

  /** The timer's key and serial number are those of the actor's `timers`. */
  timer(
    ms: number,
    of: Actor,
    timer: unknown,
    key: string,
    serial: number,
    print: number,
    cause: number,
  ): void {
    this.#push(ms, "timer", of, undefined, true, timer, key, serial, print, cause);
  }

  /** A start, of the life that follows this one. */
  start(ms: number, actor: Actor): void {
    this.#push(ms, "start", actor, undefined, true, undefined, "", actor.life, 0, -1);
  }

  action(ms: number, call: () => void): void {
    this.#push(Math.max(ms, this.now), "action", undefined, undefined, true, call, "", 0, 0, -1);
  }

  /** Something that had to wait: it happens now. */
  again(entry: Entry): void {
    this.#heap.push({ ...entry, ms: this.now, order: this.#order++ });
  }

  #push(
    ms: number,
    kind: Entry["kind"],
    actor: Actor | undefined,
    from: Actor | undefined,
    isLocal: boolean,
    value: unknown,
    key: string,
    serial: number,
    fingerprint: number,
    cause: number,
  ): void {
    const order = this.#order++;
    this.#heap.push({ ms, order, kind, actor, from, isLocal, value, key, serial, fingerprint, cause });
  }
}
