import { canonical } from "#lib/sim";
import { formatValue } from "#lib/trace";

/** A promise of the exercise that was not kept. The message is for the learner. */
export class Broken extends Error {
  override readonly name = "Broken";
  /** The promise, as a sentence, if the message is about one run. */
  readonly claim: string | undefined;
  /** What happened, a line an event. */
  readonly story: readonly string[] | undefined;
  /** The run again, from one line. */
  readonly replay: string | undefined;

  constructor(
    message: string,
    run: { readonly claim?: string; readonly story?: readonly string[]; readonly replay?: string } = {},
  ) {
    super(message);
    this.claim = run.claim;
    this.story = run.story;
    this.replay = run.replay;
  }
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
