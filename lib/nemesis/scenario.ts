import type { History } from "#lib/history";
import type { Stream } from "#lib/random";
import type { AnyApplication, AnyNode, Invariant, NodeId, SimEvent, Simulation } from "#lib/sim";
import type { FaultKind } from "./swarm.ts";

/** What `build` is given: the run's seed, and streams of its own for the workload. */
export interface RunSetting {
  readonly seed: number;
  /** A stream for the choices of the workload; another name, another stream. */
  random(name: string): Stream;
  /**
   * Whether this process asks its index-th operation (0, 1, …). All do, except in a run that is made smaller. A workload that is told
   * no goes on to the next one: the others keep their numbers and, if it can, their values.
   */
  asks(process: string, index: number): boolean;
}

/** One run's nodes, clients and claims. Everything in it is new for each run. */
export interface Cluster<Exercise> {
  /** Makes each node, anew for each of its lives, from the work under test. */
  readonly nodes: { readonly [id: NodeId]: (work: Exercise) => AnyNode };
  readonly applications?: { readonly [id: NodeId]: AnyApplication };
  /** What must hold after every event. */
  readonly invariants?: readonly Invariant[];
  /** What must hold at some time after the faults have ended: true, or a sentence that says what is missing still. */
  readonly eventually?: { readonly [claim: string]: () => true | string };
  /** What the clients saw: pictures of the run draw it. */
  readonly history?: History<unknown, unknown>;
  /** How many operations have completed: a run without any proves nothing. */
  completed(): number;
  /** Called after every event, to place a fault where the story wants it. */
  script?(sim: Simulation, event: SimEvent): void;
  /** Says of the n-th message (n = 0, 1, …) from one node to another that it is lost. */
  loses?(from: NodeId, to: NodeId, message: unknown, n: number): boolean;
  /** Nodes that the nemesis never crashes or pauses. */
  readonly spared?: readonly NodeId[];
}

/** A named run: what is built, how long the nemesis works on it and with what, how long everything has to come right. */
export interface Scenario<Exercise> {
  /** Chapter and name: "05/move". */
  readonly name: string;
  /** What may go wrong; nothing unless told. Each run has some of it. */
  readonly faults?: readonly FaultKind[];
  /** How long, in virtual ms, things may go wrong. */
  readonly faultsMs: number;
  /** How long it may take after that until every `eventually` holds. */
  readonly healMs: number;
  /** How long a message takes when nothing is wrong; 10 ms unless told. */
  readonly delayMs?: number;
  /** Half the width of the interval of `ctx.clock()`. */
  readonly uncertaintyMs?: number;
  build(setting: RunSetting): Cluster<Exercise>;
}

/** A scenario, as it is given: this only tells the compiler its type. */
export function scenario<Exercise>(it: Scenario<Exercise>): Scenario<Exercise> {
  return it;
}
