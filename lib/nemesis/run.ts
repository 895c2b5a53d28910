import type { History } from "#lib/history";
import { Stream } from "#lib/random";
import { type Failure, type NodeId, type Recorder, Simulation } from "#lib/sim";
import { Decisions, type Deviation } from "./decisions.ts";
import { Nemesis } from "./nemesis.ts";
import type { Cluster, Scenario } from "./scenario.ts";
import type { FaultKind } from "./swarm.ts";

/** The work under test: one for all, or one for each life of each node, which then share no module variable. */
export type WorkSource<Exercise> = Exercise | ((node: NodeId, life: number) => Exercise);

export interface RunOptions {
  readonly seed: number;
  /** If given, the nemesis does this and nothing else. */
  readonly deviations?: readonly Deviation[];
  /** Keeps the run: the deviations in the result, and everything else in this recorder. */
  readonly recorder?: Recorder;
  /** True if the work is a function that gives one for each life. */
  readonly inRealms?: boolean;
}

export interface RunResult {
  /** The scenario's name. */
  readonly scenario: string;
  readonly seed: number;
  /** Equal for equal runs. */
  readonly hash: string;
  readonly eventCount: number;
  readonly virtualMs: number;
  /** Operations completed. */
  readonly completed: number;
  /** How often each fault struck. */
  readonly struck: ReadonlyMap<FaultKind, number>;
  readonly failure: Failure | undefined;
  /** What the clients saw, if the scenario keeps it. */
  readonly history?: History<unknown, unknown>;
  /** What was not calm, if the run was recorded or told by it. */
  readonly deviations?: readonly Deviation[];
}

const eventLimit = 1_000_000;

/** Makes one run of a scenario: a phase in which things go wrong, then one in which everything must come right. */
export function run<Exercise>(
  scenario: Scenario<Exercise>,
  work: WorkSource<Exercise>,
  options: RunOptions,
): RunResult {
  const { seed } = options;
  const cluster = scenario.build({ seed, random: (name) => new Stream(seed, "workload", name) });
  const keeps = options.recorder !== undefined;
  const decisions = new Decisions(seed, options.deviations, keeps);
  const delayMs = scenario.delayMs ?? 10;
  const nemesis = new Nemesis({
    decisions,
    faults: scenario.faults ?? [],
    untilMs: scenario.faultsMs,
    delayMs,
    spared: cluster.spared ?? [],
  });
  const workOf = options.inRealms
    ? (work as (node: NodeId, life: number) => Exercise)
    : () => work as Exercise;
  const nodes = Object.entries(cluster.nodes).map(
    ([id, make]) => [id, (life: number) => make(workOf(id, life))] as const,
  );
  const sim = new Simulation({
    seed,
    nodes: Object.fromEntries(nodes),
    adversary: nemesis,
    delayMs,
    ...(cluster.applications && { applications: cluster.applications }),
    ...(cluster.invariants && { invariants: cluster.invariants }),
    ...(options.recorder && { recorder: options.recorder }),
    ...(scenario.uncertaintyMs !== undefined && { uncertaintyMs: scenario.uncertaintyMs }),
    ...(cluster.loses && { loses: (from, to, message, n) => cluster.loses?.(from, to, message, n) ?? false }),
  });
  if (cluster.script) sim.onEvent = (event) => cluster.script?.(sim, event);
  nemesis.attach(sim);
  sim.runUntil(scenario.faultsMs, () => overLimit(sim));
  if (!sim.failure) nemesis.heal(sim);
  const missing = () => missingOf(cluster);
  let events = 0;
  // A claim may take a while to look at: once in 16 events is often enough.
  sim.runUntil(
    scenario.faultsMs + scenario.healMs,
    () => overLimit(sim) || (++events % 16 === 0 && !missing()),
  );
  const late = sim.failure ? undefined : missing();
  if (late) sim.violate(late.claim, late.text, "eventually");
  sim.finish();
  return {
    scenario: scenario.name,
    seed,
    hash: sim.hash,
    eventCount: sim.eventCount,
    virtualMs: sim.now,
    completed: cluster.completed(),
    struck: nemesis.struck,
    failure: sim.failure,
    ...(cluster.history && { history: cluster.history }),
    ...(options.deviations ? { deviations: options.deviations } : keeps && { deviations: decisions.made }),
  };
}

function overLimit(sim: Simulation): boolean {
  if (sim.eventCount > eventLimit) {
    sim.violate(
      "a run comes to an end",
      `There were a million events by ${sim.now} ms of virtual time.`,
      "flood",
    );
  }
  return sim.failure !== undefined;
}

function missingOf<Exercise>(cluster: Cluster<Exercise>): { claim: string; text: string } | undefined {
  for (const [claim, holds] of Object.entries(cluster.eventually ?? {})) {
    const text = holds();
    if (text !== true) return { claim, text };
  }
  return undefined;
}
