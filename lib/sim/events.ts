import type { DiskImage, DiskWrite } from "./disk.ts";
import type { NodeId } from "./node.ts";
import type { Simulation } from "./simulation.ts";

/** What a handler asked for, as plain data, in the order of the asking. */
export type Effect =
  | { readonly effect: "send"; readonly to: NodeId; readonly message: unknown; readonly fingerprint: number }
  | { readonly effect: "setTimer"; readonly timer: unknown; readonly key: string; readonly delayMs: number }
  | { readonly effect: "cancelTimer"; readonly timer: unknown; readonly key: string }
  | { readonly effect: "write"; readonly change: DiskWrite; readonly fingerprint: number }
  | { readonly effect: "sync" }
  | { readonly effect: "log"; readonly text: string };

/** One step of a run, after it happened: what came to a node, and what the node did. */
export interface SimEvent {
  /** 0, 1, 2 … in the order in which the events happened. */
  readonly index: number;
  /** Virtual time. */
  readonly ms: number;
  readonly kind: "start" | "message" | "timer" | "crash" | "restart";
  readonly node: NodeId;
  /** True if this happened to the application beside the node, not to the node. */
  readonly inApp: boolean;
  /** `message`: who sent it, and what. */
  readonly from: NodeId | undefined;
  readonly message: unknown;
  /** `timer`: which one. */
  readonly timer: unknown;
  /** The effects that really happened: a crash may have cut them short. */
  readonly effects: readonly Effect[];
}

/**
 * A claim about every state of a run. It sees each event with its effects, and may keep what it needs, so that
 * a check costs what changed. Make a new one for each run.
 */
export interface Invariant {
  /** The claim, as a sentence, with its number in the chapter: "at most one owner serves a key (invariant 2)". */
  readonly name: string;
  /** Called after every event. Undefined if the claim holds. */
  onEvent?(event: SimEvent, sim: Simulation): Violation | undefined;
  /** Called when the run is over. */
  onEnd?(sim: Simulation): Violation | undefined;
}

/**
 * How a claim was broken: a sentence with real values, alone or with more for those who tell it. `about`: the keys, numbers and names
 * that the story is about; it tells what mentions one of them, and what befell the machines. `operations`: the ids of those
 * operations of the run's history that show it. `isUndecided`: nothing is known to be wrong, but a checker could not find out
 * within its budget, and the text says why.
 */
export type Violation =
  | string
  | {
      readonly text: string;
      readonly about?: readonly string[];
      readonly operations?: readonly number[];
      readonly isUndecided?: boolean;
    };

/** Why a run was stopped. */
export interface Failure {
  /**
   * `invariant`: a claim was broken. `eventually`: something that must come did not. `misuse`: the library was used in
   * a way that cannot work. `exception`: a handler threw. `flood`: too many messages or events. `undecided`: a checker's budget was too small for the run, and
   * nobody is to blame.
   */
  readonly kind: "invariant" | "eventually" | "misuse" | "exception" | "flood" | "undecided";
  /** The name of the broken invariant, or what was expected of the node. */
  readonly claim: string;
  /** What happened instead, with real values. */
  readonly message: string;
  /** What the story is about, if the claim said so. */
  readonly about?: readonly string[];
  /** The operations that show it, if the claim named any. */
  readonly operations?: readonly number[];
  /** What was thrown, if something was: its stack tells where. */
  readonly error?: unknown;
  readonly eventIndex: number;
  readonly ms: number;
}

/** What becomes of one message. */
export interface Fate {
  lost: boolean;
  /** Added to the link's delay. */
  extraMs: number;
  /** A copy arrives this much after the delay of the link; −1 is no copy. */
  copyMs: number;
}

/** Where the kernel asks whether something goes wrong. Without one, nothing does. */
export interface Adversary {
  /** The fate of the n-th message from one node to another (n = 0, 1, …); undefined: delivered after the link's delay. */
  message(from: NodeId, to: NodeId, n: number, ms: number): Readonly<Fate> | undefined;
  /** How many effects of the node's n-th handler happen before it crashes; undefined: no crash. */
  crash(node: NodeId, n: number, effectCount: number, ms: number): number | undefined;
  /** How long the n-th crash lasts. */
  downMs(node: NodeId, n: number): number;
  /** Which unsynced writes survive the n-th crash: bit i is the i-th of them. */
  survivors(node: NodeId, n: number, unsyncedCount: number): number;
}

/** What the kernel tells of a run as it goes. `cause` is the number that an earlier call gave, or −1. */
export interface Recorder {
  add(
    kind: RowKind,
    ms: number,
    actor: string,
    cause: number,
    peer?: string,
    payload?: unknown,
    note?: string,
  ): number;
  /**
   * Called after each event of a node, with the row of the event. The node is the living object, to be read at once and not kept;
   * undefined after a crash.
   */
  state?(row: number, actor: string, node: object | undefined, disk: DiskImage): void;
}

/** `send` … `mend`: see `Recorder`. A message has a row when it is sent, and one each time it arrives or is lost. */
export type RowKind =
  | "start"
  | "restart"
  | "crash"
  | "send"
  | "message"
  | "lost"
  | "timer"
  | "write"
  | "sync"
  | "log"
  | "fault"
  | "violation";
