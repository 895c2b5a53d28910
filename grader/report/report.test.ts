import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import type { Outcome } from "../run/journal.ts";
import { reportOf } from "./report.ts";
import { rubric, sharesOf } from "./rubric.ts";
import { chapterLines, nextStep, progress } from "./terminal.ts";
import { type ChapterVerdict, judgeChapter, judgePart, pointsText } from "./verdict.ts";

const schema = JSON.parse(readFileSync(join(import.meta.dirname, "report.schema.json"), "utf8"));
const isValid = new Ajv({ strict: true, multipleOfPrecision: 6 }).compile(schema);

const part = { title: "Add", file: "add.ts", hints: ["a", "b", "c"] } as const;
const chapter = rubric({
  chapter: "90-counter",
  title: "Counting",
  parts: [
    { ...part, part: "90.1", points: 10, tests: ["one", "two", "three"] },
    { ...part, part: "90.2", points: 3, tests: ["four", "five"] },
    { ...part, part: "90.3", points: 4, stretch: true, tests: ["six"] },
  ],
});

const passed: Outcome = { status: "passed", sentence: "" };
const todo: Outcome = { status: "not-started", kind: "NotImplemented", sentence: 'todo("90.1") was reached' };
const broken: Outcome = {
  status: "failed",
  kind: "Broken",
  sentence: "c1 was told 5, and 2 + 2 is 4.",
  claim: "sums are right (invariant 1)",
  deviations: ["the 1st message from n1 to c1 is lost"],
  story: ["1   c1 → n1   Add 2 2", "2   n1 → c1   5"],
  knew: ["n1 knew: sum = 5"],
  where: "exercises/90-counter/add.ts:7",
  replay: "90/add:41",
  picture: ".workbook/pictures/90.1-0001.html",
};

function verdictOf(outcomes: { [test: string]: Outcome }): ChapterVerdict {
  const parts = chapter.parts.map((one) =>
    judgePart(one, {
      outcomes: new Map(Object.entries(outcomes)),
      missing: { sentence: "Not run, because the part's 9 s were over.", isOurs: false },
      output: [],
      moreOutput: 0,
      typeErrors: [],
    }),
  );
  return judgeChapter(chapter, parts, []);
}

const all = (outcome: Outcome) =>
  Object.fromEntries(["one", "two", "three", "four", "five", "six"].map((name) => [name, outcome]));

test("a report has the shape that its schema says", () => {
  for (const outcomes of [all(passed), all(todo), all(broken), {}]) {
    const report = JSON.parse(JSON.stringify(reportOf(1, [verdictOf(outcomes)])));
    expect(isValid(report), JSON.stringify(isValid.errors)).toBe(true);
  }
  expect(isValid({ ...reportOf(1, []), extra: 1 })).toBe(false);
});

test("points are shared out exactly, and stretch points counted beside", () => {
  expect(sharesOf({ points: 10, tests: ["a", "b", "c"] })).toEqual([333, 334, 333]);
  const { points, maxPoints, stretchPoints, maxStretchPoints } = verdictOf(all(passed));
  expect([points, maxPoints, stretchPoints, maxStretchPoints]).toEqual([1300, 1300, 400, 400]);
  expect(verdictOf({ ...all(passed), two: broken }).parts[0]?.points).toBe(666);
});

test("a test without a result has not passed", () => {
  const verdict = verdictOf({ one: passed, two: passed });
  expect(verdict.parts.map(({ status, points }) => [status, points])).toEqual([
    ["failed", 667],
    ["failed", 0],
    ["failed", 0],
  ]);
});

test("a part is not started if it has nothing but bodies to write", () => {
  expect(verdictOf(all(todo)).parts[0]?.status).toBe("not-started");
  expect(verdictOf({ ...all(todo), one: passed }).parts[0]?.status).toBe("failed");
  expect(verdictOf({ ...all(todo), one: broken }).parts[0]?.status).toBe("failed");
});

test("a verdict tells the claim, what went wrong, the story, the place, the picture, the replay and the hint, in this order", () => {
  const around = { stubs: "exercises/90-counter", isOwnWork: true, hintsLeft: () => 2 };
  const verdict = verdictOf({ ...all(passed), two: broken });
  expect(`${chapterLines(verdict, around).join("\n")}\n`).toBe(`
90 Counting                                 9.6 of 13 points, and 4 of 4 beside

  ✗ 90.1 Add                                                   6.6 of 10 points

    ✗ two

      sums are right (invariant 1):

      c1 was told 5, and 2 + 2 is 4.

      1 deviation from a calm run:
        1. the 1st message from n1 to c1 is lost

        1   c1 → n1   Add 2 2
        2   n1 → c1   5

        n1 knew: sum = 5

      where    exercises/90-counter/add.ts:7
      picture  .workbook/pictures/90.1-0001.html
      again    npm run replay -- '90/add:41'
      hint     npm run hint 90.1        (2 left)

  ✓ 90.2 Add                                                             3 of 3
  ✓ 90.3 Add (stretch)                                                   4 of 4
`);
  expect(nextStep([verdict], () => around)).toBe(
    "Next: mend 90.1 in exercises/90-counter/add.ts, or ask: npm run hint 90.1.",
  );
  expect(progress([verdict])).toBe("[#############################...........] 9.6 of 13 points");
});

const around = { stubs: "exercises/90-counter", isOwnWork: true, hintsLeft: () => 0 };

