import type { Deed } from "#lib/check";
import { NotImplemented } from "#lib/exercise";
import { DurableDisk, type Effect, type Pending } from "#lib/sim";
import { type Catalogue, crash, start, type Thing } from "./catalogue.ts";
import { type Aftermath, type Consequences, diskOf } from "./consequences.ts";
import { HiddenState } from "./hidden-state.ts";
import { Life, type Machine } from "./life.ts";
import type { Local, Merge, Origin, Outcome, Transition } from "./local.ts";
import { PairTable } from "./tables.ts";

/** How many living objects are kept for the next event of their state: the others are rebuilt from their history. */
const mostLives = 4096;
const mostMerges = 4096;

/**
 * The states of single nodes, each known by its number. A handler runs once for each local state and event; after that it is a
 * table look-up. Nothing is cloned: an object in some state is made by giving a new one the events that led there.
 */
export class Locals {
  readonly all: Local[] = [];
  readonly merges: Merge[] = [];
  /** How often a handler ran for a new pair of state and event, and how often to rebuild a state. */
  handlerRuns = 0;
  replayRuns = 0;
  /** The class of each node, once it has started. */
  readonly classNames: string[] = [];
  readonly #catalogue: Catalogue;
  readonly #consequences: Consequences;
  /** The classes whose states are told apart by history. */
  readonly #byHistory: ReadonlySet<string>;
  readonly #numbers = new Map<string, number>();
  readonly #places = new PairTable();
  readonly #transitions: Transition[] = [];
  /** By node, and by event. */
  readonly #pending: Pending[][] = [];
  readonly #lives = new Map<Local, Life>();
  #mergeCount = 0;

  constructor(catalogue: Catalogue, consequences: Consequences, byHistory: ReadonlySet<string>) {
    this.#catalogue = catalogue;
    this.#consequences = consequences;
    this.#byHistory = byHistory;
  }

  get mergesByHistory(): boolean {
    return this.#byHistory.size > 0;
  }

  /** A node before its first start. */
  unborn(machine: Machine): number {
    const { safe } = new DurableDisk();
    const empty = { machine, isUp: false, hasLived: false, safe, unsynced: [], timers: [], inbox: [] };
    return this.all.push({ ...empty, number: this.all.length, key: "unborn", origin: undefined }) - 1;
  }

  /** What an event makes of a local state. */
  transition(number: number, event: number): Transition {
    const place = this.#places.get(number, event);
    if (place !== -1) return this.#transitions[place] as Transition;
    const local = this.all[number] as Local;
    const found =
      event === crash
        ? { outcomes: this.#cutShort(local, crash, []), fault: undefined }
        : this.#handled(local, event);
    this.#places.set(number, event, this.#transitions.push(found) - 1);
    return found;
  }

  /** A living object in this state, that nobody else has. */
  #revive(local: Local): Life {
    const kept = this.#lives.get(local);
    if (kept) {
      this.#lives.delete(local);
      return kept;
    }
    return this.replay(local);
  }

  /** A new object in this state. */
  replay(local: Local): Life {
    const { origin } = local as { origin: Origin };
    return this.replayAnd(origin.local, origin.event);
  }

  /** A new object in this state, to which then this event happened. */
  replayAnd(local: Local, last: number): Life {
    const events = [last];
    let first = local;
    while (events.at(-1) !== start) {
      const { origin } = first as { origin: Origin };
      events.push(origin.event);
      first = origin.local;
    }
    const life = this.born(first);
    for (const event of events.reverse()) life.handle(this.pending(first, event));
    this.replayRuns += events.length;
    return life;
  }

  /** An object before its start, on the disk of a node that is down. */
  born({ machine, safe }: Local): Life {
    return new Life(machine, safe);
  }

  /** The deeds in these effects, if they lead to this outcome. */
  deedsOf(
    local: Local,
    event: number,
    effects: readonly Effect[],
    outcome: Outcome,
  ): readonly Deed[] | undefined {
    const { crashAfter, survivors, addition } = outcome;
    const done = this.#done(local, event, crashAfter < 0 ? effects : effects.slice(0, crashAfter));
    const { deeds } =
      crashAfter < 0 ? done : (this.#consequences.ofCrash(local.machine.id, done)[survivors] ?? done);
    return this.#consequences.addition(deeds) === addition ? deeds : undefined;
  }

  /** What effects leave; a crash has none. */
  #done(local: Local, event: number, effects: readonly Effect[]): Aftermath {
    if (event !== crash) return this.#consequences.of(local, event, effects);
    return { deeds: [], disk: diskOf(local), timers: [], inbox: [] };
  }

  /** The event as its handler sees it. */
  pending({ machine, hasLived }: Local, event: number): Pending {
    const node = machine.id;
    if (event === start) return { ...nothing, kind: hasLived ? "restart" : "start", node };
    const known = this.#pending[machine.number] ?? [];
    this.#pending[machine.number] = known;
    const thing = this.#catalogue.things[event];
    known[event] ??=
      thing?.kind === "timer"
        ? { ...nothing, kind: "timer", node, timer: thing.timer }
        : { ...nothing, ...(thing as Extract<Thing, { kind: "message" | "ask" }>), kind: "message", node };
    return known[event];
  }

