import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { messageOf } from "../report/report.ts";
import type { ChapterVerdict } from "../report/verdict.ts";
import { Grader } from "./grader.ts";
import type { Limits } from "./limits.ts";

const root = join(import.meta.dirname, "fixture");
const solution = join(root, "solutions/90-counter");
// Outside of the project, as a submission may be.
const shelf = mkdtempSync(join(tmpdir(), "workbook-"));
/** Short, so that what hangs is ended soon; nothing here depends on how long it takes. */
const short: Limits = {
  testMs: [1500, 700, 300],
  loadMs: 1000,
  partMs: 9000,
  chapterMs: 27_000,
  residentBytes: 1.2e9,
};
let grader: Grader;
let count = 0;

beforeAll(async () => {
  grader = await Grader.open({ root });
});
afterAll(async () => {
  await grader.close();
  rmSync(shelf, { recursive: true });
});

async function grade(files: { [name: string]: string }, limits = short): Promise<ChapterVerdict> {
  const folder = join(shelf, String(++count));
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return await grader.grade({ chapter: "90-counter", layers: [folder, solution], limits, types: true });
}

const statuses = (verdict: ChapterVerdict) => verdict.parts.map((part) => part.status);
const messages = (verdict: ChapterVerdict, part = 0) => verdict.parts[part]?.tests.map(messageOf) ?? [];
const first = (verdict: ChapterVerdict) => messages(verdict).find((message) => message !== "");

const words = `export function words(text: string): string[] { return text.split(" "); }\n`;
const add = "export function add(a: number, b: number): number { return a + b; }\n";

test("a solution has full marks, and the stubs have none", async () => {
  const right = await grader.grade({ chapter: "90-counter", layers: [solution], types: true });
  expect(statuses(right)).toEqual(["passed", "passed", "passed"]);
  expect([right.points, right.maxPoints, right.stretchPoints]).toEqual([1500, 1500, 400]);
  const stubs = await grader.grade({ chapter: "90-counter" });
  expect(statuses(stubs)).toEqual(["not-started", "not-started", "not-started"]);
  expect(stubs.points).toBe(0);
});

test("a broken claim has its sentence and its replay", async () => {
  const verdict = await grade({
    "add.ts": `export function add(a: number, b: number): number { return a + b + 1; }\n${words}`,
  });
  expect(statuses(verdict)).toEqual(["failed", "passed", "passed"]);
  expect(verdict.parts[0]?.points).toBe(667);
  expect(verdict.parts[0]?.tests[0]?.outcome).toMatchObject({
    sentence: "2 + 2: expected 4, got 5",
    claim: "sums are right (invariant 1)",
    replay: "90/add:7",
  });
});

test("a syntax error", async () => {
  const verdict = await grade({ "add.ts": `${words}export function add(a: number { return 1; }\n` });
  expect(statuses(verdict)).toEqual(["failed", "passed", "passed"]);
  expect(first(verdict)).toMatch(/add\.ts:2 does not parse: expected `,` or `\)` but found `{`/i);
});

test("a type error is shown and costs nothing", async () => {
  const verdict = await grade({ "add.ts": `${add}${words}const wrong: string = 1;\n` });
  expect(statuses(verdict)).toEqual(["passed", "passed", "passed"]);
  expect(verdict.parts[0]?.typeErrors[0]).toMatch(
    /add\.ts:3 Type 'number' is not assignable to type 'string'/,
  );
});

test("type errors in a file that does not parse are not shown", async () => {
  const broken = `${add}const wrong: string = 1;\nexport function words( { return 1; }\n`;
  const verdict = await grade({ "add.ts": broken });
  expect(first(verdict)).toMatch(/add\.ts:3 does not parse/);
  expect([...verdict.typeErrors, ...verdict.parts.flatMap((part) => part.typeErrors)]).toEqual([]);
});

test("a missing export", async () => {
  const verdict = await grade({ "add.ts": words });
  expect(messages(verdict)).toEqual([
    expect.stringMatching(/add\.ts does not export add: write `export` before it/),
    expect.stringMatching(/does not export add/),
    "",
  ]);
});

test("a missing file", async () => {
  const folder = join(shelf, "alone");
  mkdirSync(folder);
  for (const [name, text] of Object.entries({
    "index.ts": `export { add, words } from "./add.ts";\nexport { Counter } from "./counter.ts";\n`,
    "add.ts": add + words,
  })) {
    writeFileSync(join(folder, name), text);
  }
  const verdict = await grader.grade({ chapter: "90-counter", layers: [folder] });
  expect(statuses(verdict)).toEqual(["passed", "failed", "failed"]);
  expect(messages(verdict, 1)[0]).toBe(
    "counter.ts is missing: `npm run reset 90` brings the stub back, and keeps your other files aside.",
  );
});

