import type { Operation } from "#lib/history";
import { layOut, positions } from "./calls.ts";
import { identity } from "./identity.ts";
import { minimal } from "./minimal.ts";
import { Search } from "./search.ts";
import { SearchSentences, toldAtMost } from "./search-sentences.ts";
import type { Transitions } from "./transitions.ts";
import type { Witness } from "./verdict.ts";

/** What the search found about the first operation, by response, that has no place. */
export interface Stuck<Input, Output> {
  readonly culprit: Operation<Input, Output>;
  /** What it could have answered, in all orders of those that had returned before. */
  readonly expected: readonly Output[];
}

const stepsInAll = 200_000;
const stepsForOne = 10_000;

/**
 * Finds a few operations that already have no order, and says what is wrong with them. They stay refused whatever the
 * others did: of those, the ones that changed nothing may be left out, and the rest may happen at any time after their
 * invocation, or never. With less freedom there are fewer orders, not more.
 */
export class WitnessSearch<Input, Output, State> {
  readonly #transitions: Transitions<Input, Output, State>;
  readonly #key: string | undefined;
  #stepsLeft = stepsInAll;

  constructor(transitions: Transitions<Input, Output, State>, key: string | undefined) {
    this.#transitions = transitions;
    this.#key = key;
  }

  find(part: readonly Operation<Input, Output>[], { culprit, expected }: Stuck<Input, Output>): Witness {
    const end = culprit.returnedAt as number;
    // What was invoked later cannot have come before, and what returned later was under way.
    const begun = part.filter((it) => it.invokedAt <= end);
    const isDone = ({ outcome, returnedAt }: Operation<Input, Output>) =>
      outcome === "ok" && (returnedAt as number) <= end;
    const done = begun.filter((it) => isDone(it) && it !== culprit);
    const underWay = begun.filter((it) => !isDone(it) && !this.#changesNothing(it));
    const effects = done.filter((it) => !this.#changesNothing(it));
    const reads = minimal(
      done.filter((it) => this.#changesNothing(it)),
      (kept) => this.#tried([...kept, ...effects, culprit], underWay, false),
    );
    const kept = minimal(effects, (kept) =>
      this.#tried([...reads, ...kept, culprit], [...underWay, ...others(effects, kept)], false),
    );
    const needed = [...reads, ...kept];
    const causes = [...needed, ...this.#sources(needed, [...underWay, ...others(effects, kept)])];
    const sentences = new SearchSentences(this.#transitions.model, this.#key);
    // A state from which the right answer follows says most; where there are few operations, all may be told for it.
    const all = [...causes, ...others(effects, causes)];
    for (const told of all.length > toldAtMost ? [causes] : [causes, all]) {
      const state = this.#stateAfter(told);
      if (state !== undefined && this.#follows(expected, state, culprit)) {
        return sentences.witness(culprit, expected, told, state);
      }
    }
    return sentences.witness(culprit, expected, causes);
  }

  /** The fewest of the others without which those that are needed have no order even without the culprit. */
  #sources(
    needed: readonly Operation<Input, Output>[],
    among: readonly Operation<Input, Output>[],
  ): readonly Operation<Input, Output>[] {
    const sources = minimal(among, (kept) => this.#tried(needed, kept, true));
    return this.#stepsLeft > 0 ? sources : [];
  }

  #stateAfter(operations: readonly Operation<Input, Output>[]): State | undefined {
    const must = operations.filter((it) => it.outcome === "ok");
    const search = this.#search(must, others(operations, must));
    const isFound = search.run(stepsForOne + 4 * operations.length);
    return isFound ? this.#transitions.state(search.state) : undefined;
  }

  /** Whether the culprit's one right answer is the one that the model gives in this state. */
  #follows(expected: readonly Output[], state: State, { input }: Operation<Input, Output>): boolean {
    const { output } = this.#transitions.model.step(state, input);
    return expected.length === 1 && identity(output) === identity(expected[0]);
  }

  /** Whether this is what a search finds. One that takes long is no; undefined when there are no steps left. */
  #tried(
    must: readonly Operation<Input, Output>[],
    may: readonly Operation<Input, Output>[],
    wanted: boolean,
  ): boolean | undefined {
    if (this.#stepsLeft <= 0) return undefined;
    const count = must.length + may.length;
    const search = this.#search(must, may);
    const found = search.run(stepsForOne + 4 * count);
    // Laying the operations out costs something too.
    this.#stepsLeft -= search.steps + count;
    return found === wanted;
  }

  #search(must: readonly Operation<Input, Output>[], may: readonly Operation<Input, Output>[]) {
    const calls = layOut(positions(must, may), must.length, this.#transitions);
    return new Search(calls, this.#transitions);
  }

  #changesNothing({ input, outcome, output }: Operation<Input, Output>): boolean {
    return this.#transitions.model.isReadOnly?.(input, outcome === "ok" ? output : undefined) ?? false;
  }
}

function others<T>(all: readonly T[], kept: readonly T[]): T[] {
  const set = new Set(kept);
  return all.filter((it) => !set.has(it));
}
