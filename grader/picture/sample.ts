import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { replayString, run, type Scenario } from "#lib/nemesis";
import { Stream } from "#lib/random";
import { formatMessage, type Row, Trace, tell } from "#lib/trace";
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

async function makeSample(name: SampleName): Promise<PictureData> {
  const { slug, answer, scenario: asked } = samples[name];
  const found = Object.values(await loadScenarios(slug)).find((it) => it.name === asked);
  if (!found) throw new Error(`there is no scenario ${asked}`);
  const work = await loadShown(slug, answer);
  for (let seed = 1; seed <= 300; seed++) {
    if (run(found, work, { seed }).failure) return dataOf(found, work, seed, answer);
  }
  throw new Error(`${answer} does not fall in ${asked}`);
}

function dataOf(scenario: Scenario<object>, work: object, seed: number, answer: string): PictureData {
  const trace = new Trace({ states: true });
  const { failure, history, deviations } = run(scenario, work, { seed, recorder: trace });
  if (!failure) throw new Error("the run did not fall again");
  const { about } = failure;
  const picture = runPicture({
    trace,
    failure,
    nodes: nodesOf(scenario, seed),
    history,
    witness: failure.operations ?? history?.operations.slice(-2).map(({ id }) => id) ?? [],
    deviations: (deviations ?? []).map(({ kind, entity, count }) => `${kind} of ${entity}, number ${count}`),
    replay: replayString({ scenario: scenario.name, seed }),
    story: tell(trace, about ? { about, most: 24 } : { pastOnly: true, most: 24 }),
  });
  const operations = history ? picture.operations : barsOf(picture.rows);
  return { part: scenario.name.slice(0, 2), test: `${answer}: an answer that falls`, ...picture, operations };
}

/** A store under every fault for so long that there are at least so many events, which somebody then finds wrong. */
export function longData(eventCount: number): PictureData {
  const faultsMs = eventCount * 4;
  const trace = new Trace({ states: true });
  const scenario = { ...storeScenario, faultsMs };
  const {
    failure: none,
    eventCount: made,
    virtualMs,
  } = run(scenario, { Store: StoreNode }, { seed: 1, recorder: trace });
  if (none || made < eventCount) throw new Error(`${made} events: ${none?.message ?? "too few"}`);
  const message = "c1 was told that k7 = 1, and has been looking for it since.";
  const failure = {
    kind: "invariant",
    claim: "what was told is so",
    message,
    eventIndex: made,
    ms: virtualMs,
  } as const;
  trace.add("violation", virtualMs, "", trace.length - 1, undefined, undefined, message);
  const rest = { history: undefined, witness: [], deviations: [], replay: "00/bench:1", story: [] };
  const picture = runPicture({ trace, failure, nodes: ["n1", "n2", "n3"], ...rest });
  return { part: "00.1 Store", test: "a long run", ...picture };
}

function nodesOf(scenario: Scenario<object>, seed: number): string[] {
  const setting = { seed, random: (name: string) => new Stream(seed, "workload", name), asks: () => true };
  return Object.keys(scenario.build(setting).nodes);
}

/** What the clients saw, as far as rows tell it: for scenarios that keep no history. */
function barsOf(rows: readonly Row[]): Bar[] {
  const bars = new Map<string, { -readonly [field in keyof Bar]: Bar[field] }>();
  for (const { kind, actor, peer, ms, payload } of rows) {
    const { type, op, operation, key, seq, request, value } = (payload ?? {}) as { [field: string]: unknown };
    const number = seq ?? request;
    if (kind === "send" && type === "Request" && actor.startsWith("c") && !bars.has(`${actor} ${number}`)) {
      const input = operation
        ? formatMessage(operation)
        : `${op} ${key}${value === null ? "" : ` = ${value}`}`;
      const bar = {
        id: bars.size,
        process: actor,
        input,
        output: "",
        outcome: "open",
        isWitness: false,
      } as const;
      bars.set(`${actor} ${number}`, { ...bar, invokedMs: ms, returnedMs: undefined });
    }
    const asked = kind === "message" && peer ? bars.get(`${actor} ${number}`) : undefined;
    if (asked?.outcome === "open")
      Object.assign(asked, {
        outcome: "ok",
        returnedMs: ms,
        output: value === undefined ? "" : formatMessage(value),
      });
  }
  return [...bars.values()].map((bar, id) => ({ ...bar, isWitness: id % 9 === 4 }));
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
