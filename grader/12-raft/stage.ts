import { type Scenario, scenario } from "#lib/nemesis";
import { app, type NodeId, type SimEvent, type Simulation } from "#lib/sim";
import type { AppendEntries, Exercise, RaftMessage } from "#protocol/12-raft";
import { type ClusterPlan, progress, RaftCluster } from "./cluster.ts";
import type { ServerMirror } from "./server-mirror.ts";
import type { Change, Store } from "./store.ts";

/** What a story waits for: a clause, and whether it is so. It is asked after every event. */
export type Step = readonly [clause: string, holds: () => boolean];
/** A story goes on whenever what it waits for is so. */
export type Story<Result = void> = Generator<Step, Result, void>;

/** A clock that runs so much faster than the others runs out first. */
const favoured = 4;

/** Places the faults of one story, by what has just happened. */
export class Stage {
  readonly cluster: RaftCluster;
  /** What the story still waits for. */
  waitsFor: Step | undefined;
  /** Says of a message that the story loses it. */
  loses: ((from: NodeId, to: NodeId, message: RaftMessage) => boolean) | undefined;
  /** Who alone may stand for election, if that matters. */
  #candidate: NodeId | undefined;
  readonly #cuts = new Set<string>();
  #sim: Simulation | undefined;
  #event: SimEvent | undefined;
  #asked = 0;
  #isTelling = false;
  #story: Story | undefined;
  readonly #tell: (stage: Stage) => Story;

  constructor(cluster: RaftCluster, tell: (stage: Stage) => Story) {
    this.cluster = cluster;
    this.#tell = tell;
  }

  get sim(): Simulation {
    return this.#sim as Simulation;
  }

  /** The event that has just happened. */
  get event(): SimEvent {
    return this.#event as SimEvent;
  }

  get isOver(): boolean {
    return this.#story !== undefined && this.waitsFor === undefined;
  }

