import type { Adversary, Invariant, Recorder } from "./events.ts";
import type { Context, Node, NodeId } from "./node.ts";

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
  readonly kind: "start" | "restart" | "message" | "timer";
  readonly node: NodeId;
  readonly inApp: boolean;
  readonly from: NodeId | undefined;
  readonly message: unknown;
  readonly timer: unknown;
}
