import { judged, type KvInput, kv, linearizable } from "#lib/check";
import { History, type Operation } from "#lib/history";
import type { Cluster, RunSetting } from "#lib/nemesis";
import type { Stream } from "#lib/random";
import { canonical, type Json } from "#lib/sim";
import type { Exercise, Message } from "#protocol/04-quorum-store";
import { plain } from "./bench.ts";
import { always, Client } from "./clients.ts";
import { clientsOf, type Plan } from "./clusters.ts";
import { type Action, actionText, type KeyHistory, Ledger, type Told } from "./ledger.ts";

/** What the clients saw, as operations of a store. */
function asStore(history: KeyHistory): Operation<KvInput, Json>[] {
  return history.operations.map(({ input: { op, key, value }, output, outcome, ...rest }) => ({
    ...rest,
    input: op === "put" ? { type: op, key, value } : { type: op, key },
    outcome: outcome === "open" ? "info" : outcome,
    ...(op === "get" && output ? { output: output.value } : {}),
  }));
}

/** Some order of all operations, each at one moment while it was open, explains every answer. */
const isLinear = (history: KeyHistory) =>
  judged("one machine could have given all the answers (invariant 13)", () =>
    linearizable(asStore(history), kv),
  );

/** Of the Stores, so many are lost while things go wrong, whatever else does: a write that is half done is what is looked for. */
const lostStores = 0.6;

/** Every fault, and the checker has the last word. */
export function linearCluster(setting: RunSetting, plan: Plan): Cluster<Exercise> {
  const { cluster, history } = clientsOf(setting, plan);
  const links = new Map<string, Stream>();
  let isHealed = false;
  return {
    ...cluster,
    invariants: [...(cluster.invariants ?? []), isLinear(history)],
    loses(from, to, message, n) {
      if (isHealed || (message as Message).type !== "Store") return false;
      const link = links.get(`${from}>${to}`) ?? setting.random(`${from}>${to}`);
      links.set(`${from}>${to}`, link);
      return link.at(n) < lostStores;
    },
    script(sim) {
      isHealed = sim.now >= plan.healedMs - 1_000;
    },
  };
}

/**
 * n1 puts x = old, which everybody gets, and then x = new, which stays at n1 for a while. Meanwhile n2 reads, together with n1, and then
 * n3 reads, together with n2.
 */
export function newThenOld(setting: RunSetting, writeBack: boolean): Cluster<Exercise> {
  const config = { ...plain, writeBack };
  const history: KeyHistory = new History<Action, Told>();
  const gets = () =>
    history.operations.filter(({ input, outcome }) => input.op === "get" && outcome === "ok").length;
  let isHalfWritten = false;
  const client = (
    self: string,
    op: "put" | "get",
    values: readonly (string | null)[],
    after: () => boolean,
  ) =>
    new Client(
      self,
      values.map((value) => ({ action: { op, key: "x", value }, after })),
      history,
      { random: setting.random(self), thinkMs: 0, patienceMs: 2_000, asks: always },
    );
  return {
    nodes: Object.fromEntries(plain.replicas.map((id) => [id, (work: Exercise) => new work.Replica(config)])),
    applications: {
      n1: client("n1", "put", ["old", "new"], () => true),
      n2: client("n2", "get", [null], () => isHalfWritten),
      n3: client("n3", "get", [null], () => gets() === 1),
    } as never,
    invariants: [...new Ledger(config, history).invariants(), isLinear(history)],
    loses(from, to, message) {
      if (gets() === 2) return false;
      const sent = message as Message;
      if (from === "n1" && sent.type === "Store" && sent.value === "new") return true;
      const apart = gets() === 0 ? ["n2", "n3"] : ["n1", "n3"];
      return isHalfWritten && apart.includes(from) && apart.includes(to);
    },
    script(sim) {
      const { cells, entries } = sim.disk("n1");
      isHalfWritten ||= canonical([[...cells], entries]).includes('"new"');
    },
    eventually: {
      "every operation ends (invariant 8)": () => {
        const open = history.operations.find(({ outcome }) => outcome === "open");
        if (open) return `${open.process}'s ${actionText(open.input)} has had no answer.`;
        const failed = history.operations.find(
          ({ input, outcome }) => input.op === "get" && outcome !== "ok",
        );
        if (failed) return `${failed.process}'s get x has the outcome ${failed.outcome}.`;
        return gets() === 2 || "The reads have not begun.";
      },
    },
    history: history as never,
    completed: () => history.count("ok"),
  };
}