test("of many deviations the first ones are told, and where the others are", () => {
  const deviations = Array.from(
    { length: 63 },
    (_, i) => `message ${i + 1} from n1 to c1 ${"is very ".repeat(6)}late`,
  );
  const text = (outcome: Outcome) =>
    chapterLines(verdictOf({ ...all(passed), two: outcome }), around).join("\n");
  const lines = text({ ...broken, deviations }).split("\n");
  const head = lines.findIndex((line) => line.includes("63 deviations from a calm run:"));
  expect(lines[head + 5]).toContain("3. message 3");
  expect(lines.slice(head + 7, head + 9)).toEqual(["        … and 60 more: the picture shows all", ""]);
  const { picture: _, ...undrawn } = broken;
  expect(text({ ...undrawn, deviations })).toContain("… and 60 more: the replay shows all");
  expect(text({ ...broken, deviations: deviations.slice(0, 4) })).toContain("4. message 4");
});

test("a part that waits for another one says which comes first", () => {
  const verdict = verdictOf({ ...all(todo), one: passed, two: passed, three: passed });
  expect(chapterLines(verdict, around).join("\n")).toContain(
    '90.1 comes first: its todo("90.1") was reached',
  );
});

test("a test that is not told in full has two lines at most, and its replay", () => {
  const long = `n1 said ${"this and that ".repeat(20)}and stopped.`;
  const lines = chapterLines(
    verdictOf({
      ...all(passed),
      one: { ...broken, replay: "90/add:1" },
      two: { ...broken, sentence: long, replay: "90/add:2", where: "add.ts:9" },
      three: { ...broken, where: "exercises/90-counter/add.ts:8" },
    }),
    around,
  );
  const text = lines.join("\n");
  expect(text).toContain(`
    ✗ two: n1 said this and that this and that this and that this and that
      … that this and that this and that this and that and stopped. (add.ts:9)
      again    npm run replay -- '90/add:2'
    ✗ three: for the same reason, at exercises/90-counter/add.ts:8
      again    npm run replay -- '90/add:41'
`);
  const widths = lines.filter((line) => line.includes("this and")).map((line) => line.length);
  expect(Math.max(...widths)).toBeLessThanOrEqual(78);
});

test("tests that have the same to say share it, and a replay stays with its test", () => {
  const same = { ...broken, where: "add.ts:7" };
  const verdict = verdictOf({
    ...all(passed),
    one: same,
    two: same,
    three: { ...same, replay: "90/add:42" },
  });
  expect(chapterLines(verdict, around).join("\n")).toContain(`
    ✗ 2 more: for the same reason
        two
          again    npm run replay -- '90/add:41'
        three
          again    npm run replay -- '90/add:42'
`);
});

test("of a file that does not load there is one sentence, and a count", () => {
  const refused: Outcome = { status: "failed", kind: "NotLoaded", sentence: "add.ts:9 does not parse: no." };
  const text = chapterLines(
    verdictOf({ ...all(passed), one: refused, two: refused, three: refused }),
    around,
  ).join("\n");
  expect(text).toContain("\n    ✗ 2 more: for the same reason\n");
  expect(text.match(/\b(two|three)\b/g)).toBe(null);
});

test("full marks lead to the next part, and after the last one to the next chapter", () => {
  const whole = verdictOf(all(passed));
  const next = (count: number, nextChapter?: string) => {
    const verdict = judgeChapter(chapter, whole.parts.slice(0, count), []);
    return nextStep([verdict], () => ({ ...around, ...(nextChapter ? { nextChapter } : {}) }));
  };
  expect(next(1)).toBe("Full marks. Next: 90.2 Add, exercises/90-counter/add.ts.");
  expect(next(3, "91-more")).toBe("Full marks. Next: chapter 91, chapters/91-more.md.");
  expect(next(3)).toBe("Full marks. Next: another chapter; npm run grade shows them all.");
});

test("a stretch part alone has a bar of its own", () => {
  const stretch = (outcome: Outcome) => judgeChapter(chapter, verdictOf(all(outcome)).parts.slice(2), []);
  expect(chapterLines(stretch(passed), around)[1]).toMatch(/^90 Counting {2,}4 of 4 stretch points$/);
  expect(progress([stretch(passed)])).toBe(`[${"#".repeat(40)}] 4 of 4 stretch points`);
  expect(progress([stretch(broken)])).toBe(`[${".".repeat(40)}] 0 of 4 stretch points`);
});

test("where a part is done in many files, the next step does not blame one", () => {
  const spreads = rubric({ ...chapter, parts: [{ ...chapter.parts[0], spreads: true } as never] });
  const step = (one: Outcome) => {
    const found = { outcomes: new Map(Object.entries({ ...all(passed), one })), output: [], moreOutput: 0 };
    const judged = spreads.parts.map((it) => judgePart(it, { ...found, typeErrors: [] }));
    return nextStep([judgeChapter(spreads, judged, [])], () => around);
  };
  const { claim: _, ...rule } = broken;
  expect(step(rule)).toBe("Next: mend 90.1 in exercises/90-counter/add.ts or a file that works with it.");
  expect(step(broken)).toBe("Next: mend what 90.1 found, in the file that its story leads to.");
  expect(step(todo)).toContain("mend 90.1 in");
});

test("points have one decimal at most, and nothing lost is rounded away", () => {
  expect([800, 801, 999, 1266, 1000, 4, 750].map(pointsText)).toEqual([
    "8",
    "8",
    "9.9",
    "12.6",
    "10",
    "0",
    "7.5",
  ]);
});

test("a rubric with a slip is refused", () => {
  const with90 = (change: object) => () =>
    rubric({ ...chapter, parts: [{ ...chapter.parts[0], ...change } as never] });
  expect(with90({ part: "05.1" })).toThrow("is not called 90.N");
  expect(with90({ points: 0 })).toThrow("has no points");
  expect(with90({ tests: ["one", "one"] })).toThrow("two tests with one title");
  expect(with90({ hints: ["a", "b", " "] })).toThrow("needs three hints");
});
