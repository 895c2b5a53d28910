/** Why a history is wrong: a sentence with real values, and the operations that it is about. */
export interface Witness {
  /** "n2 answered x = 1 at 40 ms although x = 2 was acknowledged at 31 ms". */
  readonly text: string;
  /** The ids of the operations that show it. */
  readonly operations: readonly number[];
}

/**
 * What a checker found. A history that it could not decide on within its budget is unknown, which is never a pass: ask
 * again with a smaller workload, or with a larger budget.
 */
export type Verdict<W extends Witness = Witness> =
  | { readonly ok: true }
  | { readonly ok: false; readonly witness: W }
  | { readonly ok: "unknown"; readonly why: string };
