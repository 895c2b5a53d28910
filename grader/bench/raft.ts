import { explore } from "#lib/explore";
import { type Cluster, type RunSetting, run, type Scenario } from "#lib/nemesis";
import { Trace } from "#lib/trace";
import type { Exercise } from "#protocol/12-raft";
import * as solution from "../../solutions/12-raft/index.ts";
import { exploration, explored } from "../12-raft/explorations.ts";
import { scenarios } from "../12-raft/scenarios.ts";
import { best, type Row } from "./row.ts";

/** The 24 scenarios of MIT's Raft lab (6.824, 2021, tests 2A to 2D). Two of theirs, on bytes and on counts, are one here. */
const asAtMit: readonly Scenario<Exercise>[] = [
  scenarios.initialElection,
  scenarios.reElection,
  scenarios.manyElections,
  scenarios.basicAgreement,
  scenarios.rpcBudget,
  scenarios.followerCatchesUp,
  scenarios.noAgreement,
  scenarios.concurrentStarts,
  scenarios.rejoin,
  scenarios.backUp,
  scenarios.persistence1,
  scenarios.persistence2,
  scenarios.persistence3,
  scenarios.figure8,
  scenarios.unreliableAgreement,
  scenarios.figure8Unreliable,
  scenarios.churn,
  scenarios.unreliableChurn,
  scenarios.snapshotBasic,
  scenarios.snapshotInstall,
  scenarios.snapshotInstallLoss,
  scenarios.snapshotInstallCrash,
  scenarios.snapshotInstallCrashLoss,
];

const prototype = "this project's prototype, on two cores";
const mit = "MIT 6.824, 2021, tests 2A to 2D with a passing solution, measured on two cores";

function all(list: readonly Scenario<Exercise>[], seeds: number): { events: number; virtualSeconds: number } {
  const sum = { events: 0, virtualSeconds: 0 };
  for (const scenario of list) {
    for (let seed = 1; seed <= seeds; seed++) {
      const result = run(scenario, solution, { seed, recorder: new Trace() });
      if (result.failure)
        throw new Error(`${scenario.name} failed on seed ${seed}: ${result.failure.message}`);
      sum.events += result.eventCount;
      sum.virtualSeconds += result.virtualMs / 1000;
    }
  }
  return sum;
}

/** What is left if nobody asks whether anything holds. */
function withoutInvariants(setting: RunSetting): Cluster<Exercise> {
  return { ...scenarios.nemesisFive.build(setting), invariants: [] };
}

export function* raftRows(): Generator<Row> {
  let sum = all(asAtMit, 1);
  const storySeconds = best(3, () => {
    sum = all(asAtMit, 1);
  });
  yield {
    name: "raft: the scenarios of MIT's Raft lab, real seconds",
    value: storySeconds,
    unit: "s",
    baseline: { value: 290, source: mit },
  };
  yield {
    name: "raft: the same, virtual seconds",
    value: sum.virtualSeconds,
    unit: "s",
    baseline: { value: 290, source: mit },
  };
  all([scenarios.nemesisFive], 200);
  const seconds = best(3, () => {
    sum = all([scenarios.nemesisFive], 200);
  });
  yield {
    name: "raft: five servers under the nemesis, with trace and invariants",
    value: sum.events / seconds,
    unit: "events/s",
    baseline: { value: 600_000, source: prototype },
  };
  yield {
    name: "raft: the same",
    value: sum.virtualSeconds / seconds,
    unit: "virtual s/s",
    baseline: { value: 3600, source: prototype },
  };
  const unasked = { ...scenarios.nemesisFive, build: withoutInvariants };
  const bare = best(3, () => {
    sum = all([unasked], 200);
  });
  yield {
    name: "raft: five servers under the nemesis, with trace, without invariants",
    value: sum.events / bare,
    unit: "events/s",
    baseline: { value: 600_000, source: prototype },
  };
  yield* exploredRows();
}

function* exploredRows(): Generator<Row> {
  for (const [name, what, baseline] of [
    ["one term, one entry, a crash, a heartbeat", explored.heartbeat, 104_424 / 1.1],
    ["from Figure 8 (b) on, and a crash", explored.figure8Crash, 412_577 / 3.9],
  ] as const) {
    const started = performance.now();
    const found = explore({ ...exploration(solution, what), states: 1_000_000 });
    const seconds = (performance.now() - started) / 1000;
    yield {
      name: `explore: Raft with three servers, ${name}: ${found.states} states, ${found.stopped}`,
      value: found.states / seconds,
      unit: "states/s",
      baseline: { value: baseline, source: prototype },
    };
  }
}
