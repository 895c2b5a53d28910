import { History } from "#lib/history";
import { type Cluster, type Scenario, scenario } from "#lib/nemesis";
import type { NodeId, Simulation } from "#lib/sim";
import type { Exercise, Message, ReplicaConfig } from "#protocol/04-quorum-store";
import { five, plain } from "./bench.ts";
import { always, Client } from "./clients.ts";
import { type Action, actionText, type KeyHistory, Ledger, type Told, valueText } from "./ledger.ts";

interface Loss {
  readonly config: ReplicaConfig;
  /** No Store reaches these while n1 writes. */
  readonly missed: readonly NodeId[];
  /** These lose their disks, and stay down, when the writes are acknowledged. */
  readonly lost: readonly NodeId[];
}

/** n1 writes x and y, and just W replicas get them. W − 1 of these lose their disks. Then n6, which keeps nothing, reads. */
function afterLoss({ config, missed, lost }: Loss): Scenario<Exercise> {
  return scenario<Exercise>({
    name: `04/lose-${lost.join("-")}-of-${config.replicas.filter((id) => !missed.includes(id)).join("-")}`,
    faultsMs: 0,
    healMs: 5_000,
    build(setting) {
      const history: KeyHistory = new History<Action, Told>();
      const pace = (name: string) => ({
        random: setting.random(name),
        thinkMs: 0,
        patienceMs: 2_000,
        asks: always,
      });
      const puts = ["x", "y"].map((key) => ({ action: { op: "put", key, value: `${key}.1` } as const }));
      const writer = new Client("n1", puts, history, pace("n1"));
      let isLost = false;
      const after = () => isLost;
      const gets = ["x", "y"].map((key) => ({ action: { op: "get", key, value: null } as const, after }));
      const reader = new Client("n6", gets, history, pace("n6"));
      return {
        nodes: Object.fromEntries(
          [...config.replicas, "n6"].map((id) => [id, (work) => new work.Replica(config)]),
        ),
        applications: { n1: writer, n6: reader } as never,
        invariants: new Ledger(config, history).invariants(),
        loses: (_from, to, message) =>
          !isLost && missed.includes(to) && (message as Message).type === "Store",
        script(sim) {
          if (isLost || history.count("ok") < 2) return;
          isLost = true;
          for (const id of lost) loseDisk(sim, id);
        },
        eventually: {
          "an acknowledged write survives the loss of any W - 1 disks (invariant 3)": () =>
            survived(history, lost),
        },
        history: history as never,
        completed: () => history.count("ok"),
      } satisfies Cluster<Exercise>;
    },
  });
}

/** The machine is gone, and its disk with it. */
function loseDisk(sim: Simulation, id: NodeId): void {
  sim.crash(id);
  const disk = sim.disk(id);
  disk.cells.clear();
  disk.entries = [];
  sim.note(id, `${id} loses its disk, and does not come back`);
}

function survived(history: KeyHistory, lost: readonly NodeId[]): true | string {
  const [first] = history.operations;
  const unknown = history.operations.find(({ outcome }) => outcome !== "ok");
  if (!first || unknown || history.operations.length < 4) {
    return `${unknown ? `${unknown.process}'s ${actionText(unknown.input)} has the outcome ${unknown.outcome}` : "There were fewer than 4 operations"}.`;
  }
  for (const { input, output } of history.operations.slice(2)) {
    if (output?.value === `${input.key}.1`) continue;
    return `n1 acknowledged put ${input.key} = ${input.key}.1. Then ${lost.join(" and ")} lost their disks, and n6's get ${input.key} gave ${valueText(output?.value ?? null)}.`;
  }
  return true;
}

const losses: readonly Loss[] = [
  ...["n2", "n3"].flatMap((missed) =>
    plain.replicas
      .filter((id) => id !== missed)
      .map((lost) => ({ config: plain, missed: [missed], lost: [lost] })),
  ),
  ...[
    ["n4", "n5"],
    ["n2", "n3"],
  ].flatMap((missed) => {
    const holders = five.replicas.filter((id) => !missed.includes(id));
    return holders.map((spared) => ({ config: five, missed, lost: holders.filter((id) => id !== spared) }));
  }),
];

export const lossStories: readonly Scenario<Exercise>[] = losses.map(afterLoss);
