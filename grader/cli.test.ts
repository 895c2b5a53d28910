import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readJournals } from "./run/journal.ts";
import { isAlive } from "./run/processes.ts";

const here = import.meta.dirname;
const shelf = mkdtempSync(join(tmpdir(), "workbook-"));
const fixture = join(here, "run/fixture");
afterAll(() => rmSync(shelf, { recursive: true }));

/** A folder with the fixture's chapter in it, where a test may write. The project's modules are still found. */
function ownChapters(name: string): string {
  const root = join(here, "../.workbook/tests", `${process.pid}-${name}`);
  cpSync(fixture, root, { recursive: true, filter: (path) => !path.includes(".workbook") });
  const rubric = join(root, "grader/90-counter/rubric.ts");
  const text = readFileSync(rubric, "utf8");
  writeFileSync(rubric, text.replace("../../../../report", join(here, "report")));
  const realms = join(root, "grader/90-counter/3-realms.test.ts");
  writeFileSync(realms, readFileSync(realms, "utf8").replace("../../../", join(here, "run/")));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

class Session {
  readonly child: ChildProcess;
  output = "";
  readonly #waiting: { text: string; done: () => void }[] = [];

  constructor(root: string, ...args: string[]) {
    const { FORCE_COLOR: _, ...others } = process.env;
    const env = { ...others, WORKBOOK_ROOT: root, NO_COLOR: "1" };
    this.child = spawn(process.execPath, [join(here, "cli.mjs"), ...args], { cwd: root, env });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (chunk) => {
        this.output += chunk;
        for (const waiting of this.#waiting) if (this.output.includes(waiting.text)) waiting.done();
      });
    }
  }

  /** When the text has been printed; what came before it is forgotten. */
  async until(text: string): Promise<string> {
    if (!this.output.includes(text)) {
      await new Promise<void>((done) => this.#waiting.push({ text, done }));
    }
    const seen = this.output;
    this.output = "";
    return seen;
  }

  async end(): Promise<{ status: number | null; output: string }> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, "close");
    return { status: this.child.exitCode, output: this.output };
  }
}

const run = (root: string, ...args: string[]) => new Session(root, ...args).end();

test("stubs: nothing started, status 1, and the report is there", async () => {
  const root = ownChapters("stubs");
  const { status, output } = await run(root, "grade", "90", "--seed", "7", "--json", "mine.json");
  expect(output).toMatch(/90\.1 Add +not started\n.*90\.2 Count +not started\n/);
  expect(output).toContain("base seed 7, 200 runs a campaign");
  expect(output.trimEnd().split("\n").at(-1)).toBe(
    "Next: read chapters/90-counter.md, section 90.1, and write exercises/90-counter/add.ts.",
  );
  expect(output).not.toContain("\u001b");
  expect(status).toBe(1);
  const report = readFileSync(join(root, ".workbook/report.json"), "utf8");
  expect(JSON.parse(report)).toMatchObject({ schema: 1, seed: 7, points: 0, maxPoints: 15 });
  expect(readFileSync(join(root, "mine.json"), "utf8")).toBe(report);
});

test("solutions: full marks, status 0", async () => {
  const { status, output } = await run(ownChapters("solutions"), "grade", "--against", "solutions");
  expect(output).toContain("[########################################] 15 of 15 points");
  expect(status).toBe(0);
});

test.each([
  [["grade", "07"], "There is no chapter 07: there is 90-counter."],
  [["grade", "90.9"], "Chapter 90-counter has no part 90.9: its parts are 90.1, 90.2, 90.3."],
  [["grade", "90", "--against", "nowhere"], "--against nowhere: there is no such folder"],
  [["hint"], "Say for which part: npm run hint 01.2."],
  [["dance"], 'There is no command "dance"'],
])("%j is told in one sentence, with status 2", async (args, sentence) => {
  const { status, output } = await run(fixture, ...args);
  expect(output).toContain(sentence);
  expect(output.trim().split("\n").length).toBe(1);
  expect(status).toBe(2);
});

test("--help prints the usage of a command, status 0", async () => {
  const { status, output } = await run(fixture, "hint", "90.1", "--help");
  expect(output).toBe("Usage: npm run hint 90.1\n\nPrints the next of a part's three hints.\n");
  expect(status).toBe(0);
  const all = await run(fixture, "--help");
  expect(all.output).toMatch(/^ {2}grade +Grades every chapter.*^ {2}quotes/ms);
  expect(all.status).toBe(0);
});

test("a reader who has read enough ends a command quietly", async () => {
  const session = new Session(ownChapters("pipe"), "grade", "90");
  session.child.stdout?.destroy();
  expect(await session.end()).toEqual({ status: 141, output: "" });
});

test("watch mode grades again on every save, the changed part first", async () => {
  const root = ownChapters("watch");
  const solution = readFileSync(join(root, "solutions/90-counter/counter.ts"), "utf8");
  const session = new Session(root, "grade", "90", "--watch");
  expect(await session.until("waiting for a save")).toMatch(/90\.2 Count +not started/);
  writeFileSync(join(root, "exercises/90-counter/counter.ts"), solution);
  const second = await session.until("waiting for a save");
  expect(second).toMatch(
    /✓ 90\.2 Count +5 of 5\n.*and the other parts\n.*90\.1 Add +not started\n.*✓ 90\.2 Count/s,
  );
  session.child.kill("SIGTERM");
  expect((await session.end()).status).toBe(143);
});

test.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)(
  "no fork outlives a grader that gets %s",
  async (signal) => {
    const root = ownChapters(signal);
    const hangs =
      'export function add(): number {\n  /^(a+)+$/.test("a".repeat(40) + "b");\n  return 1;\n}\n';
    writeFileSync(join(root, "exercises/90-counter/add.ts"), hangs);
    const session = new Session(root, "grade", "90.1");
    const folder = join(root, ".workbook/runs", `${session.child.pid}-1`, "0");
    await expect
      .poll(() => readJournals(folder)[0]?.running, { timeout: 20_000 })
      .toBe("two and two are four");
    const pid = readJournals(folder)[0]?.pid as number;
    expect(isRunning(pid)).toBe(true);
    session.child.kill(signal);
    await session.end();
    await expect.poll(() => isRunning(pid), { timeout: 20_000 }).toBe(false);
  },
);

/** A process that ended and was not asked for its status yet still has a name, and runs no more. */
function isRunning(pid: number): boolean {
  if (!isAlive(pid)) return false;
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return process.platform !== "linux";
  }
}
