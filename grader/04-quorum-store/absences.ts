import { History } from "#lib/history";
import type { Cluster, RunSetting } from "#lib/nemesis";
import type { Exercise } from "#protocol/04-quorum-store";
import { plain, rowText } from "./bench.ts";
import { always, Client } from "./clients.ts";
import { type Action, actionText, type KeyHistory, Ledger, type Told } from "./ledger.ts";
import { Prober } from "./prober.ts";

const graceMs = 6_000;

/** Everybody has x; n3 is away while n1 deletes it; when every grace is over n3 comes back, and x is read. */
export function comeback(setting: RunSetting): Cluster<Exercise> {
  const config = { ...plain, graceMs };
  const history: KeyHistory = new History<Action, Told>();
  const done = () => history.count("ok");
  const isAway = () => done() >= 1;
  const client = (self: string, steps: readonly [Action["op"], string | null, () => boolean][]) =>
    new Client(
      self,
      steps.map(([op, value, after]) => ({ action: { op, key: "x", value }, after })),
      history,
      { random: setting.random(self), thinkMs: 0, patienceMs: 2_000, asks: always },
    );
  let nowMs = 0;
  let deletedMs = Number.POSITIVE_INFINITY;
  const isBack = () => nowMs > deletedMs + 2 * graceMs;
  const clients = {
    n1: client("n1", [
      ["put", "a", () => true],
      ["delete", null, () => nowMs > 500],
    ]),
    n2: client("n2", [["get", null, isBack]]),
    n3: client("n3", [
      ["get", null, () => isBack() && done() >= 3],
      ["get", null, () => done() >= 4],
    ]),
  };
  return {
    nodes: Object.fromEntries(plain.replicas.map((id) => [id, (work: Exercise) => new work.Replica(config)])),
    applications: clients as never,
    invariants: new Ledger(config, history).invariants(),
    loses: (from, to) => isAway() && !isBack() && (from === "n3" || to === "n3"),
    script(sim) {
      nowMs = sim.now;
      if (done() === 2) deletedMs = Math.min(deletedMs, nowMs);
    },
    eventually: {
      "every operation succeeds (invariant 8)": () => {
        const bad = history.operations.find(({ outcome }) => outcome !== "ok");
        if (bad) return `The outcome of ${bad.process}'s ${actionText(bad.input)} is ${bad.outcome}.`;
        return done() === 5 || `${done()} of 5 operations are done.`;
      },
    },
    history: history as never,
    completed: done,
  };
}

/** n3 misses a put of n1. Then it reads, and can reach n1 and not n2. */
export function missed(setting: RunSetting): Cluster<Exercise> {
  const config = { ...plain, readRepair: true };
  const history: KeyHistory = new History<Action, Told>();
  const done = () => history.count("ok");
  const client = (self: string, op: Action["op"], values: readonly (string | null)[], after: () => boolean) =>
    new Client(
      self,
      values.map((value) => ({ action: { op, key: "x", value }, after })),
      history,
      { random: setting.random(self), thinkMs: 0, patienceMs: 2_000, asks: always },
    );
  const prober = new Prober(["n3"], ["x"], () => done() >= 3);
  let [nowMs, backMs] = [0, Number.POSITIVE_INFINITY];
  return {
    nodes: Object.fromEntries(plain.replicas.map((id) => [id, (work: Exercise) => new work.Replica(config)])),
    applications: {
      n1: client("n1", "put", ["a", "b"], () => true),
      n3: client("n3", "get", [null], () => nowMs >= backMs),
      p: prober,
    } as never,
    invariants: new Ledger(config, history).invariants(),
    loses(from, to) {
      if (done() >= 1 && nowMs < backMs) return from === "n3" || to === "n3";
      return nowMs >= backMs && done() < 3 && [from, to].includes("n2") && [from, to].includes("n3");
    },
    script(sim) {
      nowMs = sim.now;
      if (done() === 2) backMs = Math.min(backMs, nowMs + 2 * config.timeoutMs);
    },
    eventually: {
      "the replicas that answered a read agree (invariant 9)": () => {
        const bad = history.operations.find(({ outcome }) => outcome !== "ok");
        if (bad) return `The outcome of ${bad.process}'s ${actionText(bad.input)} is ${bad.outcome}.`;
        const row = prober.rowOf("n3", "x");
        if (row?.value === "b") return done() === 3 || `${done()} of 3 operations are done.`;
        return `n3 missed n1's put x = b. Then it answered a get x, with n1, and it has ${rowText(row)}.`;
      },
    },
    history: history as never,
    completed: done,
  };
}
