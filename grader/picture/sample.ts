import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Replay, replayString, run, type Scenario, shrink } from "#lib/nemesis";
import { story, Trace } from "#lib/trace";
import { StoreNode, storeScenario } from "../bench/kernel.ts";
import { inFolder, loadScenarios } from "../course/work.ts";
import { project } from "../run/chapters.ts";
import { guarded } from "../run/guard.ts";
import { parse } from "../run/syntax.ts";
import type { Bar, PictureData } from "./data.ts";
import { runPicture } from "./run-picture.ts";

/** What pictures are tried on: real runs of wrong answers, by name. */
export const samples = {
  "forgets-what-it-told": { slug: "01-first-node", answer: "nothing-synced", scenario: "01/once" },
  "done-twice": { slug: "05-partitioning", answer: "sessions-left-behind", scenario: "05/move" },
  "never-ends": { slug: "05-partitioning", answer: "flip-not-durable", scenario: "05/move" },
} as const;

export type SampleName = keyof typeof samples;

const made = new Map<SampleName, Promise<PictureData>>();

/** The picture of the first seed on which the wrong answer falls. */
export function sampleData(name: SampleName): Promise<PictureData> {
  const data = made.get(name) ?? makeSample(name);
  made.set(name, data);
  return data;
}

/** As `sampleData`; with `isShrunk`, of the smallest run that falls in the same way. */
export async function makeSample(name: SampleName, isShrunk = false): Promise<PictureData> {
  const { slug, answer, scenario: asked } = samples[name];
  const found = Object.values(await loadScenarios(slug)).find((it) => it.name === asked);
  if (!found) throw new Error(`there is no scenario ${asked}`);
  const work = await loadShown(slug, answer);
  for (let seed = 1; seed <= 300; seed++) {
    const first = run(found, work, { seed, recorder: new Trace() });
    if (!first.failure) continue;
    const told = isShrunk ? shrink(found, work, first).result : { seed };
    return dataOf(found, work, told, `${answer}: an answer that falls`);
  }
  throw new Error(`${answer} does not fall in ${asked}`);
}

function dataOf(
  scenario: Scenario<object>,
  work: object,
  { seed, deviations: given }: Pick<Replay, "seed" | "deviations">,
  test: string,
): PictureData {
  const trace = new Trace({ states: true });
  const result = run(scenario, work, { seed, recorder: trace, ...(given && { deviations: given }) });
  const { failure, deviations = [] } = result;
  if (!failure) throw new Error("the run did not fall again");
  const isMissing = failure.kind === "eventually";
  const told = story(trace, { deviations, isMissing, ...(failure.about && { about: failure.about }) });
  const replay = replayString({ scenario: scenario.name, seed, ...(given && { deviations: given }) });
  const picture = runPicture({ trace, result, failure, told, replay });
  return { part: scenario.name.slice(0, 2), test, ...picture };
}

const bar = { process: "c1", input: "put k1 = 7", output: "6", isWitness: false };

/** An operation of each outcome, at times at which c1 does something in "done-twice". */
export const oneOfEach: readonly Bar[] = [
  { ...bar, id: 0, outcome: "ok", invokedMs: 500, returnedMs: 560, isWitness: true },
  { ...bar, id: 1, outcome: "fail", invokedMs: 600, returnedMs: 700 },
  { ...bar, id: 2, outcome: "info", invokedMs: 700, returnedMs: 2000 },
  { ...bar, id: 3, outcome: "open", process: "c2", invokedMs: 13, returnedMs: undefined },
];

/** A store under every fault for so long that there are at least so many events, which somebody then finds wrong. */
export function longData(eventCount: number): PictureData {
  const trace = new Trace({ states: true });
  const scenario = { ...storeScenario, faultsMs: eventCount * 4 };
  const result = run(scenario, { Store: StoreNode }, { seed: 1, recorder: trace });
  if (result.eventCount < eventCount) throw new Error(`only ${result.eventCount} events`);
  const { virtualMs: ms, eventCount: eventIndex } = result;
  const message = "c1 was told that k7 = 1, and has been looking for it since.";
  trace.add("violation", ms, "", trace.length - 1, undefined, undefined, message);
  const failure = { kind: "invariant", claim: "what was told is so", message, eventIndex, ms } as const;
  const told = { deviations: [], lines: [], knew: [] };
  const picture = runPicture({ trace, result, failure, told, replay: "00/bench:1" });
  return { part: "00.1 Store", test: "a long run", ...picture };
}

/** A wrong answer laid over the solution, with classes that show their private fields as graded ones do. */
async function loadShown(slug: string, answer: string): Promise<object> {
  return await inFolder(async (folder) => {
    for (const layer of [join(project, "solutions", slug), join(project, "grader", slug, "wrong", answer)]) {
      cpSync(layer, folder, { recursive: true, filter: (path) => !path.endsWith(".json") });
    }
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".ts"))) {
      const text = readFileSync(join(folder, file), "utf8");
      const counts = "const __round = (_site: number) => {}, __enter = __round;";
      writeFileSync(join(folder, file), `${counts}\n${guarded(text, parse(text), file, [])}`);
    }
    return (await import(/* @vite-ignore */ pathToFileURL(join(folder, "index.ts")).href)) as object;
  });
}
