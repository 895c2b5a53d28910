import type { Entry } from "./agenda.ts";
import { Clock } from "./clock.ts";
import type { Recording } from "./context.ts";
import { DurableDisk } from "./disk.ts";
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

export function linkOf(from: Actor, to: Actor): Link {
  return from.links[to.number] as Link;
}
