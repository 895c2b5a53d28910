import { type FaultKind, faultKinds, type Scenario, scenario } from "#lib/nemesis";
import type { Invariant } from "#lib/sim";
import type { Exercise, RaftMessage } from "#protocol/12-raft";
import { Budget } from "./budget.ts";
import { type ClusterPlan, drawWorkload, progress, RaftCluster, servers } from "./cluster.ts";
import { config } from "./server-bench.ts";

/** What does not take a server's memory. */
const withoutCrashes = faultKinds.filter((kind) => kind !== "crash" && kind !== "disk");

/**
 * Leaders change as often as links do, and each asks for one thing at the most: so it comes about that a leader has what another left behind
 * on a majority, and nothing of its own.
 */
const figure8Unreliable = scenario<Exercise>({
  name: "12/figure-8-unreliable",
  faults: ["partition", "one-way", "partial", "slow"],
  faultsMs: 2_500,
  healMs: 10_000,
  build(setting) {
    const thinkMs = [150, 250, 350][Math.floor(setting.random("mixture").at(0) * 3)] as number;
    const workload = { thinkMs, atOnce: 9, keyCount: 1, compactEvery: 0, changeEvery: 0 };
    const fast = { electionMinMs: 80, electionMaxMs: 160, heartbeatMs: 60 };
    return new RaftCluster(setting, {
      members: servers(5),
      isDurable: true,
      faultsMs: 2_500,
      config: fast,
      workload,
    }).cluster();
  },
});

interface Campaign extends Omit<ClusterPlan, "faultsMs"> {
  readonly snapshots?: boolean;
  readonly changes?: boolean;
}

/** Servers of which the applications ask at random, while so much goes wrong. */
function random(
  name: string,
  faults: readonly FaultKind[],
  faultsMs: number,
  plan: Campaign,
): Scenario<Exercise> {
  return scenario<Exercise>({
    name: `12/${name}`,
    faults,
    faultsMs,
    healMs: 10_000,
    build(setting) {
      const { snapshots = false, changes = false, ...rest } = plan;
      const workload = drawWorkload(setting, { snapshots, changes });
      const cluster = new RaftCluster(setting, { workload, ...rest, faultsMs }).cluster();
      const { maxEntries } = rest.config ?? {};
      if (!maxEntries) return cluster;
      const budget = new Budget(config.heartbeatMs).invariant();
      return { ...cluster, invariants: [...cluster.invariants, fewEntries(maxEntries), budget] };
    },
  });
}

/** What the network must carry is limited. */
function fewEntries(maxEntries: number): Invariant {
  return {
    name: "no AppendEntries has more entries than it may",
    onEvent({ node, inApp, effects }) {
      for (const effect of inApp ? [] : effects) {
        if (effect.effect !== "send") continue;
        const message = effect.message as RaftMessage;
        if (message.type !== "AppendEntries" || message.entries.length <= maxEntries) continue;
        return `${node} sent ${effect.to} an AppendEntries with ${message.entries.length} entries: ${maxEntries} are allowed.`;
      }
      return undefined;
    },
  };
}

/** Any fault, snapshots, changes of the cluster, and few entries in a message. */
function everything(name: string, count: number, joining: number): Scenario<Exercise> {
  return random(name, faultKinds, 2_000, {
    members: servers(count),
    joining: servers(joining, count + 1),
    fewest: Math.min(3, count),
    config: { maxEntries: 4 },
    isDurable: true,
    snapshots: true,
    changes: true,
  });
}

/** Nobody asks for anything. */
const silent = { thinkMs: 1e9, atOnce: 1, keyCount: 1, compactEvery: 0, changeEvery: 0 };

/** The logs stay empty. */
const elections = scenario<Exercise>({
  name: "12/elections",
  faults: withoutCrashes,
  faultsMs: 1_500,
  healMs: 10_000,
  build(setting) {
    // Of three, one yes is enough; of five, it must not count twice.
    const members = servers(setting.random("size").at(0) < 0.5 ? 3 : 5);
    const raft = new RaftCluster(setting, { members, isDurable: false, workload: silent });
    let elected = 0;
    let isHealed = false;
    return {
      ...raft.cluster(),
      completed: () => elected,
      script(sim, event) {
        if (event.inApp && (event.message as { type?: string } | undefined)?.type === "BecameLeader")
          elected++;
        if (sim.now > 1_500) isHealed = true;
      },
      eventually: {
        [progress]: () => {
          const mirrors = [...raft.watch.servers.values()];
          const term = Math.max(...mirrors.map((it) => it.term));
          if (
            isHealed &&
            mirrors.some(({ leads }) => leads === term) &&
            mirrors.every((it) => it.term === term)
          )
            return true;
          const terms = mirrors.map((it) => `${it.id} in term ${it.term}`).join(", ");
          return `Nobody leads all the others: ${terms}.`;
        },
      },
    };
  },
});

export const campaigns = {
  elections,
  replication: random("replication", withoutCrashes, 1_200, { members: servers(3), isDurable: false }),
  unreliableAgreement: random("unreliable-agreement", ["loss", "delay", "reorder", "duplication"], 1_200, {
    members: servers(5),
    isDurable: false,
  }),
  figure8Unreliable,
  churn: random("churn", ["crash", "disk", "reorder", "partition"], 1_500, {
    members: servers(5),
    isDurable: true,
  }),
  unreliableChurn: random(
    "unreliable-churn",
    ["crash", "disk", "partition", "loss", "delay", "reorder", "duplication"],
    1_500,
    {
      members: servers(5),
      isDurable: true,
    },
  ),
  snapshots: random("snapshots", ["loss", "reorder", "duplication", "partition", "crash", "disk"], 1_200, {
    members: servers(3),
    isDurable: true,
    snapshots: true,
  }),
  membership: random("membership", ["loss", "reorder", "partition", "partial", "crash"], 1_200, {
    members: servers(4),
    joining: ["n5", "n6"],
    fewest: 2,
    isDurable: true,
    changes: true,
  }),
  nemesisThree: everything("nemesis-three", 3, 1),
  nemesisFive: everything("nemesis-five", 5, 2),
  nemesisSeven: everything("nemesis-seven", 7, 0),
};
