import type { Operation } from "#lib/history";
import { Misuse } from "#lib/sim";
import { layOut, positions } from "./calls.ts";
import type { Model } from "./model.ts";
import { Search } from "./search.ts";
import { WitnessSearch } from "./search-witness.ts";
import { Transitions } from "./transitions.ts";
import type { Verdict, Witness } from "./verdict.ts";
import { zones } from "./zones.ts";

export interface LinearizableOptions {
  /**
   * How many steps the search may take over all parts of the object, 10,000,000 unless told: some seconds, and some
   * hundred megabytes. A step tries one operation at one place.
   */
  readonly budget?: number;
}

const defaultBudget = 10_000_000;
const firstSlice = 1000;

/**
 * Whether some order of the operations explains every answer: each operation happens at one moment between its
 * invocation and its response, and the object does what the model says (Herlihy and Wing, "Linearizability", 1990).
 * What has failed did not happen; what nobody knows may have happened at any time after its invocation, or never.
 *
 * Takes n log n steps for a register whose written values all differ. For everything else the worst case is
 * exponential in how many operations overlap (Gibbons and Korach, 1997), so the search has a budget.
 *
 * Throws Misuse if the operations or the model are no such thing.
 */
export function linearizable<Input, Output, State>(
  operations: readonly Operation<Input, Output>[],
  model: Model<Input, Output, State>,
  { budget = defaultBudget }: LinearizableOptions = {},
): Verdict {
  if (!(budget >= 1))
    throw new Misuse(`linearizable was given a budget of ${budget}: give the number of steps, at least 1`);
  const searches: PartSearch<Input, Output, State>[] = [];
  for (const [key, part] of partsOf(operations, model)) {
    const verdict = zones(part, model, key, operations);
    if (verdict === undefined) searches.push(new PartSearch(part, model, key));
    else if (verdict.ok === false) return verdict;
  }
  return searchAll(searches, budget);
}

/**
 * Gives each part a turn, the small ones first, and twice as long a turn the next time: one part that explodes must not
 * keep the others from being found wrong.
 */
function searchAll<Input, Output, State>(
  searches: PartSearch<Input, Output, State>[],
  budget: number,
): Verdict {
  let open = searches.sort((a, b) => a.part.length - b.part.length);
  let left = budget;
  for (let slice = firstSlice; open.length > 0; slice *= 2) {
    const undecided: PartSearch<Input, Output, State>[] = [];
    for (const it of open) {
      const before = it.search.steps;
      const found = it.search.run(Math.min(slice, left));
      left -= it.search.steps - before;
      if (found === false) return { ok: false, witness: it.explain() };
      if (found === true) continue;
      if (left <= 0) return { ok: "unknown", why: it.whyUnknown(budget) };
      undecided.push(it);
    }
    open = undecided;
  }
  return { ok: true };
}

class PartSearch<Input, Output, State> {
  readonly part: readonly Operation<Input, Output>[];
  readonly search: Search<Input, Output, State>;
  readonly #key: string | undefined;
  readonly #slotCount: number;
  readonly #transitions: Transitions<Input, Output, State>;

  constructor(
    part: readonly Operation<Input, Output>[],
    model: Model<Input, Output, State>,
    key: string | undefined,
  ) {
    const must = part.filter((it) => it.outcome === "ok");
    const may = part.filter((it) => it.outcome !== "ok" && !model.isReadOnly?.(it.input, undefined));
    this.part = positions(must, may);
    this.#key = key;
    this.#transitions = new Transitions(model);
    const calls = layOut(this.part, must.length, this.#transitions);
    this.#slotCount = calls.slotCount;
    this.search = new Search(calls, this.#transitions);
  }

  explain(): Witness {
    const culprit = this.part[this.search.stuckAt] as Operation<Input, Output>;
    const expected = [...this.search.expected].map((it) => this.#transitions.outputOf(it));
    return new WitnessSearch(this.#transitions, this.#key).find(this.part, { culprit, expected });
  }

  whyUnknown(budget: number): string {
    const where = this.#key === undefined ? "" : ` in key ${this.#key}`;
    return `not decided after ${grouped(budget)} steps${where}, with ${grouped(this.part.length)} operations, of which up to ${grouped(this.#slotCount)} are open at once`;
  }
}

function partsOf<Input, Output, State>(
  operations: readonly Operation<Input, Output>[],
  model: Model<Input, Output, State>,
): Map<string | undefined, Operation<Input, Output>[]> {
  const parts = new Map<string | undefined, Operation<Input, Output>[]>();
  for (const operation of operations) {
    refuseImpossible(operation);
    if (operation.outcome === "fail") continue;
    const key = model.keyOf?.(operation.input);
    if (model.keyOf && typeof key !== "string") {
      throw new Misuse(
        `The model "${model.name}" gave ${String(key)} as the key of operation ${operation.id}: keyOf gives a text for each input`,
      );
    }
    const part = parts.get(key);
    if (part) part.push(operation);
    else parts.set(key, [operation]);
  }
  return parts;
}

function refuseImpossible({ id, outcome, invokedAt, returnedAt }: Operation<unknown, unknown>): void {
  if (outcome !== "ok") return;
  // Also false where a place is missing.
  if ((returnedAt as number) >= invokedAt) return;
  throw new Misuse(
    `Operation ${id} is ok, invoked at place ${invokedAt} and returned at place ${returnedAt}: a response comes after its invocation, so let a History number them`,
  );
}

/** 10000000 as "10,000,000". */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
