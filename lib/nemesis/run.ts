import type { History } from "#lib/history";
import { Stream } from "#lib/random";
import { type Failure, type NodeId, type Recorder, Simulation } from "#lib/sim";
import { Decisions, type Deviation, type Thinned } from "./decisions.ts";
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
  /** Of what would go wrong by the seed, only a share does. Its deviations then tell the run. */
  readonly thinned?: Thinned;
  /** Of the operations of each process only the first, and then one in so many, are asked; all unless told. */
  readonly oneIn?: number;
  /** True if the work is a function that gives one for each life. */
  readonly inRealms?: boolean;
  /** Gives the run up at this virtual time: what has not failed by then is of no interest, and is not judged. */
  readonly untilMs?: number;
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
  /** The ids of the nodes: whoever else took part is a client. */
  readonly nodes: readonly NodeId[];
  /** What the clients saw, if the scenario keeps it. */
  readonly history?: History<unknown, unknown>;
  /** What was not calm, in the order in which it was decided, if the run was recorded or told by it. */
  readonly deviations?: readonly Deviation[];
  /** Which operations each process began, if its workload asks whether to. */
  readonly asked: ReadonlyMap<string, ReadonlySet<number>>;
}

const eventLimit = 1_000_000;

/** Makes one run of a scenario: a phase in which things go wrong, then one in which everything must come right. */
export function run<Exercise>(
  scenario: Scenario<Exercise>,
  work: WorkSource<Exercise>,
  options: RunOptions,
): RunResult {
  const { seed } = options;
  const keeps = options.recorder !== undefined || options.thinned !== undefined;
  const decisions = new Decisions(seed, options.deviations, keeps, options.thinned);
  const cluster = scenario.build({
    seed,
    random: (name) => new Stream(seed, "workload", name),
    asks: (process, index) => decisions.asks(process, index, options.oneIn),
  });
  const delayMs = scenario.delayMs ?? 10;
  const nemesis = new Nemesis({
    decisions,
    faults: scenario.faults ?? [],
    untilMs: scenario.faultsMs,
    delayMs,
    spared: cluster.spared ?? [],
  });
  const sim = simulationOf(scenario, cluster, work, options, nemesis);
  nemesis.attach(sim);
  play(sim, scenario, cluster, nemesis, options.untilMs);
  return {
    scenario: scenario.name,
    seed,
    hash: sim.hash,
    eventCount: sim.eventCount,
    virtualMs: sim.now,
    completed: cluster.completed(),
    struck: nemesis.struck,
    failure: sim.failure,
    nodes: sim.nodeIds,
    ...(cluster.history && { history: cluster.history }),
    ...((keeps || decisions.isGiven) && { deviations: decisions.made }),
    asked: decisions.asked,
  };
}

function simulationOf<Exercise>(
  { delayMs = 10, uncertaintyMs }: Scenario<Exercise>,
  cluster: Cluster<Exercise>,
  work: WorkSource<Exercise>,
  { seed, recorder, inRealms }: RunOptions,
  adversary: Nemesis,
): Simulation {
  const workOf = inRealms ? (work as (node: NodeId, life: number) => Exercise) : () => work as Exercise;
  const nodes = Object.entries(cluster.nodes).map(
    ([id, make]) => [id, (life: number) => make(workOf(id, life))] as const,
  );
  const sim = new Simulation({
    seed,
    nodes: Object.fromEntries(nodes),
    adversary,
    delayMs,
    ...(cluster.applications && { applications: cluster.applications }),
    ...(cluster.invariants && { invariants: cluster.invariants }),
    ...(recorder && { recorder }),
    ...(uncertaintyMs !== undefined && { uncertaintyMs }),
    ...(cluster.loses && { loses: (from, to, message, n) => cluster.loses?.(from, to, message, n) ?? false }),
  });
  if (cluster.script) sim.onEvent = (event) => cluster.script?.(sim, event);
  return sim;
}

/** The two phases, or as much of them as there is time for. */
function play<Exercise>(
  sim: Simulation,
  { faultsMs, healMs }: Scenario<Exercise>,
  cluster: Cluster<Exercise>,
  nemesis: Nemesis,
  untilMs = faultsMs + healMs,
): void {
  sim.runUntil(Math.min(untilMs, faultsMs), () => overLimit(sim));
  if (untilMs < faultsMs) return;
  if (!sim.failure) nemesis.heal(sim);
  const missing = () => missingOf(cluster);
  let events = 0;
  // A claim may take a while to look at: once in 16 events is often enough.
  const isOver = () => overLimit(sim) || (++events % 16 === 0 && !missing());
  sim.runUntil(Math.min(untilMs, faultsMs + healMs), isOver);
  if (sim.now >= untilMs && untilMs < faultsMs + healMs) return;
  const late = sim.failure ? undefined : missing();
  if (late) sim.violate(late.claim, late.text, "eventually");
  sim.finish();
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
