import type { Json } from "#lib/sim";

/**
 * A sequential specification: what an object does when one client after another uses it, and nobody at the same time.
 * That is all that a checker of linearizability needs to know of it. States are JSON values and are never changed:
 * `step` makes a new one. A lock is a whole model in ten lines:
 *
 * ```ts
 * type Ask = { type: "lock"; client: string } | { type: "unlock"; client: string };
 *
 * const lock: Model<Ask, boolean, string | null> = {
 *   name: "lock",
 *   initial: null,
 *   step(holder, { type, client }) {
 *     if (type === "lock") return holder === null ? { state: client, output: true } : { state: holder, output: false };
 *     return holder === client ? { state: null, output: true } : { state: holder, output: false };
 *   },
 * };
 * ```
 */
export interface Model<Input, Output, State> {
  /** A noun, for sentences: "counter". */
  readonly name: string;
  readonly initial: State;
  /**
   * What one operation makes of a state, and what it answers. Without an `output` any answer will do, as when a put is
   * only acknowledged.
   */
  step(state: State, input: Input): { readonly state: State; readonly output?: Output };
  /**
   * The part of the object that an operation is about, when no operation is about two. Then `initial` and `step` are
   * about one part, and each part is checked by itself: an object is linearizable if and only if its parts are (Herlihy
   * and Wing 1990, section 3.3).
   */
  keyOf?(input: Input): string;
  /**
   * True only if an operation that got this answer has changed nothing, in whatever state it found the object: a read,
   * or a compare-and-swap that was refused. `output` is undefined when nobody knows the answer.
   */
  isReadOnly?(input: Input, output: Output | undefined): boolean;
  /**
   * For an object that is a register: whether this operation reads the value, writes one, or does something else
   * (undefined). A read's output is the value, and a write answers nothing. Histories of nothing but reads and writes, and
   * of values that all differ, are decided much faster.
   */
  asRegister?(input: Input): "read" | { readonly write: Json } | undefined;
  /** A text by which equal states are known, if the canonical JSON of a state is not it, or is slow to make. */
  stateKey?(state: State): string;
  /** How people say it; JSON unless told. */
  readonly words?: Words<Input, Output, State>;
}

export interface Words<Input, Output, State> {
  /** "add 2", as in "c1's add 2". */
  input?(input: Input): string;
  /** "5", as in "gave 5". */
  output?(output: Output): string;
  /** "the counter holds 5", as in "after which the counter holds 5". */
  state?(state: State, key: string): string;
}