test.each([
  ["node:fs", `import { readFileSync } from "node:fs";\n`],
  ["vitest", `import { expect } from "vitest";\n`],
  ["another chapter's protocol", `import type { A } from "#protocol/01-first-node";\n`],
  ["the folder above", `import { x } from "../../solutions/90-counter/add.ts";\n`],
  ["an import at run time", `export const later = () => import("./counter.ts");\n`],
  ["a library that is not there", `import { x } from "#lib/nothing";\n`],
  ["a file that is not there", `import { x } from "./nothing.ts";\n`],
])("an import that is not allowed: %s", async (_what, line) => {
  const verdict = await grade({ "add.ts": line + add + words });
  expect(statuses(verdict)).toEqual(["failed", "passed", "passed"]);
  expect(first(verdict)).toMatch(/add\.ts:1 imports/);
});

test("an exception at load", async () => {
  const verdict = await grade({ "add.ts": `${add}${words}\nthrow new Error("not today");\n` });
  expect(statuses(verdict)).toEqual(["failed", "passed", "passed"]);
  expect(first(verdict)).toMatch(/add\.ts:4 throws as it is loaded: not today\./);
});

test("a file that needs one that does not load says why that one does not", async () => {
  const verdict = await grade({
    "add.ts": `import { Counter } from "./counter.ts";\nexport const counter = () => new Counter();\n${add}${words}`,
    "counter.ts": "export class Counter {",
  });
  expect(statuses(verdict)).toEqual(["failed", "failed", "failed"]);
  expect(first(verdict)).toMatch(/counter\.ts:1 does not parse/);
});

test("a wrong return type", async () => {
  const verdict = await grade({ "add.ts": `${add}export function words() {}\n` });
  expect(messages(verdict)).toEqual([
    "",
    "",
    expect.stringMatching(/^The test cannot use what it was given \(.*undefined/),
  ]);
});

test("an exception in the work has its place", async () => {
  const verdict = await grade({
    "add.ts": `interface A {\n  a: number;\n}\n\nexport function add(x: A): number {\n  return (x as never as { b: { c: number } }).b.c;\n}\n${words}`,
  });
  expect(first(verdict)).toMatch(
    /^It threw TypeError: Cannot read properties of undefined \(reading 'c'\) \(.*add\.ts:6\)$/,
  );
});

test("an infinite loop", async () => {
  const verdict = await grade({ "add.ts": `export function add(): number {\n  for (;;);\n}\n${words}` });
  expect(messages(verdict)).toEqual([
    expect.stringMatching(/add\.ts:2 ran 10,000,000 rounds without an end/),
    expect.stringMatching(/add\.ts:2 ran 10,000,000 rounds without an end/),
    "",
  ]);
});

test("an infinite loop that catches its own end", async () => {
  const verdict = await grade({
    "add.ts": `export function add(a: number, b: number): number {\n  try { for (;;) b--; } catch {}\n  return a + b;\n}\n${words}`,
  });
  expect(first(verdict)).toMatch(/add\.ts:2 ran 10,000,000 rounds/);
});

test("an infinite loop at load", async () => {
  const verdict = await grade({ "add.ts": `${add}${words}while (true) {\n}\n` });
  expect(statuses(verdict)).toEqual(["failed", "passed", "passed"]);
  expect(first(verdict)).toMatch(/add\.ts:3 ran 10,000,000 rounds.* while the file was loaded/);
});

test("a chain of microtasks without an end", async () => {
  const verdict = await grade({
    "add.ts": `const later = (async () => {}).constructor;\nexport function add(): number { return 1; }\n${words}`,
  });
  expect(first(verdict)).toMatch(/add\.ts:1 has an async function/);
  const promise = await grade({ "add.ts": `export const p = Promise.resolve();\n${add}${words}` });
  expect(first(promise)).toMatch(/add\.ts:1 uses Promise/);
});

test("a regular expression that never ends", async () => {
  const text = `export function add(a: number, b: number): number {\n  /^(a+)+$/.test("a".repeat(40) + "b");\n  return a + b;\n}\n${words}`;
  const verdict = await grade({ "add.ts": text });
  expect(statuses(verdict)).toEqual(["failed", "passed", "passed"]);
  expect(messages(verdict)).toEqual([
    expect.stringMatching(/did not come back within 1\.5 s: .*Last heard of at .*add\.ts:1/),
    expect.stringMatching(/did not come back within 0\.7 s/),
    "",
  ]);
});

test("a file that never comes back from being loaded takes no other with it", async () => {
  const verdict = await grade({ "add.ts": `${add}${words}/^(a+)+$/.test("a".repeat(40) + "b");\n` });
  expect(statuses(verdict)).toEqual(["failed", "passed", "passed"]);
  expect(first(verdict)).toMatch(
    /^Loading add\.ts did not come back within 1 s: is there a regular expression/,
  );
});

test("runaway recursion", async () => {
  const verdict = await grade({
    "add.ts": `export function add(a: number, b: number): number {\n  return add(a, b);\n}\n${words}`,
  });
  expect(first(verdict)).toMatch(/^A function calls itself without end.*add\.ts:2\)$/);
  expect(messages(verdict)[2]).toBe("");
});

