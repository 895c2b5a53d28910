import { invariantsOf, judged, kv, linearizable } from "#lib/check";
import { History } from "#lib/history";
import type { Cluster, RunSetting } from "#lib/nemesis";
import type { Invariant, NodeId, SimEvent, Simulation } from "#lib/sim";
import type { Exercise, RaftConfig, RaftMessage } from "#protocol/12-raft";
import { explorable } from "./claims.ts";
import { ClusterWatch } from "./cluster-watch.ts";
import { config } from "./server-bench.ts";
import type { ServerMirror } from "./server-mirror.ts";
import { type Change, Store, type StoreHistory, type Workload } from "./store.ts";

export const progress =
  "when a majority can talk and nothing more goes wrong, commands commit and are applied everywhere (invariant 10)";

export interface ClusterPlan {
  readonly members: readonly NodeId[];
  /** Servers that wait to be added. */
  readonly joining?: readonly NodeId[];
  readonly config?: Partial<RaftConfig>;
  readonly workload?: Workload;
  /** When the faults end: from then on commands are asked for until they are through. */
  readonly faultsMs?: number;
  /** False until 12.3: what is said need not be on a disk. */
  readonly isDurable: boolean;
  /** Fewer members than this there never are; as many as there are at first unless told. */
  readonly fewest?: number;
}

/** No operations but those that a story asks for. */
const idle: Workload = { thinkMs: 0, atOnce: 1, keyCount: 1, compactEvery: 0, changeEvery: 0 };

/** Servers 1 to `count`. */
export function servers(count: number, from = 1): NodeId[] {
  return Array.from({ length: count }, (_, i) => `n${from + i}`);
}

/** Servers with their applications, as a run of the simulator has them. */
export class RaftCluster {
  readonly ids: readonly NodeId[];
  readonly stores: ReadonlyMap<NodeId, Store>;
  readonly watch: ClusterWatch;
  readonly history: StoreHistory = new History();
  /** The latest configuration that was committed, and the index of its entry. */
  members: readonly NodeId[];
  configuredAt = 0;
  /** Who was a member and is none any more: the grader stops it. */
  readonly gone = new Set<NodeId>();
  readonly #plan: ClusterPlan;
  /** Where each command stands in the log, once somebody has applied it. */
  readonly #indexes = new Map<string, number>();
  #isHealed = false;
  /** The first index at which something stands that was asked for when the faults were over. */
  #goal = Number.POSITIVE_INFINITY;

