/**
 * The nemesis makes things go wrong, and a scenario says what runs and what may go wrong with it. Every decision of the
 * nemesis is a keyed choice with a calm default, so a run is told by a seed, or by the seed and the few decisions that were
 * not calm: its deviations. `shrink` finds the few of them that a failure needs.
 *
 * ```ts example
 * import { replayString, run, scenario } from "#lib/nemesis";
 * import type { AnyNode } from "#lib/sim";
 *
 * let arrived = 0;
 * const counting = scenario<{ Counter: new () => AnyNode }>({
 *   name: "00/count",
 *   faults: ["loss"],
 *   faultsMs: 1000,
 *   healMs: 1000,
 *   build: () => ({
 *     nodes: { n1: (work) => new work.Counter() },
 *     applications: { c1: {
 *       onStart: (ctx) => { for (let i = 0; i < 1000; i++) ctx.send("n1", i); },
 *       onMessage: () => {},
 *     } },
 *     completed: () => arrived,
 *   }),
 * });
 * class Counter { onMessage() { arrived++; } }
 * const calm = run(counting, { Counter }, { seed: 4, deviations: [] });
 * console.log(arrived, replayString(calm)); // → 1000 00/count:4:calm
 * ```
 */
export { Decisions, type Deviation, isSkip } from "./decisions.ts";
export { Nemesis, windowMs } from "./nemesis.ts";
export { parseReplay, type Replay, replayString } from "./replay.ts";
export { type RunOptions, type RunResult, run, type WorkSource } from "./run.ts";
export { type Cluster, type RunSetting, type Scenario, scenario } from "./scenario.ts";
export { type ShrinkOptions, type Shrunk, shrink } from "./shrink.ts";
export { type FaultKind, faultKinds } from "./swarm.ts";
