import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { beforeAll, expect, test } from "vitest";
import { isSkip, type RunResult, replayString, run, type Shrunk, shrink } from "#lib/nemesis";
import { story, Trace } from "#lib/trace";
import { project } from "../run/chapters.ts";
import type { Rerun, Rerunning } from "./rerun.ts";
import { layersOf, loadScenarios, loadWork } from "./work.ts";

/** Mistakes that lose a campaign, with the first seed that finds them. */
const mistakes = [
  ["01-first-node", "answer-before-disk", "01/once", 1],
  ["01-first-node", "forgotten-is-done-again", "01/once", 1],
  ["01-first-node", "old-oldest-comes-back", "01/once", 38],
  ["01-first-node", "number-safe-too-late", "01/retry", 1],
  ["01-first-node", "front-says-fail", "01/chain", 1],
  ["05-partitioning", "done-before-safe", "05/move", 1],
  ["05-partitioning", "handover-not-durable", "05/move", 82],
  ["05-partitioning", "late-rows-win", "05/move", 26],
  ["05-partitioning", "no-source-after-crash", "05/move", 1],
  ["05-partitioning", "sessions-set-back", "05/move", 27],
  ["05-partitioning", "map-in-memory", "05/directory", 4],
  ["05-partitioning", "stale-plan-accepted", "05/directory", 1],
] as const;

/** So many faults can still be read. */
const fewFaults = 10;

interface Case {
  readonly name: string;
  readonly rerun: Rerun;
  readonly failed: RunResult;
  readonly shrunk: Shrunk;
  readonly trace: Trace;
}

const cases: Case[] = [];

beforeAll(async () => {
  for (const [slug, name, scenarioName, seed] of mistakes) {
    const folder = `grader/${slug}/wrong/${name}`;
    const work = await loadWork(layersOf(slug, folder));
    const scenario = Object.values(await loadScenarios(slug)).find((it) => it.name === scenarioName);
    if (!scenario) throw new Error(`there is no scenario ${scenarioName}`);
    const failed = run(scenario, work, { seed, recorder: new Trace() });
    const shrunk = shrink(scenario, work, failed);
    const trace = new Trace({ states: true });
    run(scenario, work, { seed, deviations: shrunk.result.deviations ?? [], recorder: trace });
    const line = replayString(shrunk.result);
    cases.push({ name, rerun: { slug, work: folder, line }, failed, shrunk, trace });
  }
});

function faultCount({ deviations = [] }: RunResult): number {
  return deviations.filter((it) => !isSkip(it)).length;
}

test("nine of ten mistakes need no more than ten faults to be seen", () => {
  const large = cases.filter(({ shrunk }) => faultCount(shrunk.result) > fewFaults);
  expect(large.length, large.map(({ name }) => name).join()).toBeLessThanOrEqual(cases.length / 10);
});

test("a shrunk run breaks the same claim, and is no longer than the search may be", () => {
  for (const { name, failed, shrunk } of cases) {
    const { kind, claim } = failed.failure as NonNullable<RunResult["failure"]>;
    expect(shrunk.result.failure, name).toMatchObject({ kind, claim });
    expect(faultCount(shrunk.result), name).toBeLessThanOrEqual(faultCount(failed));
    expect(shrunk.eventCount, name).toBeLessThan(260_000);
  }
});

test("the replay strings of shrunk runs give the same runs in another process", async () => {
  const lines = cases.map(({ rerun }) => rerun);
  const expected = cases.map(({ shrunk: { result } }) => {
    return { hash: result.hash, kind: result.failure?.kind, claim: result.failure?.claim };
  });
  expect(await elsewhere(lines)).toEqual(expected);
});

test("a replay string is one line that a shell takes between single quotes", () => {
  for (const { rerun } of cases) expect(rerun.line).toMatch(/^[^'\n\\]+$/);
});

test("the story of a shrunk run is short and narrow, and tells each fault", () => {
  for (const { name, shrunk, trace } of cases) {
    const { deviations = [], failure } = shrunk.result;
    const isMissing = failure?.kind === "eventually";
    const told = story(trace, { ...(failure?.about && { about: failure.about }), deviations, isMissing });
    expect(told.lines.length, name).toBeLessThanOrEqual(25);
    expect(told.lines.length, name).toBeGreaterThan(2);
    for (const line of told.lines) expect(line.length, `${name}: ${line}`).toBeLessThanOrEqual(120);
    expect(told.deviations.length, name).toBeLessThanOrEqual(faultCount(shrunk.result));
    expect(told.deviations.length > 0, name).toBe(faultCount(shrunk.result) > 0);
    expect(told.knew.length, name).toBeLessThanOrEqual(6);
  }
});

async function elsewhere(runs: readonly Rerun[]): Promise<Rerunning[]> {
  const args = ["--import", "tsx", join(project, "grader", "course", "rerun.ts")];
  const child = spawn(process.execPath, args, { cwd: project, stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify(runs));
  return JSON.parse(await text(child.stdout)) as Rerunning[];
}
