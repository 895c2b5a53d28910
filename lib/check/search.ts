import { Misuse } from "#lib/sim";
import type { Calls } from "./calls.ts";
import { KeySet } from "./key-set.ts";
import { anyOutput, type Transitions } from "./transitions.ts";

/**
 * Looks for an order of calls in which each answer is the one that the model gives: depth first, trying the calls that
 * may come next, and never going on twice from one configuration (which calls are placed, and the state after them).
 * After Wing and Gong, "Testing and Verifying Concurrent Objects" (1993), and Lowe, "Testing for linearizability" (2017).
 *
 * The first call without a place in the order of the responses is the *base*. What is invoked after the base's response
 * must wait for it; what is invoked before it may come next. So the calls placed so far are those before the base, and
 * some of the few that overlap its response: a configuration is (base, state, a bit for each slot), however long the
 * history is.
 *
 * Four rules keep the search small. Each leaves out only orders that have an equally good one among the others:
 * - A read that is right in this state comes now: it changes nothing, so waiting for it can help no other call.
 * - Among calls with the same input and answer, the one with the earliest response comes first.
 * - An optional call comes only where it changes the state.
 * - After an optional call comes one that notices it, by its answer or by what it makes of the state.
 */
export class Search<Input, Output, State> {
  /** How many calls were tried at some place. */
  steps = 0;
  /** The first call, by response, that found no place; all before it can be placed. */
  stuckAt = 0;
  /** What the model would have answered to that call, in each order of those before it: numbers of outputs. */
  readonly expected = new Set<number>();

  readonly #calls: Calls;
  readonly #transitions: Transitions<Input, Output, State>;
  readonly #visited: KeySet;
  readonly #hasTwins: Uint8Array;
  // The calls that may come next, in two rings by position: those that can change the state, and those that only read.
  readonly #after: Int32Array;
  readonly #before: Int32Array;
  readonly #effects: number;
  readonly #reads: number;
  // What is placed, and how it was before each placing.
  readonly #order: Int32Array;
  readonly #states: Int32Array;
  readonly #bases: Int32Array;
  readonly #enteredCounts: Int32Array;
  readonly #isForced: Uint8Array;
  #depth = 0;
  readonly #isPlaced: Uint8Array;
  /** A bit for each slot: whether its call is placed, though the base is not. */
  readonly #ahead: Int32Array;
  #state = 0;
  #base = 0;
  #enteredCount = 0;
  /** The next call to try here; `#effects` when all were tried. */
  #cursor = 0;
  #begun = false;

