import { type Counterexample, explore, type NamedExploration } from "#lib/explore";
import { parseReplay, type Replay, type RunResult, run, type Scenario } from "#lib/nemesis";
import { Misuse, type NodeId } from "#lib/sim";
import { Trace } from "#lib/trace";

/** Where a chapter's runs are. */
export interface ChapterRuns {
  readonly slug: string;
  /** The chapter's scenarios.ts. */
  readonly scenarios: string;
}

/** A run that was made again, and everything about it. */
export interface Replayed {
  readonly scenario: Scenario<unknown>;
  readonly work: unknown;
  readonly result: RunResult;
  readonly trace: Trace;
}

/** The shortest path to a broken claim, as a run. */
export interface Found {
  readonly line: string;
  readonly nodes: readonly NodeId[];
  readonly violation: Counterexample;
  readonly trace: Trace;
}

const explored = /^(\d\d\/[A-Za-z0-9-]+):explored$/;

/** The line from which an exploration is made again: "10/crashes:explored". It needs no seed, for it leaves nothing to chance. */
export function exploredLine(name: string): string {
  return `${name}:explored`;
}

/** The exploration that a line names; undefined if it is the line of a run. */
export function explorationIn(line: string): string | undefined {
  return explored.exec(line.trim())?.[1];
}

/** Makes the run of a replay string again, in a fork, on the work that the fork was given. */
export async function replayed(line: string, chapter: ChapterRuns): Promise<Replayed> {
  const replay = parseReplay(line);
  const { scenarios } = await runsOf(chapter);
  const scenario = named(Object.values(scenarios), replay.scenario, "scenario");
  const work = await workOf(chapter);
  return { scenario, work, ...recorded(scenario, work, replay) };
}

/** Explores again; undefined if no claim is broken. */
export async function foundAgain(name: string, chapter: ChapterRuns): Promise<Found | undefined> {
  const { explorations = {} } = await runsOf(chapter);
  const exploration = named(Object.values(explorations), name, "exploration");
  return foundBy(exploration, await workOf(chapter));
}

/**
 * The shortest way to break a claim that an exploration of the chapter makes, if one does: it may be shorter than a run that was made
 * short.
 */
export async function foundFor(claim: string, chapter: ChapterRuns): Promise<Found | undefined> {
  const { explorations = {} } = await runsOf(chapter);
  const work = await workOf(chapter);
  for (const exploration of Object.values(explorations)) {
    const { claims = [], holds = [] } = exploration.options(work);
    if (![...claims, ...holds].some(({ name }) => name === claim)) continue;
    const found = foundBy(exploration, work);
    if (found?.violation.claim === claim) return found;
  }
  return undefined;
}

function foundBy(exploration: NamedExploration<unknown>, work: unknown): Found | undefined {
  const options = exploration.options(work);
  const { violation } = explore(options);
  if (!violation) return undefined;
  const trace = new Trace({ states: true });
  violation.record(trace);
  return { line: exploredLine(exploration.name), nodes: Object.keys(options.nodes), violation, trace };
}

/** One run with everything that can be kept of it. */
export function recorded(
  scenario: Scenario<unknown>,
  work: unknown,
  { seed, deviations }: Pick<Replay, "seed" | "deviations">,
): { result: RunResult; trace: Trace } {
  const trace = new Trace({ states: true });
  const given = deviations ? { deviations } : {};
  return { result: run(scenario, work, { seed, recorder: trace, ...given }), trace };
}

async function workOf({ slug }: ChapterRuns): Promise<unknown> {
  return await import(/* @vite-ignore */ `#work/${slug}`);
}

async function runsOf({ scenarios }: ChapterRuns): Promise<{
  readonly scenarios: { readonly [key: string]: Scenario<unknown> };
  readonly explorations?: { readonly [key: string]: NamedExploration<unknown> };
}> {
  return await import(/* @vite-ignore */ scenarios);
}

function named<Run extends { readonly name: string }>(runs: readonly Run[], name: string, what: string): Run {
  const found = runs.find((candidate) => candidate.name === name);
  if (found) return found;
  const names = runs.map((candidate) => candidate.name).join(", ") || "none";
  throw new Misuse(`There is no ${what} ${name}: there are ${names}.`);
}
