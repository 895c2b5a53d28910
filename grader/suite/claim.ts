import { canonical } from "#lib/sim";
import { formatValue } from "#lib/trace";

/** A promise of the exercise that was not kept. The message is for the learner. */
export class Broken extends Error {
  override readonly name = "Broken";
  /** The promise, as a sentence, if the message is about one run. */
  readonly claim: string | undefined;
  /** The run again, from one line. */
  readonly replay: string | undefined;

  constructor(message: string, run: { readonly claim?: string; readonly replay?: string } = {}) {
    super(message);
    this.claim = run.claim;
    this.replay = run.replay;
  }
}

/** The grader could not find out whether a promise was kept. That is no pass, and nothing that the work can be blamed for. */
export class Undecided extends Error {
  override readonly name = "Undecided";
}

/** Fails with the sentence unless the claim holds. The sentence tells real values, and what should have been. */
export function claim(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Broken(sentence);
}

/** Fails unless two JSON values are equal; the order of the fields of objects does not matter. */
export function same(actual: unknown, expected: unknown, sentence: string): void {
  if (canonical(actual) === canonical(expected)) return;
  throw new Broken(
    `${sentence}: it should be ${formatValue(expected, 300)}, and it is ${formatValue(actual, 300)}`,
  );
}
