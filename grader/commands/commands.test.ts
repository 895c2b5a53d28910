import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { nextHint } from "./hint.ts";
import { readArguments, wholeNumber } from "./options.ts";
import { resetChapter } from "./reset.ts";
import { Help, helpOf } from "./usage.ts";

const shelf = mkdtempSync(join(tmpdir(), "workbook-"));
afterAll(() => rmSync(shelf, { recursive: true }));

const kinds = {
  watch: { type: "boolean", means: "", says: "again and again" },
  seed: { type: "string", means: "S", says: "the base seed" },
  against: { type: "string", means: "solutions | DIR", says: "whose work" },
} as const;

const kept = { ...process.env };
afterEach(() => {
  process.env = { ...kept };
});

function fromNpm(options: { [name: string]: string }, ...args: string[]): unknown {
  process.env = { ...kept, npm_lifecycle_event: "grade" };
  for (const name in options) process.env[`npm_config_${name}`] = options[name];
  const { positionals, values } = readArguments("grade", args, kinds, 1);
  return [...positionals, { ...values }];
}

test("options come from the command line, or from where npm put them", () => {
  expect(fromNpm({}, "05", "--seed", "3", "--watch")).toEqual(["05", { seed: "3", watch: true }]);
  expect(fromNpm({ watch: "true" }, "05")).toEqual(["05", { watch: true }]);
  expect(fromNpm({ seed: "3" }, "05")).toEqual(["05", { seed: "3" }]);
});

test.each([
  [{ seed: "true" }, ["05", "3"], "npm kept --seed for itself: write `npm run grade 05 -- --seed 3`."],
  [{ against: "true" }, ["05", "solutions"], "write `npm run grade 05 -- --against solutions`."],
  [{ against: "true" }, ["solutions"], "write `npm run grade -- --against solutions`."],
  [{ against: "true" }, ["05"], "write `npm run grade 05 -- --against solutions | DIR`."],
  [{}, ["05", "06"], '"06" is one word too many. Usage: npm run grade [05 | 05.2]'],
  [{}, ["05", "--speed"], "Unknown option '--speed'. Usage:"],
  [{}, ["05", "--seed"], "argument missing. Usage:"],
  [{}, ["--seed"], "Usage: npm run grade [01 | 01.2] -- [--watch] [--seed S] [--against solutions | DIR]"],
])("%j %j gets the right command", (options, args, sentence) => {
  expect(() => fromNpm(options as { [name: string]: string }, ...args)).toThrow(sentence);
});

test.each([["--help"], ["-h"], ["05.3", "--help"]])("%s prints the usage", (...args) => {
  expect(() => fromNpm({}, ...args)).toThrow(Help);
  const [chapter, part] = args.length > 1 ? ["05", "05.3"] : ["01", "01.2"];
  expect(() => fromNpm({}, ...args)).toThrow(
    `Usage: npm run grade [${chapter} | ${part}] -- [--watch] [--seed S] [--against solutions | DIR]`,
  );
});

test("the usage of a replay says what its exit status means", () => {
  const { against } = kinds;
  expect(helpOf("replay", { against }, ["05/move:41"])).toBe(
    `Usage: npm run replay -- '05/SCENARIO:SEED' [--against solutions | DIR]

Makes one run again, from the string that a verdict shows, and tells it as text.

  --against solutions | DIR   whose work

Exit status: 0 the run broke no claim, 1 it broke one, 2 it could not be made again.`,
  );
});

test("a number is a whole number", () => {
  expect(wholeNumber("seed", "12", 0, 1)).toBe(12);
  expect(wholeNumber("seed", undefined, 0, 1)).toBe(1);
  for (const bad of ["x", "-1", "1.5", "1e3", "", "99999999999"]) {
    expect(() => wholeNumber("seed", bad, 0, 1)).toThrow("is not a whole number");
  }
});

test("hints come one at a time and are remembered", () => {
  const part = { part: "90.1", title: "Add", hints: ["First?", "Second.", "Third."] };
  const root = join(shelf, "hints");
  expect(nextHint(root, part)).toEqual([
    "90.1 Add: hint 1 of 3",
    "",
    "  First?",
    "",
    "2 left: npm run hint 90.1",
  ]);
  expect(nextHint(root, part).join()).toContain("Second.");
  expect(nextHint(root, part).at(-1)).toBe("That was the last one.");
  expect(nextHint(root, part).join()).toMatch(/First\?.*Second\..*Third\..*These are all there are\./);
  writeFileSync(join(root, ".workbook/hints.json"), "{ not json");
  expect(nextHint(root, part).join()).toContain("First?");
});

test("reset brings the stubs back, and keeps what was written", () => {
  const root = join(shelf, "reset");
  cpSync(join(import.meta.dirname, "../run/fixture"), root, { recursive: true });
  const folder = join(root, "exercises/90-counter");
  const [add, counter] = ["add.ts", "counter.ts"].map((file) => readFileSync(join(folder, file), "utf8"));
  mkdirSync(join(root, "grader/90-counter"), { recursive: true });
  writeFileSync(
    join(root, "grader/90-counter/stubs.json"),
    JSON.stringify({ "add.ts": add, "counter.ts": counter }),
  );
  const now = new Date(Date.UTC(2026, 0, 2, 3, 4, 5));

  expect(resetChapter(root, "90-counter", now).join()).toContain("nothing to reset");
  writeFileSync(join(folder, "add.ts"), "my work");
  writeFileSync(join(folder, "mine.ts"), "a file of my own");
  rmSync(join(folder, "counter.ts"));
  const lines = resetChapter(root, "90-counter", now);
  expect(lines[0]).toMatch(/^2 files of .* restored\. Your work is kept:$/);
  expect(readFileSync(join(folder, "add.ts"), "utf8")).toBe(add);
  expect(readFileSync(join(folder, "counter.ts"), "utf8")).toBe(counter);
  expect(existsSync(join(folder, "mine.ts"))).toBe(true);
  const aside = join(root, ".workbook/kept/2026-01-02T03-04-05-000Z/90-counter");
  expect(readdirSync(aside)).toEqual(["add.ts"]);
  expect(readFileSync(join(aside, "add.ts"), "utf8")).toBe("my work");
});
