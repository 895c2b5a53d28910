import type { Claim } from "#lib/check";
import type { AnyNode, DiskImage, NodeId } from "#lib/sim";

/** What is explored, with what going wrong, and what must hold. */
export interface ExploreOptions {
  /** Makes each node, for each of its lives: the classes that the simulator runs. */
  readonly nodes: { readonly [id: NodeId]: () => AnyNode };
  /** Programs at ids of their own that never crash: clients. */
  readonly clients?: { readonly [id: NodeId]: () => AnyNode };
  /** What a node's application asks of it: each once or never, at any time, in any order. */
  readonly asks?: { readonly [id: NodeId]: readonly unknown[] };
  /** How often something may happen on one path. Nothing crashes unless a budget says so; timers run out as often as they are set. */
  readonly budgets?: readonly Budget[];
  /** What a crash leaves of writes that are not synced: nothing, or any of them, which makes a state for each choice. */
  readonly survivors?: "none" | "any";
  readonly claims?: readonly Claim[];
  readonly holds?: readonly StateClaim[];
  /** How many states are visited at most; 200,000 unless told. */
  readonly states?: number;
  /** Explores from where some steps lead to. */
  readonly from?: Prefix;
  /** Nodes that may change places. */
  readonly symmetry?: Symmetry;
  /** Called now and then on a long search. */
  onProgress?(progress: Progress): void;
}

/**
 * How many crashes, or how many timers that run out, there may be on one path: in all, or on one node, or of one kind (the timer
 * itself, or its `type`). All budgets that speak of an event must have something left.
 */
export type Budget =
  | { readonly crashes: number; readonly node?: NodeId }
  | { readonly timers: number; readonly node?: NodeId; readonly kind?: string };

/** A claim about every state. It is asked at each new one, so it costs more than a claim over deeds. */
export interface StateClaim {
  readonly name: string;
  /** Why this state must not be, as a sentence; undefined if it may be. */
  broken(view: View): string | undefined;
}

/** A state, as a claim sees it. */
export interface View {
  readonly ids: readonly NodeId[];
  isUp(id: NodeId): boolean;
  /** What is safe on the disk. */
  disk(id: NodeId): DiskImage;
  /** What the node has ever told its application, each message once. */
  told(id: NodeId): readonly unknown[];
  /** Every message that was ever sent from one node to another. */
  sent(): readonly { readonly from: NodeId; readonly to: NodeId; readonly message: unknown }[];
}

/** One event of a path. */
export interface Step {
  /** `ask`: a message from its own application. */
  readonly kind: "start" | "message" | "ask" | "timer" | "crash";
  readonly node: NodeId;
  readonly from?: NodeId;
  readonly message?: unknown;
  readonly timer?: unknown;
  /** The node crashes when so many effects of its handler have happened. */
  readonly crashAfter?: number;
  /** Which unsynced writes the crash leaves: bit i is the i-th of them. */
  readonly survivors?: number;
}

/** Steps that are taken before the search begins; budgets count from there. */
export interface Prefix {
  /** One of the steps that are possible now, or undefined: here the search begins. All nodes have started; no budget counts. */
  choose(possible: readonly Step[], taken: number): Step | undefined;
  /** Messages that were sent before are lost. */
  readonly forgetsMessages?: boolean;
}

/**
 * Nodes whose names do not matter to the class: states that differ only in who is who are visited once (Ip and Dill, "Better
 * verification through symmetry", 1996). Sound only if the class treats ids alike: it compares them for being equal, and
 * nothing else. One that breaks ties by the smaller id does not.
 */
export interface Symmetry {
  readonly alike: readonly NodeId[];
  /** Renames the ids in a text; unless told, each id that stands in it as a whole word. */
  rename?(text: string, names: ReadonlyMap<NodeId, NodeId>): string;
}

export interface Progress {
  readonly states: number;
  /** How many steps the path to the newest state has. */
  readonly depth: number;
  /** How many states wait for their turn. */
  readonly frontier: number;
}

/** An exploration of a piece of work that has a name, so that it can be made again from a line: "10/crashes". */
export interface NamedExploration<Exercise> {
  readonly name: string;
  options(work: Exercise): ExploreOptions;
}
