import type { Outcome } from "../run/journal.ts";
import type { PartRubric, Rubric } from "./rubric.ts";
import { sharesOf } from "./rubric.ts";

export interface TestVerdict {
  readonly name: string;
  readonly status: "passed" | "failed" | "not-started" | "error";
  /** In hundredths of a point. */
  readonly worth: number;
  readonly outcome: Outcome;
}

export interface PartVerdict {
  readonly rubric: PartRubric;
  readonly status: "passed" | "failed" | "not-started" | "error";
  /** In hundredths of a point, as all points here: sums are exact. */
  readonly points: number;
  readonly maxPoints: number;
  readonly tests: readonly TestVerdict[];
  /** What the type checker says of the part's file. It costs nothing. */
  readonly typeErrors: readonly string[];
  /** What the work printed, and how many lines more. */
  readonly output: readonly string[];
  readonly moreOutput: number;
}

export interface ChapterVerdict {
  readonly rubric: Rubric;
  readonly points: number;
  readonly maxPoints: number;
  /** Stretch parts are counted beside the chapter's points. */
  readonly stretchPoints: number;
  readonly maxStretchPoints: number;
  readonly parts: readonly PartVerdict[];
  /** Type errors in files that belong to no part. */
  readonly typeErrors: readonly string[];
}

/** What is known of a part when its run is over. */
export interface PartFindings {
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** Why tests without an outcome have none, as a sentence; `isOurs` if the work is not to blame. */
  readonly missing?: { readonly sentence: string; readonly isOurs: boolean };
  readonly output: readonly string[];
  readonly moreOutput: number;
  readonly typeErrors: readonly string[];
}

/** Points come from the rubric and its list of tests, and from nothing that a run says about itself. */
export function judgePart(rubric: PartRubric, findings: PartFindings): PartVerdict {
  const shares = sharesOf(rubric);
  const tests = rubric.tests.map((name, index) => judgeTest(name, shares[index] as number, findings));
  const points = sum(tests.map((test) => (test.status === "passed" ? test.worth : 0)));
  const maxPoints = sum(shares);
  const { output, moreOutput, typeErrors } = findings;
  return { rubric, status: statusOf(tests), points, maxPoints, tests, typeErrors, output, moreOutput };
}

function judgeTest(name: string, worth: number, { outcomes, missing }: PartFindings): TestVerdict {
  const outcome = outcomes.get(name);
  if (outcome && outcome.status !== "skipped") return { name, status: outcome.status, worth, outcome };
  const sentence = missing?.sentence ?? "The test is in the rubric and not in the suite: tell the authors.";
  const status = missing && !missing.isOurs ? "failed" : "error";
  return { name, status, worth, outcome: { status: "failed", sentence } };
}

/** A part is not started if nothing else is wrong with it than bodies that are still to be written. */
function statusOf(tests: readonly TestVerdict[]): PartVerdict["status"] {
  const has = (status: TestVerdict["status"]) => tests.some((test) => test.status === status);
  if (has("error")) return "error";
  if (has("failed")) return "failed";
  if (!has("not-started")) return "passed";
  return has("passed") ? "failed" : "not-started";
}

export function judgeChapter(
  rubric: Rubric,
  parts: readonly PartVerdict[],
  typeErrors: readonly string[],
): ChapterVerdict {
  const counted = parts.filter((part) => !part.rubric.stretch);
  const beside = parts.filter((part) => part.rubric.stretch);
  return {
    rubric,
    points: sum(counted.map((part) => part.points)),
    maxPoints: sum(counted.map((part) => part.maxPoints)),
    stretchPoints: sum(beside.map((part) => part.points)),
    maxStretchPoints: sum(beside.map((part) => part.maxPoints)),
    parts,
    typeErrors,
  };
}

/** One verdict from several that were made one after another on parts of the same chapter. */
export function joinVerdicts(rubric: Rubric, verdicts: readonly ChapterVerdict[]): ChapterVerdict {
  const found = verdicts.flatMap((verdict) => verdict.parts);
  const inOrder = rubric.parts.flatMap(({ part }) => found.filter((one) => one.rubric.part === part));
  return judgeChapter(rubric, inOrder, verdicts.at(-1)?.typeErrors ?? []);
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** "6", "6.6": points as people read them. What is lost is never rounded away: 9.99 is 9.9. */
export function pointsText(hundredths: number): string {
  return String(Math.floor(hundredths / 10) / 10);
}
