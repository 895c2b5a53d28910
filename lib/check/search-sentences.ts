import type { Operation } from "#lib/history";
import type { Model } from "./model.ts";
import type { Witness } from "./verdict.ts";

/** How many operations a sentence names. */
export const toldAtMost = 5;

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
   * @param causes operations with which what it did answer has no order
   * @param state the object's after the causes, if the right answer follows from it
   */
  witness(
    culprit: Operation<Input, Output>,
    expected: readonly Output[],
    causes: readonly Operation<Input, Output>[],
    state?: State,
  ): Witness {
    const { process, input, output, returnedMs } = culprit;
    const given = output === undefined ? "nothing" : this.#output(output);
    const gave = `${process}'s ${this.#input(input)} gave ${given} at ${returnedMs} ms`;
    const possible = either(expected.map((it) => this.#output(it)).sort());
    const operations = [culprit, ...causes].map((it) => it.id).sort((a, b) => a - b);
    const text = `${gave}, but in every order that fits the times it gives ${possible}`;
    if (causes.length === 0) return { text, operations };
    const why = this.#list(causes);
    if (state !== undefined) return { text: `${text}, because of ${why}${this.#after(state)}`, operations };
    return { text: `${text}; that it cannot give ${given} is clear from ${why} alone`, operations };
  }

  #list(causes: readonly Operation<Input, Output>[]): string {
    const inOrder = [...causes].sort((a, b) => a.invokedAt - b.invokedAt);
    const texts = inOrder.slice(-toldAtMost).map((it) => this.#operation(it));
    const left = inOrder.length - texts.length;
    if (left > 0) texts.unshift(left === 1 ? "one earlier operation" : `${left} earlier operations`);
    return list(texts);
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
