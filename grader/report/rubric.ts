/** One part of a chapter: one test file, one section of the text, one `todo`. */
export interface PartRubric {
  /** "05.2": the part's name in `todo`, in the chapter's headings, and on the command line. */
  readonly part: string;
  readonly title: string;
  /** Divided evenly over the tests. */
  readonly points: number;
  /** A stretch part is counted beside the chapter's points, not in them. */
  readonly stretch?: true;
  /** The file that a learner edits for this part: "hash.ts". */
  readonly file: string;
  /** Other files that belong to the part. */
  readonly also?: readonly string[];
  /** What the part asks for is done all over the chapter's files: a slip may be in any of them. */
  readonly spreads?: true;
  /** The titles of all tests of the part's test file, in their order. A test that is missing from a run has failed. */
  readonly tests: readonly string[];
  /** A question, the idea with its paragraph, and the step in words. */
  readonly hints: readonly [string, string, string];
}

/** What a chapter is worth, and for what: the only place that points come from. */
export interface Rubric {
  /** "05-partitioning": the name of the chapter's folder everywhere. */
  readonly chapter: string;
  readonly title: string;
  readonly parts: readonly PartRubric[];
}

/** Checks a chapter's rubric as it is loaded, so that a slip is told to the author and never to a learner. */
export function rubric(text: Rubric): Rubric {
  const number = text.chapter.slice(0, 2);
  if (!/^\d\d-[a-z0-9-]+$/.test(text.chapter))
    throw new Error(`"${text.chapter}" is not a chapter's name: use NN-slug`);
  const seen = new Set<string>();
  for (const { part, points, tests, hints, file } of text.parts) {
    const slip = (what: string) => new Error(`the rubric of ${text.chapter}: part ${part} ${what}`);
    if (!/^\d\d\.\d+$/.test(part) || !part.startsWith(`${number}.`)) throw slip(`is not called ${number}.N`);
    if (seen.has(part)) throw slip("is there twice");
    if (!(points > 0)) throw slip("has no points");
    if (tests.length === 0) throw slip("has no tests");
    if (new Set(tests).size < tests.length) throw slip("has two tests with one title");
    if (hints.length !== 3 || hints.some((hint) => hint.trim() === "")) throw slip("needs three hints");
    if (!file.endsWith(".ts")) throw slip("names no file");
    seen.add(part);
  }
  return text;
}

/** Every file that a learner edits for a part. */
export function filesOf({ file, also = [] }: PartRubric): readonly string[] {
  return [file, ...also];
}

/**
 * The points of each test, in hundredths: whole numbers whose sum is exactly the part's points. A third of 10 points is
 * 3.33, 3.34 and 3.33.
 */
export function sharesOf(part: Pick<PartRubric, "points" | "tests">): number[] {
  const upTo = (count: number) => Math.round((part.points * 100 * count) / part.tests.length);
  return part.tests.map((_, index) => upTo(index + 1) - upTo(index));
}