  constructor(calls: Calls, transitions: Transitions<Input, Output, State>) {
    const { count, slotCount } = calls;
    this.#calls = calls;
    this.#transitions = transitions;
    this.#ahead = new Int32Array((slotCount + 31) >> 5);
    this.#visited = new KeySet(2 + this.#ahead.length);
    this.#hasTwins = twins(calls.inputs);
    this.#effects = count;
    this.#reads = count + 1;
    this.#after = new Int32Array(count + 2);
    this.#before = new Int32Array(count + 2);
    for (const ring of [this.#effects, this.#reads]) this.#after[ring] = this.#before[ring] = ring;
    this.#order = new Int32Array(count);
    this.#states = new Int32Array(count);
    this.#bases = new Int32Array(count);
    this.#enteredCounts = new Int32Array(count);
    this.#isForced = new Uint8Array(count);
    this.#isPlaced = new Uint8Array(count);
  }

  /** Goes on for about so many steps. `undefined`: not decided yet, call again. */
  run(steps: number): boolean | undefined {
    const limit = this.steps + steps;
    if (!this.#begun) {
      this.#begun = true;
      this.#enter();
      this.#arrive();
    }
    while (this.#base < this.#calls.mustCount) {
      if (this.steps >= limit) return undefined;
      const call = this.#cursor;
      if (call === this.#effects) {
        if (!this.#goBack()) return false;
        continue;
      }
      this.#cursor = this.#after[call] as number;
      if (!this.#mayComeNow(call)) continue;
      this.#place(call, this.#next(this.#state, call), 0);
      this.#arrive();
    }
    return true;
  }

  /** The state after the calls that are placed. */
  get state(): number {
    return this.#state;
  }

  #mayComeNow(call: number): boolean {
    this.steps++;
    if (!this.#isRight(this.#state, call)) return false;
    const next = this.#next(this.#state, call);
    if (call >= this.#calls.mustCount && next === this.#state) return false;
    if (this.#hasTwins[call] && this.#hasTwinBefore(call)) return false;
    return !this.#ignoresLast(call, next);
  }

  #isRight(state: number, call: number): boolean {
    const given = this.#calls.outputs[call] as number;
    if (given === anyOutput) return true;
    const expected = this.#transitions.output(state, this.#calls.inputs[call] as number);
    return expected === given || expected === anyOutput;
  }

  #next(state: number, call: number): number {
    return this.#transitions.next(state, this.#calls.inputs[call] as number);
  }

  /** Whether an earlier call with the same input is right here too, and `call` would be wherever that one is. */
  #hasTwinBefore(call: number): boolean {
    const { inputs, outputs } = this.#calls;
    const [input, given] = [inputs[call], outputs[call]];
    let other = this.#after[this.#effects] as number;
    for (; other !== call; other = this.#after[other] as number) {
      if (inputs[other] !== input || (given !== anyOutput && outputs[other] !== given)) continue;
      if (this.#isRight(this.#state, other)) return true;
    }
    return false;
  }

  /** Whether the last call was optional, and `call` would be right and lead to the same state without it. */
  #ignoresLast(call: number, next: number): boolean {
    const last = this.#depth - 1;
    if (last < 0 || (this.#order[last] as number) < this.#calls.mustCount) return false;
    const state = this.#states[last] as number;
    return this.#isRight(state, call) && this.#next(state, call) === next;
  }

  /** At a new configuration: places the reads that are right, and turns back where the search has been before. */
  #arrive(): void {
    this.#placeReads();
    if (this.#base === this.stuckAt && this.#base < this.#calls.mustCount) this.#noteExpected();
    const { key } = this.#visited;
    key[0] = this.#base;
    key[1] = this.#state;
    for (let i = 0; i < this.#ahead.length; i++) key[i + 2] = this.#ahead[i] as number;
    this.#cursor = this.#visited.add() ? (this.#after[this.#effects] as number) : this.#effects;
  }

  #placeReads(): void {
    let call = this.#after[this.#reads] as number;
    while (call !== this.#reads) {
      this.steps++;
      let following = this.#after[call] as number;
      if (this.#isRight(this.#state, call)) {
        if (this.#next(this.#state, call) !== this.#state) throw this.#changesState(call);
        const enteredCount = this.#enteredCount;
        this.#place(call, this.#state, 1);
        // What has come in may stand anywhere in the ring.
        if (enteredCount < this.#enteredCount) following = this.#after[this.#reads] as number;
      }
      call = following;
    }
  }

  #noteExpected(): void {
    if (this.#isRight(this.#state, this.#base)) return;
    this.expected.add(this.#transitions.output(this.#state, this.#calls.inputs[this.#base] as number));
  }

  #place(call: number, next: number, isForced: 0 | 1): void {
    const depth = this.#depth++;
    this.#order[depth] = call;
    this.#states[depth] = this.#state;
    this.#bases[depth] = this.#base;
    this.#enteredCounts[depth] = this.#enteredCount;
    this.#isForced[depth] = isForced;
    this.#state = next;
    this.#unlink(call);
    this.#isPlaced[call] = 1;
    this.#flip(call);
    if (call !== this.#base) return;
    // What lies before the base is placed, and needs no bit.
    while (this.#isPlaced[this.#base] && this.#base < this.#calls.mustCount) this.#flip(this.#base++);
    if (this.#base > this.stuckAt) {
      this.stuckAt = this.#base;
      this.expected.clear();
    }
    this.#enter();
  }

  /** Takes back the last call, and those that were forced after it. False if there is none. */
  #goBack(): boolean {
    while (this.#depth > 0) {
      const depth = --this.#depth;
      const call = this.#order[depth] as number;
      while (this.#enteredCount > (this.#enteredCounts[depth] as number)) {
        this.#unlink(this.#calls.byInvocation[--this.#enteredCount] as number);
      }
      while (this.#base > (this.#bases[depth] as number)) this.#flip(--this.#base);
      this.#flip(call);
      this.#isPlaced[call] = 0;
      this.#after[this.#before[call] as number] = call;
      this.#before[this.#after[call] as number] = call;
      this.#state = this.#states[depth] as number;
      if (this.#isForced[depth]) continue;
      this.#cursor = this.#after[call] as number;
      return true;
    }
    return false;
  }

  /** Lets in the calls that were invoked before the base's response. */
  #enter(): void {
    const { byInvocation, count, invoked, mustCount, readOnly, returned } = this.#calls;
    const horizon = this.#base < mustCount ? (returned[this.#base] as number) : Number.NEGATIVE_INFINITY;
    for (; this.#enteredCount < count; this.#enteredCount++) {
      const call = byInvocation[this.#enteredCount] as number;
      if ((invoked[call] as number) > horizon) return;
      const ring = readOnly[call] ? this.#reads : this.#effects;
      let before = this.#before[ring] as number;
      if (before !== ring && before > call) {
        before = ring;
        while ((this.#after[before] as number) < call) before = this.#after[before] as number;
      }
      const after = this.#after[before] as number;
      this.#before[call] = before;
      this.#after[call] = after;
      this.#after[before] = call;
      this.#before[after] = call;
    }
  }

  #unlink(call: number): void {
    const [before, after] = [this.#before[call] as number, this.#after[call] as number];
    this.#after[before] = after;
    this.#before[after] = before;
  }

  #flip(call: number): void {
    const slot = this.#calls.slots[call] as number;
    const word = slot >> 5;
    this.#ahead[word] = (this.#ahead[word] as number) ^ (1 << (slot & 31));
  }

  #changesState(call: number): Misuse {
    const { model } = this.#transitions;
    return new Misuse(
      `The model "${model.name}" says that ${this.#transitions.textOfInput(this.#calls.inputs[call] as number)} is read-only, but its step changes ${this.#transitions.textOfState(this.#state)}: isReadOnly is for what changes no state at all`,
    );
  }
}

/** Marks the calls whose input another one has too. */
function twins(inputs: Int32Array): Uint8Array {
  const counts = new Map<number, number>();
  for (const input of inputs) counts.set(input, (counts.get(input) ?? 0) + 1);
  return Uint8Array.from(inputs, (input) => ((counts.get(input) as number) > 1 ? 1 : 0));
}
