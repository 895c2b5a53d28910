import { canonical, Misuse, type NodeId } from "#lib/sim";
import type { Budget } from "./options.ts";

/** Where in the number of what is spent a budget stands. */
export interface Cost {
  readonly weight: number;
  readonly most: number;
}

/**
 * What a path has spent of each budget, as digits of one number: a budget of 2 crashes is a digit of 0, 1 or 2. A thing that a
 * node may be asked once is a budget of 1.
 */
export class Budgets {
  readonly #budgets: readonly Budget[];
  readonly #costs: readonly Cost[];
  readonly #asks: readonly (readonly Cost[])[];

  constructor(budgets: readonly Budget[], askCount: number) {
    let weight = 1;
    const costOf = (most: number): Cost => {
      const cost = { weight, most };
      weight *= most + 1;
      return cost;
    };
    for (const budget of budgets) {
      const most = "crashes" in budget ? budget.crashes : budget.timers;
      if (!Number.isInteger(most) || most < 0) {
        throw new Misuse(`A budget is a whole number, 0 or more, and ${canonical(most)} is not`);
      }
    }
    this.#budgets = budgets;
    // The asks come first: a staged search keeps what was asked, and counts the rest anew.
    this.#asks = Array.from({ length: askCount }, () => [costOf(1)]);
    this.askRange = weight;
    this.#costs = budgets.map((budget) => costOf("crashes" in budget ? budget.crashes : budget.timers));
    if (weight >= 2 ** 31) {
      throw new Misuse("The budgets and asks have too many combinations: give fewer or smaller ones");
    }
  }

  /** What is spent on asks alone is below this. */
  readonly askRange: number;

  /** What is spent after paying; −1 if that is more than there is. */
  pay(spent: number, costs: readonly Cost[]): number {
    let sum = spent;
    for (let i = 0; i < costs.length; i++) {
      const { weight, most } = costs[i] as Cost;
      if (Math.floor(spent / weight) % (most + 1) >= most) return -1;
      sum += weight;
    }
    return sum;
  }

  /** Undefined if this node never crashes. */
  crash(node: NodeId): readonly Cost[] | undefined {
    const costs = this.#costs.filter((_, i) => {
      const budget = this.#budgets[i] as Budget;
      return "crashes" in budget && (budget.node ?? node) === node;
    });
    return costs.length > 0 && costs.every(({ most }) => most > 0) ? costs : undefined;
  }

  timer(node: NodeId, timer: unknown): readonly Cost[] {
    const kind = kindOf(timer);
    return this.#costs.filter((_, i) => {
      const budget = this.#budgets[i] as Budget;
      return "timers" in budget && (budget.node ?? node) === node && (budget.kind ?? kind) === kind;
    });
  }

  ask(nth: number): readonly Cost[] {
    return this.#asks[nth] as readonly Cost[];
  }
}

function kindOf(timer: unknown): string {
  if (typeof timer === "string") return timer;
  const type = (timer as { type?: unknown } | null)?.type;
  return typeof type === "string" ? type : canonical(timer);
}

/** The budgets in words: "1 crash, 2 timers of kind election on n1". */
export function inWords(budgets: readonly Budget[]): string {
  const words = budgets.map((budget) => {
    const on = budget.node === undefined ? "" : ` on ${budget.node}`;
    if ("crashes" in budget) return `${count(budget.crashes, "crash", "crashes")}${on}`;
    const kind = budget.kind === undefined ? "" : ` of kind ${budget.kind}`;
    return `${count(budget.timers, "timer", "timers")}${kind}${on}`;
  });
  if (!budgets.some((budget) => "crashes" in budget)) words.unshift("no crash");
  if (!budgets.some((budget) => "timers" in budget)) words.push("any number of timers");
  return words.join(", ");
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