  constructor(setting: RunSetting, plan: ClusterPlan) {
    this.#plan = plan;
    this.members = plan.members;
    this.ids = [...plan.members, ...(plan.joining ?? [])];
    const { isDurable } = plan;
    this.watch = new ClusterWatch({
      servers: Object.fromEntries(this.ids.map((id) => [id, this.#firstMembers(id)])),
      isDurable,
    });
    const store = (id: NodeId) =>
      new Store(id, {
        workload: plan.workload ?? idle,
        history: this.history,
        random: setting.random(id),
        asks: (index) => setting.asks(id, index),
        insistsFromMs: plan.faultsMs ?? 0,
        change: (random) => this.#change(random),
        applied: (index, command) => this.#indexes.set(command, index),
        configured: (index, members) => this.#configured(index, members),
      });
    this.stores = new Map(this.ids.map((id) => [id, store(id)]));
  }

  /** The run: its nodes, its applications, and what must hold. */
  cluster(): Cluster<Exercise> & { readonly invariants: readonly Invariant[] } {
    const settings = { ...config, ...this.#plan.config };
    const nodes = this.ids.map((id) => {
      const own = { ...settings, members: this.#firstMembers(id) };
      return [id, (work: Exercise) => new work.Raft(own)] as const;
    });
    return {
      nodes: Object.fromEntries(nodes) as Cluster<Exercise>["nodes"],
      applications: Object.fromEntries(this.stores) as never,
      history: this.history as History<unknown, unknown>,
      invariants: [
        ...invariantsOf(explorable()),
        ...this.watch.invariants(),
        judged("what clients saw could have come from one machine (invariant 9)", () =>
          linearizable(this.history.operations, kv),
        ),
      ],
      eventually: { [progress]: () => this.missing() ?? true },
      completed: () => this.completed,
      script: (sim, event) => {
        this.#isHealed ||= sim.now >= (this.#plan.faultsMs ?? 0);
        this.stopRemoved(sim, event);
      },
      loses: (from, _, message) => this.#isHealed && this.#onlyDisturbs(from, message as RaftMessage),
    };
  }

  get completed(): number {
    let sum = 0;
    for (const store of this.stores.values()) sum += store.completed;
    return sum;
  }

  /** Whether what a server has applied, or was given, goes up to this command at least. */
  isIncluded(id: NodeId, command: string): boolean {
    return (this.#indexes.get(command) ?? Number.POSITIVE_INFINITY) <= this.store(id).lastApplied;
  }

  store(id: NodeId): Store {
    return this.stores.get(id) as Store;
  }

  /** Who of the members has not applied anything that was asked for when the faults were over. */
  missing(): string | undefined {
    const { faultsMs = 0 } = this.#plan;
    if (this.#goal === Number.POSITIVE_INFINITY) {
      for (const { outcome, invokedMs, returnedMs } of this.history.operations) {
        // Whoever was answered has applied it, and all before it.
        if (outcome === "ok" && invokedMs >= faultsMs && returnedMs !== undefined) {
          this.#goal = Math.max(...[...this.stores.values()].map((store) => store.lastApplied));
          break;
        }
      }
    }
    if (this.#goal === Number.POSITIVE_INFINITY) {
      return "Of all that was asked when the faults were over, nothing was applied and answered.";
    }
    const late = this.members.find((id) => this.store(id).lastApplied < this.#goal);
    if (late === undefined) return undefined;
    return `Entry ${this.#goal} was applied when the faults were over. ${late}, a member, has applied no more than entry ${this.store(late).lastApplied}.`;
  }

  /** A server whose removal is committed is switched off, and stays so. */
  stopRemoved(sim: Simulation, event: SimEvent): void {
    if (this.gone.size === 0) return;
    if (event.inApp) for (const id of this.gone) sim.crash(id);
    else if (event.kind === "restart" && this.gone.has(event.node)) sim.crash(event.node);
  }

  /**
   * A server that is to go, and hears nobody any more, stands again and again, and deposes leaders that have much to send: nothing but
   * PreVote is good for that (thesis §4.2.3; 12.7). So when the faults are over it is heard only if it is needed: if nobody's log is
   * more up to date.
   */
  #onlyDisturbs(id: NodeId, { type }: RaftMessage): boolean {
    if (type !== "RequestVote") return false;
    const own = this.watch.servers.get(id) as ServerMirror;
    if (own.latestMembers().members.includes(id)) return false;
    return [...this.watch.servers.values()].some((other) => isLater(other, own));
  }

  #firstMembers(id: NodeId): readonly NodeId[] {
    return this.#plan.members.includes(id) ? this.#plan.members : [];
  }

  #configured(index: number, members: readonly NodeId[]): void {
    if (index <= this.configuredAt) return;
    for (const id of this.members) if (!members.includes(id)) this.gone.add(id);
    this.members = members;
    this.configuredAt = index;
  }

  /** Adds somebody who never was a member, or removes somebody. */
  #change(random: number): Change | undefined {
    const { fewest = this.#plan.members.length } = this.#plan;
    const fresh = this.ids.filter((id) => !this.gone.has(id) && !this.members.includes(id));
    const choices: Change[] = fresh.map((server) => ({ type: "AddServer", server }));
    if (this.members.length > fewest) {
      for (const server of this.members) choices.push({ type: "RemoveServer", server });
    }
    return choices[Math.floor(random * choices.length)];
  }
}

/** Whether the log of a is more up to date than that of b (§5.4.1). */
function isLater(a: ServerMirror, b: ServerMirror): boolean {
  const [terms, before] = [a.termAt(a.end - 1) ?? 0, b.termAt(b.end - 1) ?? 0];
  return terms > before || (terms === before && a.end > b.end);
}

/** A workload of this run: each has another mixture. */
export function drawWorkload(
  setting: RunSetting,
  some: { readonly snapshots?: boolean; readonly changes?: boolean } = {},
): Workload {
  const random = setting.random("mixture");
  const pick = (index: number, levels: readonly number[]) =>
    levels[Math.floor(random.at(index) * levels.length)] as number;
  return {
    thinkMs: pick(0, [10, 25, 60, 150]),
    atOnce: pick(1, [1, 2, 5]),
    keyCount: pick(2, [1, 2, 3]),
    compactEvery: some.snapshots ? pick(3, [0, 2, 5, 12]) : 0,
    changeEvery: some.changes ? pick(4, [0, 3, 8]) : 0,
  };
}
