import type { NodeId } from "#lib/sim";
import type { Entry, RaftTimer, Snapshot, RaftMessage as Words } from "#protocol/12-raft";
import type { Unstable } from "./raft-log.ts";

/** What must outlive a crash beside the log. */
export interface HardState {
  readonly term: number;
  readonly vote: NodeId | null;
}

export interface Outgoing {
  readonly to: NodeId;
  readonly message: Words;
}

/** What is to be done with a timer. An election time-out is drawn by whoever has the random numbers. */
export type TimerOrder = readonly [timer: RaftTimer, order: "draw" | "stop" | number];

/** What the core wants done, in one piece. */
export interface Ready {
  readonly timers: readonly TimerOrder[];
  /** If it is another one than the disk has. */
  readonly hardState: HardState | undefined;
  /** A snapshot that was installed, and has to be safe. */
  readonly snapshot: Snapshot | undefined;
  readonly unstable: Unstable | undefined;
  /** The term that it leads from now on. */
  readonly leads: number | undefined;
  readonly messages: readonly Outgoing[];
  /** A leader's entries may be on their way to the others while its own disk is still busy (thesis §10.2.1). */
  readonly sendsFirst: boolean;
  readonly committed: readonly { readonly index: number; readonly entry: Entry }[];
}
