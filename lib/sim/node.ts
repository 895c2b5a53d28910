import type { Random } from "#lib/random";
import type { Disk } from "./disk.ts";

/** A node's name: `n1`, `c1`. */
export type NodeId = string;

/**
 * The id of a node's own application: the program beside it that uses it. Messages to and from it stay
 * inside the machine: they are never lost, repeated, delayed or reordered, and die with the node.
 */
export const app: NodeId = "app";

/**
 * A program on one machine of a distributed system: it reacts to events, one at a time.
 *
 * Its fields are its memory: a crash loses them, and the node starts again as a new object. What must outlive
 * a crash goes to `ctx.disk`. Handlers run to completion, return nothing and await nothing.
 */
export interface Node<Message, Timer = never> {
  /** At the first start and again after every crash: read the disk, set the first timers. */
  onStart?(ctx: Context<Message, Timer>): void;
  /** A message has arrived. It may be late, or a copy of one that arrived before. */
  onMessage(ctx: Context<Message, Timer>, from: NodeId, message: Message): void;
  /** A timer that this node set has run out. */
  onTimer?(ctx: Context<Message, Timer>, timer: Timer): void;
}

/**
 * What a handler may use of the world. It records what the handler wants; when the handler has returned, the
 * effects happen in the order in which they were asked for. A crash may fall between any two of them: the first ones have
 * happened then, the others never will.
 */
export interface Context<Message, Timer = never> {
  /** This node's own id. */
  readonly self: NodeId;
  /** This node's clock in whole ms. It may be wrong, and it may jump. */
  readonly now: number;
  /** An interval in ms that is sure to hold the true time (as TrueTime's; Corbett et al., Spanner, OSDI 2012, §3). */
  clock(): { readonly earliest: number; readonly latest: number };
  /** This node's own random numbers. */
  readonly random: Random;
  /** What survives a crash. */
  readonly disk: Disk;
  /** Sends a copy of a message. It may be lost, late, repeated or overtaken. The message is a JSON value. */
  send(to: NodeId, message: Message): void;
  /** Calls `onTimer` with this timer after a delay in ms. Setting an equal timer again replaces the first. */
  setTimer(timer: Timer, delayMs: number): void;
  cancelTimer(timer: Timer): void;
  /** Writes a line into the trace. */
  log(text: string): void;
}
