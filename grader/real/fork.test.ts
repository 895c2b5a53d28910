import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { project } from "../run/chapters.ts";
import { whyNoServer } from "./binaries.ts";

const chapter = "10-two-phase-commit";
const shelf = mkdtempSync(join(tmpdir(), "workbook-"));
afterAll(() => rmSync(shelf, { recursive: true }));

/** The solution, with a line at the top of one of the coordinator's methods; or, without a method, at the end of the file. */
function spoilt(name: string, method: string, line: string): string {
  const folder = join(shelf, name.replaceAll(" ", "-"));
  mkdirSync(folder);
  cpSync(join(project, "solutions", chapter), folder, { recursive: true });
  const path = join(folder, "coordinator.ts");
  const text = readFileSync(path, "utf8");
  const begin = text.indexOf(`  ${method}(ctx: `);
  const at = method === "" ? text.length : text.indexOf("{\n", text.indexOf("): void", begin)) + 2;
  writeFileSync(path, `${text.slice(0, at)}    ${line}\n${text.slice(at)}`);
  return folder;
}

/** The command, and what is left of it when it has ended: interrupted, if that is wanted, so long after it made its folder. */
async function real(folder: string, interruptedMs?: number) {
  const child = spawn(process.execPath, ["grader/cli.mjs", "real", "10", "--against", folder], {
    cwd: project,
    env: { ...process.env, NO_COLOR: "1" },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output += chunk;
    });
  }
  const isOver = once(child, "exit");
  const mark = `workbook-real-${child.pid}-`;
  if (interruptedMs !== undefined) {
    await expect
      .poll(() => readdirSync(tmpdir()).some((name) => name.startsWith(mark)), { timeout: 30_000 })
      .toBe(true);
    await pause(interruptedMs);
    child.kill("SIGINT");
  }
  const [status] = await isOver;
  const processes = spawnSync("ps", ["-eo", "ppid=,args="], { encoding: "utf8" }).stdout.split("\n");
  const left = [
    ...processes.filter((line) => line.includes(mark) || line.trim().startsWith(`${child.pid} `)),
    ...readdirSync(tmpdir()).filter((name) => name.startsWith(mark)),
  ];
  return { status, output: output.replace(/\s+/g, " "), left };
}

const neverEnds = '/^(a+)+$/.test("a".repeat(60) + "b")';

describe.skipIf(whyNoServer() !== undefined)("a coordinator that does not come back", () => {
  test.each([
    [
      "a regular expression",
      "#vote",
      `if (${neverEnds}) return;`,
      /onMessage with Vote from p[12] did not come back within 4 s: is there a regular .* Last heard of at \S+coordinator\.ts:\d+\./,
    ],
    ["a file", "", `export const a = ${neverEnds};`, /Loading coordinator\.ts did not come back within 4 s/],
    [
      "messages to itself",
      "#vote",
      'ctx.send(ctx.self, { type: "Vote", id, yes, result } as never);',
      // Which of the two comes first depends on how fast the machine is.
      /c never came to rest in 4 s: does it send messages to itself|memory.*: what grows without an end/,
    ],
  ])("%s ends with a sentence, and leaves no server", async (name, method, line, sentence) => {
    const { status, output, left } = await real(spoilt(name, method, line));
    expect(output).toMatch(sentence);
    expect(output).toContain("0 of 1 scene ended as they should; the other");
    expect([status, left]).toEqual([1, []]);
  });

  test("a loop has its count, and each scene says so", async () => {
    const { status, output, left } = await real(spoilt("loop", "#vote", "for (;;) {}"));
    expect(output).toMatch(/coordinator\.ts:\d+ ran 10,000,000 rounds without an end/);
    expect([status, left]).toEqual([1, []]);
  });

  test("Ctrl-C ends it", async () => {
    const folder = spoilt("ctrl-c", "#vote", `if (${neverEnds}) return;`);
    const { status, left } = await real(folder, 4000);
    expect([status, left]).toEqual([130, []]);
  });
});

test.skipIf(whyNoServer() !== undefined)("Ctrl-C before the servers run leaves nothing either", async () => {
  const { status, output, left } = await real(join(project, "solutions"), 100);
  expect(output).not.toMatch(/does not start|initdb failed/);
  expect([status, left]).toEqual([130, []]);
});
