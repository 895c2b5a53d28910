import type { Budgets, Cost } from "./budgets.ts";
import { type Catalogue, crash, start } from "./catalogue.ts";
import type { Happened } from "./happened.ts";
import type { Machine } from "./life.ts";
import type { Local, Outcome, Transition } from "./local.ts";
import type { Locals } from "./locals.ts";
import type { Step } from "./options.ts";

/** Told of each step from a state that leads to another one. */
export interface Visitor {
  /** `row` is the state behind the step; it is used again for the next one. True: enough. */
  step(node: number, event: number, outcome: Outcome, row: Int32Array): boolean;
  /** The step is wrong by itself. True: enough. */
  refused(node: number, event: number, outcome: Outcome | undefined): boolean;
}

/**
 * All states of a configuration, and the steps between them. A state is a row of numbers: the local state of each node, the set
 * of what has happened, and what was spent.
 */
export class Space {
  readonly machines: readonly Machine[];
  readonly catalogue: Catalogue;
  readonly happened: Happened;
  readonly locals: Locals;
  /** How many numbers a state has. */
  readonly width: number;
  /** Steps, with those that lead from a state to itself. */
  stepCount = 0;
  /** False: nothing is counted, and everything may crash. */
  isOnBudget = true;
  readonly #budgets: Budgets;
  /** By node: what it may be asked, as things, and the place of the first among all asks. */
  readonly #asks: readonly { readonly things: readonly number[]; readonly first: number }[];
  /** What a crash costs, by node; undefined: it never crashes. */
  readonly #crashCosts: readonly (readonly Cost[] | undefined)[];
  /** What a timer costs, by node and by its number. */
  readonly #timerCostsOf: (readonly Cost[] | undefined)[][];
  readonly #row: Int32Array;

