import { Clock } from "./clock.ts";
import type { Recording } from "./context.ts";
import { DurableDisk } from "./disk.ts";
import { Heap } from "./heap.ts";
import { Misuse } from "./json.ts";
import { app, type NodeId } from "./node.ts";
import type { AnyApplication, AnyNode } from "./options.ts";

/** Everything that the kernel keeps of one node or application. */
export interface Actor {
  readonly id: NodeId;
  /** For people: "n1", or "n1's app". */
  readonly name: string;
  readonly number: number;
  readonly inApp: boolean;
  /** Makes the node for a life of its own; undefined for a program of the kernel, which cannot crash. */
  readonly make: ((life: number) => AnyNode) | undefined;
  /** The application of this node, or the node of this application. */
  beside: Actor | undefined;
  /** The living object. */
  node: AnyApplication | undefined;
  ctx: Recording | undefined;
  readonly disk: DurableDisk;
  readonly clock: Clock;
  /** The serial number of each timer that is set, by its key. */
  readonly timers: Map<string, number>;
  /** To each actor, by its number. */
  readonly links: Link[];
  /** How many lives have begun. */
  life: number;
  up: boolean;
  /** What came while the node stood still; undefined while it does not. */
  paused: Entry[] | undefined;
  slowMs: number;
  handlerCount: number;
  crashCount: number;
  sentCount: number;
  sentSecond: number;
}

/** One direction between two actors. */
export interface Link {
  /** How many messages were sent. */
  sent: number;
  /** How many faults cut it now. */
  cut: number;
}

export function newActor(
  id: NodeId,
  number: number,
  make: ((life: number) => AnyNode) | undefined,
  beside?: Actor,
): Actor {
  if (id === app) throw new Misuse(`"${app}" names a node's own application: give the node another id`);
  return {
    id,
    name: beside ? `${id}'s app` : id,
    number,
    inApp: beside !== undefined,
    make,
    beside,
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
    sentSecond: -1,
  };
}

/** The node whose life a message inside one machine shares. */
export function machineOf(actor: Actor): Actor {
  return actor.inApp ? (actor.beside as Actor) : actor;
}

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
