import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type ChapterVerdict, type PartVerdict, sum, type TestVerdict } from "./verdict.ts";

/** What other programs read; report.schema.json describes it. */
export interface Report {
  readonly schema: 1;
  readonly seed: number;
  readonly points: number;
  readonly maxPoints: number;
  readonly chapters: readonly ChapterReport[];
}

export interface ChapterReport {
  readonly chapter: string;
  readonly points: number;
  readonly maxPoints: number;
  readonly parts: readonly PartReport[];
}

export interface PartReport {
  readonly part: string;
  readonly title: string;
  readonly points: number;
  readonly maxPoints: number;
  readonly stretch: boolean;
  readonly status: PartVerdict["status"];
  readonly tests: readonly TestReport[];
}

export interface TestReport {
  readonly name: string;
  readonly status: TestVerdict["status"];
  /** Empty for a test that passed. */
  readonly message: string;
  readonly replay?: string;
  /** The run, a line an event, if the test failed in one. */
  readonly story?: readonly string[];
  /** The page that shows the run. */
  readonly picture?: string;
}

export function reportOf(seed: number, chapters: readonly ChapterVerdict[]): Report {
  return {
    schema: 1,
    seed,
    points: sum(chapters.map((chapter) => chapter.points)) / 100,
    maxPoints: sum(chapters.map((chapter) => chapter.maxPoints)) / 100,
    chapters: chapters.map((chapter) => ({
      chapter: chapter.rubric.chapter,
      points: chapter.points / 100,
      maxPoints: chapter.maxPoints / 100,
      parts: chapter.parts.map(partReport),
    })),
  };
}

function partReport({ rubric, points, maxPoints, status, tests }: PartVerdict): PartReport {
  const { part, title, stretch = false } = rubric;
  return {
    part,
    title,
    points: points / 100,
    maxPoints: maxPoints / 100,
    stretch,
    status,
    tests: tests.map(testReport),
  };
}

function testReport(test: TestVerdict): TestReport {
  const { replay, story, picture } = test.outcome;
  return {
    name: test.name,
    status: test.status,
    message: messageOf(test),
    ...(replay === undefined ? {} : { replay }),
    ...(story === undefined ? {} : { story }),
    ...(picture === undefined ? {} : { picture }),
  };
}

/** What is said about a test, as one text: the claim, the sentence, the place. */
export function messageOf({ status, outcome }: TestVerdict): string {
  if (status === "passed") return "";
  const { sentence, claim, where } = outcome;
  const first = where === undefined ? sentence : `${sentence} (${where})`;
  return [...(claim === undefined || sentence.includes(claim) ? [] : [claim]), first].join("\n");
}

/** Writes all of it or nothing: a reader never meets half a report. */
export function writeWhole(path: string, text: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.new`;
  const file = openSync(draft, "w");
  writeFileSync(file, text);
  fsyncSync(file);
  closeSync(file);
  renameSync(draft, path);
}

/** The last report, if there is one that can be read. */
export function readReport(root: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(join(root, ".workbook", "report.json"), "utf8")) as Report;
  } catch {
    return undefined;
  }
}