  constructor(
    machines: readonly Machine[],
    catalogue: Catalogue,
    happened: Happened,
    locals: Locals,
    budgets: Budgets,
    asks: readonly (readonly number[])[],
  ) {
    this.machines = machines;
    this.catalogue = catalogue;
    this.happened = happened;
    this.locals = locals;
    this.#budgets = budgets;
    this.width = machines.length + 2;
    this.#row = new Int32Array(this.width);
    this.#crashCosts = machines.map(({ id }) => budgets.crash(id));
    this.#timerCostsOf = machines.map(() => []);
    let first = 0;
    this.#asks = asks.map((things) => {
      first += things.length;
      return { things, first: first - things.length };
    });
  }

  /** Nobody has started yet. */
  get origin(): Int32Array {
    return Int32Array.from([...this.machines.map((machine) => this.locals.unborn(machine)), 0, 0]);
  }

  /** A state with the budgets as they were at first. */
  refreshed(row: Int32Array, forgetsMessages: boolean): Int32Array {
    const fresh = row.slice();
    const [set, spent] = [this.width - 2, this.width - 1];
    fresh[spent] = (row[spent] as number) % this.#budgets.askRange;
    if (forgetsMessages) {
      const kept = this.happened
        .thingsOf(row[set] as number)
        .filter((thing) => (this.catalogue.receivers[thing] as number) < 0);
      fresh[set] = this.happened.setOf(kept);
    }
    return fresh;
  }

  /** What a node may be asked, as things. */
  asksOf(node: number): readonly number[] {
    return this.#asks[node]?.things ?? [];
  }

  /** Shows the visitor every step from a state. */
  expand(cells: Int32Array, at: number, visitor: Visitor): void {
    const row = this.#row;
    for (let i = 0; i < this.width; i++) row[i] = cells[at + i] as number;
    const count = this.machines.length;
    // First all start, in their order: none of them can have heard of another one.
    for (let node = 0; node < count; node++) {
      if ((this.locals.all[row[node] as number] as Local).hasLived) continue;
      this.#take(node, start, row[count + 1] as number, visitor);
      return;
    }
    for (let node = 0; node < count; node++) if (this.#expandNode(node, visitor)) return;
  }

  #expandNode(node: number, visitor: Visitor): boolean {
    const row = this.#row;
    const count = this.machines.length;
    const spent = row[count + 1] as number;
    const local = this.locals.all[row[node] as number] as Local;
    if (!local.isUp) return this.#take(node, start, spent, visitor);
    const { happened, catalogue } = this;
    const set = row[count] as number;
    const end = happened.end(set);
    const { receivers } = catalogue;
    for (let i = happened.start(set); i < end; i++) {
      const thing = happened.cells[i] as number;
      if (receivers[thing] === node && this.#take(node, thing, spent, visitor)) return true;
    }
    if (local.inbox.length > 0 && this.#take(node, local.inbox[0] as number, spent, visitor)) return true;
    for (const timer of local.timers) {
      const paid = this.isOnBudget ? this.#budgets.pay(spent, this.#timerCosts(node, timer)) : spent;
      if (paid >= 0 && this.#take(node, timer, paid, visitor)) return true;
    }
    const asks = this.#asks[node] as { things: readonly number[]; first: number };
    for (let i = 0; i < asks.things.length; i++) {
      const paid = this.#budgets.pay(spent, this.#budgets.ask(asks.first + i));
      if (paid >= 0 && this.#take(node, asks.things[i] as number, paid, visitor)) return true;
    }
    return local.machine.canCrash && this.#take(node, crash, spent, visitor);
  }

  #timerCosts(node: number, timer: number): readonly Cost[] {
    const known = this.#timerCostsOf[node] as (readonly Cost[] | undefined)[];
    let costs = known[timer];
    if (!costs) {
      const thing = this.catalogue.things[timer] as { readonly timer: unknown };
      known[timer] = costs = this.#budgets.timer((this.machines[node] as Machine).id, thing.timer);
    }
    return costs;
  }

  /** Takes one step in all its outcomes. True if that was enough. */
  #take(node: number, event: number, spent: number, visitor: Visitor): boolean {
    const row = this.#row;
    const count = this.machines.length;
    const before = row[node] as number;
    const [set, spentBefore] = [row[count] as number, row[count + 1] as number];
    const { outcomes, fault }: Transition = this.locals.transition(before, event);
    if (fault) return visitor.refused(node, event, undefined);
    let paid = spent;
    for (let i = 0; i < outcomes.length; i++) {
      const outcome = outcomes[i] as Outcome;
      if (outcome.crashAfter >= 0 && paid === spent && this.isOnBudget) {
        const costs = this.#crashCosts[node];
        paid = costs ? this.#budgets.pay(spent, costs) : -1;
        if (paid < 0) return false;
      }
      const sum = this.happened.add(set, outcome.addition);
      this.stepCount++;
      if (sum < 0) {
        if (visitor.refused(node, event, outcome)) return true;
        continue;
      }
      // What costs something and changes nothing else leads to no state that is worth more than this one.
      if (outcome.local === before && sum === set) continue;
      row[node] = outcome.local;
      row[count] = sum;
      row[count + 1] = paid;
      const isEnough = visitor.step(node, event, outcome, row);
      row[node] = before;
      row[count] = set;
      row[count + 1] = spentBefore;
      if (isEnough) return true;
    }
    return false;
  }
}

/** A step, for people and for replaying it. */
export function stepOf({ machines, catalogue }: Space, node: number, event: number, outcome?: Outcome): Step {
  const { id } = machines[node] as Machine;
  const thing = catalogue.things[event];
  const crashes =
    outcome && outcome.crashAfter >= 0
      ? { ...(event !== crash && { crashAfter: outcome.crashAfter }), survivors: outcome.survivors }
      : {};
  switch (thing?.kind) {
    case "message":
      return { kind: "message", node: id, from: thing.from, message: thing.message, ...crashes };
    case "ask":
      return { kind: "ask", node: id, from: thing.from, message: thing.message, ...crashes };
    case "timer":
      return { kind: "timer", node: id, timer: thing.timer, ...crashes };
    default:
      return { kind: event === crash ? "crash" : "start", node: id, ...crashes };
  }
}
