import { History } from "#lib/history";
import type { Cluster, RunSetting } from "#lib/nemesis";
import type { NodeId } from "#lib/sim";
import type { Exercise, Message, ReplicaConfig } from "#protocol/04-quorum-store";
import { isEqual, rowText } from "./bench.ts";
import { Client, mixed, type Step } from "./clients.ts";
import { type Action, actionText, type KeyHistory, Ledger, type Told } from "./ledger.ts";
import { Prober } from "./prober.ts";

export interface Plan {
  readonly config: ReplicaConfig;
  /** Every node can coordinate, the replicas and the others. */
  readonly nodes: readonly NodeId[];
  /** Which of them have a client beside them; all unless told. */
  readonly busy?: readonly NodeId[];
  readonly keys: readonly string[];
  /** How many operations each node's client does while things go wrong. */
  readonly operations: number;
  readonly thinkMs: number;
  readonly weights: { readonly get: number; readonly delete: number };
  /** When nothing goes wrong any more. */
  readonly healedMs: number;
  /** When the last operations begin, and every key is read before them; `healedMs`, and no such reads, unless told. */
  readonly lastMs?: number;
}

type Eventually = NonNullable<Cluster<Exercise>["eventually"]>;

/** A cluster and what its scenario needs to say more about it. */
export interface Made {
  readonly cluster: Cluster<Exercise>;
  readonly history: KeyHistory;
  readonly clients: ReadonlyMap<NodeId, Client>;
  readonly ledger: Ledger;
}

/**
 * Nodes that all coordinate, each with a client beside it. When the faults have ended, each client makes one more put and one more get,
 * which must succeed. `more` adds what one client does after that.
 */
export function clientsOf(
  setting: RunSetting,
  plan: Plan,
  more: ReadonlyMap<NodeId, readonly Step[]> = new Map(),
): Made {
  const { config, nodes, keys, operations, thinkMs, weights, healedMs } = plan;
  const history: KeyHistory = new History<Action, Told>();
  const ledger = new Ledger(config, history);
  const clients = new Map<NodeId, Client>();
  for (const self of plan.busy ?? nodes) {
    const random = setting.random(self);
    const key = random.pick(keys);
    const atMs = plan.lastMs ?? healedMs;
    const before = plan.lastMs === undefined ? [] : keys;
    const last: Step[] = [
      ...before.map((it): Step => ({ action: { op: "get", key: it, value: null }, atMs })),
      { action: { op: "put", key, value: `${self}.last` }, atMs },
      { action: { op: "get", key, value: null } },
    ];
    const steps = [...mixed(self, operations, keys, random, weights), ...last, ...(more.get(self) ?? [])];
    clients.set(
      self,
      new Client(self, steps, history, {
        random,
        thinkMs,
        patienceMs: 4 * config.timeoutMs,
        asks: setting.asks,
      }),
    );
  }
  const cluster: Cluster<Exercise> = {
    nodes: Object.fromEntries(nodes.map((id) => [id, (work: Exercise) => new work.Replica(config)])),
    applications: Object.fromEntries(clients) as never,
    invariants: ledger.invariants(),
    eventually: answered(clients, history, healedMs),
    history: history as never,
    completed: () => history.count("ok"),
  };
  return { cluster, history, clients, ledger };
}

/** Every operation ends, and those that began when everything was well end well. */
function answered(clients: ReadonlyMap<NodeId, Client>, history: KeyHistory, healedMs: number): Eventually {
  return {
    "every operation is answered, and well when nothing is wrong (invariant 8)": () => {
      const open = history.operations.find(({ outcome }) => outcome === "open");
      if (open)
        return `${open.process}'s ${actionText(open.input)} has had no answer since ${open.invokedMs} ms.`;
      const bad = history.operations.find((it) => it.invokedMs >= healedMs && it.outcome !== "ok");
      if (bad)
        return `${bad.process}'s ${actionText(bad.input)} began at ${bad.invokedMs} ms, when all was well, and its outcome is ${bad.outcome}.`;
      return [...clients.values()].every((it) => it.isDone) || "A client is not through with its plan.";
    },
  };
}

