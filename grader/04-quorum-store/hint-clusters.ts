import { History } from "#lib/history";
import type { Cluster, RunSetting } from "#lib/nemesis";
import type { Exercise } from "#protocol/04-quorum-store";
import { isBelow, plain, rowText, versionText } from "./bench.ts";
import { always, Client, type Step } from "./clients.ts";
import { clientsOf, type Plan } from "./clusters.ts";
import { type Action, actionText, type KeyHistory, Ledger, type Told, valueText } from "./ledger.ts";
import { Prober } from "./prober.ts";

const config = { ...plain, spares: ["n4", "n5"], sloppy: true };
const nodes = ["n1", "n2", "n3", "n4", "n5"];

/** Every hint that a spare confirmed is with its home in the end, or something newer is. */
export function sloppyCluster(setting: RunSetting, plan: Omit<Plan, "config" | "nodes">): Cluster<Exercise> {
  const { cluster, clients, ledger } = clientsOf(setting, { ...plan, config, nodes });
  const prober = new Prober(config.replicas, plan.keys, () => [...clients.values()].every((it) => it.isDone));
  return {
    ...cluster,
    applications: { ...cluster.applications, p: prober as never },
    eventually: {
      ...cluster.eventually,
      "every hint reaches its home (invariant 11)": () => homeless(prober, ledger),
    },
  };
}

function homeless(prober: Prober, ledger: Ledger): true | string {
  for (const { home, key, version } of ledger.hinted) {
    const row = prober.rowOf(home, key);
    if (row && !isBelow(row.version, version)) continue;
    return `A spare has confirmed a hint of ${key}, version ${versionText(version)}, for ${home}, and ${home} has ${rowText(row)}.`;
  }
  return true;
}

/** n2 and n3 are away for a while, and n1 goes on writing with the spares. */
export function away(setting: RunSetting): Cluster<Exercise> {
  const history: KeyHistory = new History<Action, Told>();
  const done = () => history.count("ok");
  let [nowMs, backMs] = [0, Number.POSITIVE_INFINITY];
  const isAway = () => done() >= 1 && nowMs < backMs;
  const ledger = new Ledger(config, history);
  let isHome = false;
  const steps = (...them: readonly [Action["op"], string | null, () => boolean][]): Step[] =>
    them.map(([op, value, after]) => ({ action: { op, key: "x", value }, after }));
  const pace = (name: string) => ({
    random: setting.random(name),
    thinkMs: 0,
    patienceMs: 2_000,
    asks: always,
  });
  const n1 = new Client(
    "n1",
    steps(["put", "a", always], ["put", "b", always], ["get", null, always]),
    history,
    pace("n1"),
  );
  const n3 = new Client("n3", steps(["get", null, () => isHome]), history, pace("n3"));
  const prober = new Prober(config.replicas, ["x"], () => nowMs >= backMs);
  return {
    nodes: Object.fromEntries(nodes.map((id) => [id, (work: Exercise) => new work.Replica(config)])),
    applications: { n1, n3, p: prober } as never,
    invariants: ledger.invariants(),
    loses: (from, to) => isAway() && [from, to].some((id) => id === "n2" || id === "n3"),
    script(sim) {
      nowMs = sim.now;
      // Long enough for n1 to give up: from then on, only the spares know what n2 and n3 have missed.
      if (done() === 3) backMs = Math.min(backMs, nowMs + 2 * config.timeoutMs);
      isHome ||= done() >= 3 && config.replicas.every((id) => prober.rowOf(id, "x")?.value === "b");
    },
    eventually: {
      "a write goes on with spares, and reaches its replicas (invariant 11)": () => {
        const bad = history.operations.find((it) => it.outcome !== "ok");
        if (bad)
          return `n2 and n3 were away, and ${bad.process}'s ${actionText(bad.input)} has the outcome ${bad.outcome}.`;
        if (nowMs < backMs) return "n2 and n3 are away.";
        if (!isHome) {
          const lacking = config.replicas.find((id) => prober.rowOf(id, "x")?.value !== "b");
          return `n2 and n3 are back, n1's put x = b was acknowledged before, and ${lacking} has ${rowText(prober.rowOf(lacking ?? "", "x"))}.`;
        }
        const last = history.operations[3];
        if (last?.output && last.output.value !== "b")
          return `n3 has b, and its get x gave ${valueText(last.output.value)}.`;
        return done() === 4 || `${done()} of 4 operations are done.`;
      },
    },
    history: history as never,
    completed: done,
  };
}
