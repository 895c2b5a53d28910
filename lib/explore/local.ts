import type { DiskImage, DiskWrite, Fault } from "#lib/sim";
import type { Machine } from "./life.ts";

/** All that there is of one node at one moment. */
export interface Local {
  readonly number: number;
  readonly machine: Machine;
  readonly isUp: boolean;
  /** False before its first start. */
  readonly hasLived: boolean;
  readonly safe: DiskImage;
  readonly unsynced: readonly DiskWrite[];
  /** The timers that are set, as numbers of the catalogue. */
  readonly timers: readonly number[];
  /** What it sent to itself and has not got yet, the first one first. */
  readonly inbox: readonly number[];
  /** Its memory and its disk, as a text. */
  readonly key: string;
  /** How it was first reached. */
  readonly origin: Origin | undefined;
}

export interface Origin extends Pick<Outcome, "crashAfter" | "survivors"> {
  readonly local: Local;
  readonly event: number;
}

/** What an event makes of a local state, if the node lives through it or crashes on the way. */
export interface Outcome {
  readonly local: number;
  /** What the node sent, and the facts that it established: an addition. */
  readonly addition: number;
  /** How many effects happened before it crashed; −1: it did not. */
  readonly crashAfter: number;
  /** Which unsynced writes the crash left, as bits. */
  readonly survivors: number;
}

export interface Transition {
  /** First the one without a crash. */
  readonly outcomes: readonly Outcome[];
  readonly fault: Fault | undefined;
}

/** Two ways to one local state, for the audit: its own, and this one. */
export interface Merge {
  readonly local: Local;
  readonly from: Local;
  readonly event: number;
}
