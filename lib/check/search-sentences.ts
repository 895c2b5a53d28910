import type { Operation } from "#lib/history";
import { canonical } from "#lib/sim";
import type { Model } from "./model.ts";
import type { Witness } from "./verdict.ts";

const namedAtMost = 5;

/** Says why an operation has no place among others. */
export class SearchSentences<Input, Output, State> {
  readonly #model: Model<Input, Output, State>;
  readonly #key: string | undefined;

  constructor(model: Model<Input, Output, State>, key: string | undefined) {
    this.#model = model;
    this.#key = key;
  }

  /**
   * @param expected what the culprit could have answered
   * @param causes the operations because of which that is so
   * @param state the object's after the causes, if they have an order
   */
  witness(
    culprit: Operation<Input, Output>,
    expected: readonly Output[],
    causes: readonly Operation<Input, Output>[],
    state: State | undefined,
  ): Witness {
    const inOrder = [...causes].sort((a, b) => a.invokedAt - b.invokedAt);
    const ids = [culprit, ...causes].map((it) => it.id).sort((a, b) => a - b);
    const { process, input, output, returnedMs } = culprit;
    const given = output === undefined ? "nothing" : this.#output(output);
    const gave = `${process}'s ${this.#input(input)} gave ${given} at ${returnedMs} ms`;
    const possible = either(expected.map((it) => this.#output(it)).sort());
    const right = `in every order that fits the times it gives ${possible}`;
    if (inOrder.length === 0) return { text: `${gave}, but ${right}`, operations: ids };
    const left = inOrder.length - namedAtMost;
    const named = inOrder.slice(-namedAtMost).map((it) => this.#operation(it));
    if (left > 0) named.unshift(left === 1 ? "one operation before" : `${left} operations before`);
    const holds = state !== undefined && this.#tells(state, culprit, expected) ? this.#after(state) : "";
    return { text: `${gave}, but ${right}, because of ${list(named)}${holds}`, operations: ids };
  }

  /** Whether this is the state from which the culprit's one right answer follows. */
  #tells(state: State, { input }: Operation<Input, Output>, expected: readonly Output[]): boolean {
    return (
      expected.length === 1 && canonical(this.#model.step(state, input).output) === canonical(expected[0])
    );
  }

  #after(state: State): string {
    const { words, name } = this.#model;
    const text = words?.state?.(state, this.#key ?? "") ?? `the ${name} holds ${JSON.stringify(state)}`;
    return `, after which ${text}`;
  }

  #operation({ process, input, output, outcome, invokedMs, returnedMs }: Operation<Input, Output>): string {
    const asked = `${process}'s ${this.#input(input)}`;
    if (outcome !== "ok") return `${asked} (asked at ${invokedMs} ms, its outcome unknown)`;
    const times = `(${invokedMs} to ${returnedMs} ms)`;
    const tells = output !== undefined && this.#model.step(this.#model.initial, input).output !== undefined;
    return tells ? `${asked} that gave ${this.#output(output)} ${times}` : `${asked} ${times}`;
  }

  #input(input: Input): string {
    return this.#model.words?.input?.(input) ?? JSON.stringify(input);
  }

  #output(output: Output): string {
    return this.#model.words?.output?.(output) ?? JSON.stringify(output);
  }
}

function list(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`;
}

function either(texts: readonly string[]): string {
  const shown = texts.length > 4 ? [...texts.slice(0, 3), `one of ${texts.length - 3} other answers`] : texts;
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} or ${shown.at(-1)}`;
}