/** When all clients are through, n1 reads every key once, and then the replicas that answered it must agree. */
export function withLastReads(setting: RunSetting, plan: Plan): Cluster<Exercise> {
  const first = plan.nodes[0] as NodeId;
  let made: Made;
  const othersDone = () =>
    plan.nodes.every((id) => id === first || made.clients.get(id)?.isDone) &&
    made.history.count("open") === 0;
  const reads: Step[] = plan.keys.map((key) => ({
    action: { op: "get", key, value: null },
    after: othersDone,
  }));
  made = clientsOf(setting, plan, new Map([[first, reads]]));
  const { cluster, history, clients } = made;
  const isDone = () => clients.get(first)?.isDone === true;
  const prober = new Prober(plan.config.replicas, plan.keys, isDone);
  /** Who has answered the last get of each key. */
  const contacted = new Map<string, Set<NodeId>>();
  const ops = new Map<string, string>();
  return {
    ...cluster,
    applications: { ...cluster.applications, p: prober as never },
    script(_sim, event) {
      if (event.inApp || event.node !== first) return;
      const message = event.message as Message | undefined;
      if (message?.type === "Get") contacted.set(message.key, new Set([first]));
      const open = history.operations.findLast((it) => it.process === first && it.input.op === "get");
      for (const effect of event.effects) {
        if (effect.effect !== "send") continue;
        const sent = effect.message as Message;
        if (sent.type === "Fetch" && sent.key === open?.input.key) ops.set(sent.op, `${sent.key} ${open.id}`);
      }
      if (message?.type !== "FetchReply" || event.from === undefined) return;
      const lastRead = history.operations.findLast(
        (it) => it.process === first && it.input.op === "get" && it.input.key === message.key,
      );
      if (ops.get(message.op) === `${message.key} ${lastRead?.id}`)
        contacted.get(message.key)?.add(event.from);
    },
    eventually: {
      ...cluster.eventually,
      "the replicas that answered a read agree (invariant 9)": () => {
        for (const [key, nodes] of contacted) {
          const text = disagreement(prober, key, [...nodes]);
          if (text) return `${first} has read ${key}. ${text}`;
        }
        return isDone() || `${first} has not read every key.`;
      },
    },
  };
}

/** When all clients are through, n1 puts and deletes one more key, and in the end nobody has a row of it. */
export function withCollection(setting: RunSetting, plan: Plan): Cluster<Exercise> {
  const first = plan.nodes[0] as NodeId;
  const steps: Step[] = [
    { action: { op: "put", key: "brief", value: "once" } },
    { action: { op: "delete", key: "brief", value: null } },
  ];
  const { cluster, clients, history } = clientsOf(setting, plan, new Map([[first, steps]]));
  const isDeleted = () =>
    clients.get(first)?.isDone === true && history.operations.some(({ input }) => input.key === "brief");
  // Nothing happens to the tombstone before `graceMs` are over: asking more often would only make the run longer.
  const prober = new Prober(plan.config.replicas, ["brief"], isDeleted, 3_000);
  return {
    ...cluster,
    applications: { ...cluster.applications, p: prober as never },
    eventually: {
      ...cluster.eventually,
      "a tombstone that all replicas have is gone in the end (invariant 10)": () => {
        if (clients.get(first)?.isDone && !isDeleted()) return true; // A run made smaller, without the delete.
        const node = plan.config.replicas.find((id) => prober.rowOf(id, "brief") !== null);
        if (node === undefined) return true;
        return `All was well when n1 deleted brief, graceMs are over, and ${node} has ${rowText(prober.rowOf(node, "brief"))}.`;
      },
    },
  };
}

/** Every replica must agree in the end about every key. */
export function withAgreement(
  setting: RunSetting,
  plan: Plan,
  claim: string,
  quiet?: readonly string[],
): Cluster<Exercise> {
  const { cluster, clients } = clientsOf(setting, plan);
  const keys = [...plan.keys, ...(quiet ?? [])];
  const isDone = () => [...clients.values()].every((it) => it.isDone);
  const prober = new Prober(plan.config.replicas, keys, isDone);
  return {
    ...cluster,
    applications: { ...cluster.applications, p: prober as never },
    eventually: {
      ...cluster.eventually,
      [claim]: () => {
        for (const key of keys) {
          const text = disagreement(prober, key, plan.config.replicas);
          if (text) return text;
        }
        return true;
      },
    },
  };
}

/** What two of these replicas answer, if they differ. */
function disagreement(prober: Prober, key: string, nodes: readonly NodeId[]): string | undefined {
  const [first, ...rest] = nodes.filter((node) => prober.rowOf(node, key) !== undefined);
  if (first === undefined || rest.length + 1 < nodes.length)
    return `Not every replica has answered for ${key}.`;
  const mine = prober.rowOf(first, key) ?? null;
  for (const node of rest) {
    const theirs = prober.rowOf(node, key) ?? null;
    const isAlike = isEqual(mine?.version, theirs?.version) && mine?.value === theirs?.value;
    if (!isAlike) return `Of ${key}, ${first} has ${rowText(mine)} and ${node} has ${rowText(theirs)}.`;
  }
  return undefined;
}