test("runaway memory", async () => {
  const text = `export function add(): number {\n  const kept: number[][] = [];\n  for (;;) kept.push(new Array(1_000_000).fill(0));\n}\n${words}`;
  const verdict = await grade(
    { "add.ts": text },
    { ...short, testMs: [60_000, 60_000, 60_000], loadMs: 60_000, partMs: 60_000 },
  );
  expect(statuses(verdict)).toEqual(["failed", "passed", "passed"]);
  expect(first(verdict)).toMatch(/^The test ran out of memory.*Last heard of at .*add\.ts:3\.$/);
  expect(messages(verdict)[2]).toBe("");
});

test("a flood of output", async () => {
  const text = `export function add(a: number, b: number): number {\n  for (let i = 0; i < 100000; i++) console.log("line", i);\n  return a + b;\n}\n${words}`;
  const [part] = (await grade({ "add.ts": text })).parts;
  expect(part?.status).toBe("passed");
  expect(part?.output.slice(0, 2)).toEqual(["line 0", "line 1"]);
  expect(part?.output.length).toBe(12);
  expect(part?.moreOutput).toBe(299_988);
});

test("process.exit", async () => {
  const verdict = await grade({
    "add.ts": `export function add(): number {\n  process.exit(0);\n}\n${words}`,
  });
  expect(statuses(verdict)).toEqual(["failed", "passed", "passed"]);
  expect(first(verdict)).toMatch(/add\.ts:2 uses process; /);
});

test("process.exit by a back door", async () => {
  const text = `const make = (() => {}).constructor as never as (text: string) => () => never;\nexport function add(): number {\n  return make("return process")().exit(0);\n}\n${words}`;
  const verdict = await grade({ "add.ts": text });
  expect(statuses(verdict)).toEqual(["failed", "passed", "passed"]);
  expect(first(verdict)).toMatch(/^The work ended the whole process with process\.exit/);
});

test("a todo that is caught", async () => {
  const text = `import { todo } from "#lib/exercise";\nexport function add(a: number, b: number): number {\n  try { todo("90.1"); } catch {}\n  return a + b;\n}\n${words}`;
  const [part] = (await grade({ "add.ts": text })).parts;
  expect(part?.tests.map((one) => one.status)).toEqual(["not-started", "not-started", "passed"]);
  expect(part?.status).toBe("failed");
  expect(part && messageOf(part.tests[0] as never)).toMatch(/todo\("90\.1"\) was reached/);
});

test.each([
  ["a module variable", "let last = 0;\n", /keeps last in a module variable/],
  [
    "a Map in a constant",
    "export const all = new Map<string, number>();\n",
    /keeps a Map in the module constant all/,
  ],
  [
    "a table that is changed",
    "const table = [1, 2];\nexport const grow = () => table.push(3);\n",
    /:2 changes table/,
  ],
  ["a static field", "export class A { static count = 0; }\n", /keeps state in a static field/],
  ["Math.random", "export const r = () => Math.random();\n", /uses Math\.random; use ctx\.random/],
  [
    "Date.now",
    "export const r = () => Date.now();\n",
    /uses Date, .*; measure time with ctx\.setTimer, and read a clock with ctx\.now/,
  ],
  ["setTimeout", "export const r = () => setTimeout(() => {}, 1);\n", /uses setTimeout; use ctx\.setTimer/],
])("%s", async (_what, line, sentence) => {
  const verdict = await grade({ "add.ts": line + add + words });
  expect(statuses(verdict)).toEqual(["failed", "passed", "passed"]);
  expect(first(verdict)).toMatch(sentence);
});

test("a realm has module variables of its own", async () => {
  const text =
    "const next = (() => { let n = 0; return () => ++n; })();\nexport class Counter {\n  count(): number { return next(); }\n}\n";
  const verdict = await grade({ "counter.ts": text });
  expect(statuses(verdict)).toEqual(["passed", "failed", "passed"]);
  expect(messages(verdict, 1)[1]).toMatch(/the first count of the second counter/);
});
