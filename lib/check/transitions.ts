import { canonical, Misuse } from "#lib/sim";
import { identity } from "./identity.ts";
import type { Model } from "./model.ts";

/** The output of a step that answers nothing in particular, and of an operation whose answer nobody knows. */
export const anyOutput = -1;

/**
 * The steps of a model, each computed once. States, inputs and outputs are numbered as they appear, equal ones equally,
 * so that a search compares and keeps nothing but numbers.
 */
export class Transitions<Input, Output, State> {
  readonly model: Model<Input, Output, State>;
  readonly #states: State[] = [];
  readonly #inputs: Input[] = [];
  readonly #outputs: Output[] = [];
  readonly #stateNumbers = new Map<unknown, number>();
  readonly #inputNumbers = new Map<unknown, number>();
  readonly #outputNumbers = new Map<unknown, number>();
  // An open-addressing table from states and inputs to next states and outputs. It begins small: most parts are.
  #fromStates = new Int32Array(8).fill(-1);
  #ofInputs = new Int32Array(8);
  #nexts = new Int32Array(8);
  #answers = new Int32Array(8);
  #mask = 7;
  #size = 0;

  constructor(model: Model<Input, Output, State>) {
    this.model = model;
    this.#state(model.initial);
  }

  /** The initial state is number 0. */
  state(number: number): State {
    return this.#states[number] as State;
  }

  outputOf(number: number): Output {
    return this.#outputs[number] as Output;
  }

  textOfState(number: number): string {
    return canonical(this.#states[number]);
  }

  textOfInput(number: number): string {
    return canonical(this.#inputs[number]);
  }

  numberOfInput(input: Input): number {
    return numbered(this.#inputNumbers, identity(input), this.#inputs, input);
  }

  numberOfOutput(output: Output): number {
    return numbered(this.#outputNumbers, identity(output), this.#outputs, output);
  }

  /** The state after an input. */
  next(state: number, input: number): number {
    const found = this.#find(state, input);
    return this.#nexts[found] as number;
  }

  /** What the model answers to an input, or `anyOutput`. */
  output(state: number, input: number): number {
    const found = this.#find(state, input);
    return this.#answers[found] as number;
  }

  #find(state: number, input: number): number {
    let place = hashed(state, input) & this.#mask;
    for (;;) {
      const from = this.#fromStates[place];
      if (from === state && this.#ofInputs[place] === input) return place;
      if (from === -1) return this.#compute(state, input);
      place = (place + 1) & this.#mask;
    }
  }

  #compute(state: number, input: number): number {
    const { model } = this;
    const before = this.#states[state] as State;
    const step = model.step(before, this.#inputs[input] as Input);
    if (typeof step !== "object" || step === null || !("state" in step)) {
      throw new Misuse(
        `The model "${model.name}" gave ${canonical(step)} for ${this.textOfInput(input)}: a step returns { state, output }, and where nothing changes, the state that it was given`,
      );
    }
    if (++this.#size * 2 > this.#mask) this.#grow();
    const place = this.#place(state, input);
    this.#fromStates[place] = state;
    this.#ofInputs[place] = input;
    this.#nexts[place] = step.state === before ? state : this.#state(step.state);
    this.#answers[place] = step.output === undefined ? anyOutput : this.numberOfOutput(step.output);
    return place;
  }

  #state(state: State): number {
    return numbered(this.#stateNumbers, this.model.stateKey?.(state) ?? identity(state), this.#states, state);
  }

  #place(state: number, input: number): number {
    let place = hashed(state, input) & this.#mask;
    while (this.#fromStates[place] !== -1) place = (place + 1) & this.#mask;
    return place;
  }

  #grow(): void {
    const old = {
      states: this.#fromStates,
      inputs: this.#ofInputs,
      nexts: this.#nexts,
      answers: this.#answers,
    };
    const capacity = (this.#mask + 1) * 2;
    this.#mask = capacity - 1;
    this.#fromStates = new Int32Array(capacity).fill(-1);
    this.#ofInputs = new Int32Array(capacity);
    this.#nexts = new Int32Array(capacity);
    this.#answers = new Int32Array(capacity);
    for (let i = 0; i < old.states.length; i++) {
      const state = old.states[i] as number;
      if (state === -1) continue;
      const place = this.#place(state, old.inputs[i] as number);
      this.#fromStates[place] = state;
      this.#ofInputs[place] = old.inputs[i] as number;
      this.#nexts[place] = old.nexts[i] as number;
      this.#answers[place] = old.answers[i] as number;
    }
  }
}

function numbered<T>(numbers: Map<unknown, number>, id: unknown, items: T[], item: T): number {
  let number = numbers.get(id);
  if (number === undefined) {
    number = items.push(item) - 1;
    numbers.set(id, number);
  }
  return number;
}

function hashed(state: number, input: number): number {
  const hash = Math.imul(state, 0x9e3779b1) ^ Math.imul(input, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}