  /** Called after every event. */
  onEvent(sim: Simulation, event: SimEvent): void {
    // What the story itself brings about, such as a crash, comes by here too.
    if (this.#isTelling) return;
    this.#isTelling = true;
    this.#sim = sim;
    this.#event = event;
    if (!this.#story) {
      this.#story = this.#tell(this);
      this.waitsFor = this.#story.next().value ?? undefined;
    }
    while (this.waitsFor && !sim.failure && this.waitsFor[1]()) {
      this.waitsFor = this.#story.next().value ?? undefined;
    }
    this.#isTelling = false;
  }

  isLost(from: NodeId, to: NodeId, message: RaftMessage): boolean {
    if (this.#candidate !== undefined && message.type === "RequestVote" && from !== this.#candidate)
      return true;
    return this.loses?.(from, to, message) ?? false;
  }

  mirror(id: NodeId): ServerMirror {
    return this.cluster.watch.servers.get(id) as ServerMirror;
  }

  store(id: NodeId): Store {
    return this.cluster.store(id);
  }

  /** Fails the run: what should be so is not. */
  claim(holds: boolean, name: string, text: string): void {
    if (!holds) this.sim.violate(name, text);
  }

  /** All others than these. */
  but(...some: readonly NodeId[]): NodeId[] {
    return this.cluster.ids.filter((id) => !some.includes(id));
  }

  /** The one who leads the latest term among these. */
  leader(among: readonly NodeId[] = this.cluster.ids): NodeId | undefined {
    const terms = among.map((id) => this.mirror(id).term);
    return among.find((id) => this.mirror(id).leads === Math.max(...terms));
  }

  /** Waits until one of these leads the others, and they know it. */
  *elected(among: readonly NodeId[] = this.cluster.ids): Story<NodeId> {
    const isDone = () => {
      const leader = this.leader(among);
      return leader !== undefined && among.every((id) => this.mirror(id).term === this.mirror(leader).leads);
    };
    yield [`one of ${among.join(", ")} leads, and the others follow it`, isDone];
    return this.leader(among) as NodeId;
  }

  /** Lets this server win the next election among these. */
  *elect(id: NodeId, among: readonly NodeId[]): Story {
    this.#candidate = id;
    this.sim.clock(id).drift(this.sim.now, favoured);
    yield [`${id} is elected by ${among.join(", ")}`, () => this.leader([id, ...among]) === id];
    this.sim.clock(id).correct(this.sim.now);
    this.#candidate = undefined;
  }

  /** Waits for so long. */
  *pass(ms: number): Story {
    const untilMs = this.sim.now + ms;
    yield [`${ms} ms pass`, () => this.sim.now >= untilMs];
  }

  /** Lets the application of a server ask for so many new commands, and gives these. */
  ask(id: NodeId, count = 1): string[] {
    const commands = Array.from({ length: count }, () => `put x ${id}.${this.#asked++}`);
    this.store(id).wishes.push(...commands);
    return commands;
  }

  read(id: NodeId): string {
    const command = `get x ${id}.${this.#asked++}`;
    this.store(id).wishes.push(command);
    return command;
  }

  change(id: NodeId, change: Change): void {
    this.store(id).wishes.push(change);
  }

  /** Waits until these have applied the commands. */
  *applied(commands: readonly string[], at: readonly NodeId[]): Story {
    yield [appliedClause(commands, at), () => this.#haveApplied(commands, at)];
  }

  /** Commands that this leader takes, and all of these apply. Should it lose its office before, whoever of these leads then is asked. */
  *agreed(leader: NodeId, at: readonly NodeId[], count = 1): Story {
    for (let tries = 0; ; tries++) {
      const asked = tries === 0 ? leader : yield* this.elected(at);
      const commands = this.ask(asked, count);
      const isThere = () => this.#haveApplied(commands, at);
      const untilMs = this.sim.now + patienceMs;
      yield [appliedClause(commands, at), () => isThere() || (tries < mostTries && this.sim.now > untilMs)];
      if (isThere()) return;
    }
  }

  /** Waits until these servers have such an entry in their logs, safe or not. */
  *logged(command: string, at: readonly NodeId[]): Story {
    const has = (id: NodeId) =>
      this.mirror(id).entries.some((entry) => entry.type === "Command" && entry.command === command);
    yield [`the log of ${at.join(", ")} has "${command}"`, () => at.every(has)];
  }

  /** Nobody of these reaches the others, nor is reached. */
  isolate(...some: readonly NodeId[]): void {
    for (const a of some) for (const b of this.but(...some)) this.cut(a, b);
  }

  cut(a: NodeId, b: NodeId): void {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      if (this.#cuts.has(`${from} ${to}`)) continue;
      this.#cuts.add(`${from} ${to}`);
      this.sim.cut(from, to);
    }
  }

  /** Everybody reaches everybody again. */
  mend(): void {
    for (const link of this.#cuts) {
      const [from = "", to = ""] = link.split(" ");
      this.sim.mend(from, to);
    }
    this.#cuts.clear();
  }

  crash(...some: readonly NodeId[]): void {
    for (const id of some) this.sim.crash(id);
  }

  restart(...some: readonly NodeId[]): void {
    for (const id of some) this.sim.restart(id);
  }

  /** How many messages of this kind the event that has just happened has sent. */
  sentNow(which: (message: RaftMessage, to: NodeId) => boolean): number {
    if (this.event.inApp) return 0;
    return this.event.effects.filter(
      (it) => it.effect === "send" && it.to !== app && which(it.message as RaftMessage, it.to),
    ).length;
  }

  #haveApplied(commands: readonly string[], at: readonly NodeId[]): boolean {
    return at.every((id) => commands.every((command) => this.cluster.isIncluded(id, command)));
  }
}

/** How long a story waits for a leader that may be none any more, and how often. */
const patienceMs = 1_000;
const mostTries = 5;

function appliedClause(commands: readonly string[], at: readonly NodeId[]): string {
  const what = commands.length === 1 ? `"${commands[0]}"` : `"${commands[0]}" to "${commands.at(-1)}"`;
  return `${at.join(", ")} ${at.length === 1 ? "has" : "have"} applied ${what}`;
}

const isAppend = (message: RaftMessage): message is AppendEntries => message.type === "AppendEntries";
/** AppendEntries that brings something. */
export const brings = (message: RaftMessage): message is AppendEntries =>
  isAppend(message) && message.entries.length > 0;

/** A scenario that is told step by step, on a network where nothing else goes wrong. */
export function told(
  name: string,
  plan: ClusterPlan,
  tell: (stage: Stage) => Story,
  withinMs = 20_000,
): Scenario<Exercise> {
  return scenario<Exercise>({
    name: `12/${name}`,
    faultsMs: 0,
    healMs: withinMs,
    build(setting) {
      const raft = new RaftCluster(setting, plan);
      const stage = new Stage(raft, tell);
      return {
        ...raft.cluster(),
        eventually: {
          [progress]: () =>
            stage.isOver || `In ${withinMs / 1000} s it did not come about that ${stage.waitsFor?.[0]}.`,
        },
        completed: () => (stage.isOver ? Math.max(1, raft.completed) : 0),
        script: (sim, event) => stage.onEvent(sim, event),
        loses: (from, to, message) => stage.isLost(from, to, message as RaftMessage),
      };
    },
  });
}