  #handled(local: Local, event: number): Transition {
    const isStart = event === start;
    if (!isStart && this.#isRepeated(local, event)) return nowhere;
    const life = isStart ? this.born(local) : this.#revive(local);
    this.handlerRuns++;
    const handled = life.handle(this.pending(local, event));
    if ("fault" in handled) {
      if (handled.fault.error instanceof NotImplemented) throw handled.fault.error;
      return { outcomes: [], fault: handled.fault };
    }
    if (isStart) this.classNames[local.machine.number] = life.className;
    const { effects } = handled;
    const lived = this.#after(local, event, effects, life);
    const outcomes = [lived];
    if (local.machine.canCrash) {
      for (let count = 1; count < effects.length; count++) {
        for (const outcome of this.#cutShort(local, event, effects.slice(0, count))) {
          if (!outcomes.some((other) => isSame(other, outcome))) outcomes.push(outcome);
        }
      }
    }
    return { outcomes, fault: undefined };
  }

  /** In a class that is merged by history, a message that comes again would make a new state each time. */
  #isRepeated(local: Local, event: number): boolean {
    if (!this.#isByHistory(local.machine) || this.#catalogue.things[event]?.kind !== "message") return false;
    for (let at = local; at.origin && at.isUp; at = at.origin.local)
      if (at.origin.event === event) return true;
    return false;
  }

  #isByHistory({ number }: Machine): boolean {
    return this.#byHistory.has(this.classNames[number] as string);
  }

  #after(local: Local, event: number, effects: readonly Effect[], life: Life): Outcome {
    const { deeds, disk, timers, inbox } = this.#consequences.of(local, event, effects);
    const { safe, unsynced } = disk;
    const { machine } = local;
    const origin = { local, event, crashAfter: -1, survivors: 0 };
    const next = { machine, isUp: true, hasLived: true, safe, unsynced, timers, inbox, origin };
    const number = this.#intern(next, life);
    const after = this.all[number] as Local;
    if (!this.#lives.has(after)) this.#keep(after, life);
    return { local: number, addition: this.#consequences.addition(deeds), crashAfter: -1, survivors: 0 };
  }

  /** A crash when the first effects have happened, in all ways in which the disk may come out of it. */
  #cutShort(local: Local, event: number, effects: readonly Effect[]): Outcome[] {
    const { machine } = local;
    const crashAfter = effects.length;
    const wrecks = this.#consequences.ofCrash(machine.id, this.#done(local, event, effects));
    return wrecks.map(({ survivors, deeds, disk: { safe } }) => {
      const down = { machine, isUp: false, hasLived: true, safe, unsynced: [], timers: [], inbox: [] };
      const number = this.#intern({ ...down, origin: { local, event, crashAfter, survivors } });
      return { local: number, addition: this.#consequences.addition(deeds), crashAfter, survivors };
    });
  }

  #intern(local: Nameless, life?: Life): number {
    const key = `${this.#memory(local, life)} ${diskKey(local)}`;
    const place = `${local.machine.number} ${local.timers} ${local.inbox} ${key}`;
    const known = this.#numbers.get(place);
    if (known === undefined) {
      const number = this.all.push({ ...local, key, number: this.all.length }) - 1;
      this.#numbers.set(place, number);
      return number;
    }
    if (life && local.origin) this.#sample(this.all[known] as Local, local.origin);
    return known;
  }

  #memory({ machine, origin }: Nameless, life: Life | undefined): string {
    if (!life) return "down";
    if (this.#isByHistory(machine)) return `after ${origin?.event} in ${origin?.local.number}`;
    const { fields, isOpaque } = life.snapshot;
    if (!isOpaque) return JSON.stringify(fields);
    const why = `an object of ${life.className} holds what cannot be compared, such as a function`;
    throw new HiddenState(life.className, why);
  }

  /** Some of the merges: all of the first ones, one in 16 of the later ones. */
  #sample(local: Local, { local: from, event }: Origin): void {
    const nth = this.#mergeCount++;
    if ((nth < 256 || nth % 16 === 0) && this.merges.length < mostMerges)
      this.merges.push({ local, from, event });
  }

  #keep(local: Local, life: Life): void {
    this.#lives.set(local, life);
    if (this.#lives.size <= mostLives) return;
    const [oldest] = this.#lives.keys();
    this.#lives.delete(oldest as Local);
  }
}

const nothing = { inApp: false, from: undefined, message: undefined, timer: undefined };

type Nameless = Omit<Local, "number" | "key">;

const nowhere: Transition = { outcomes: [], fault: undefined };

/** The order of cells counts, as that of fields does: a node can see it. */
function diskKey({ safe, unsynced }: Nameless): string {
  return JSON.stringify([[...safe.cells], safe.first, safe.entries, unsynced]);
}

function isSame(a: Outcome, b: Outcome): boolean {
  return a.local === b.local && a.addition === b.addition;
}
