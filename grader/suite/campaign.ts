import { readdirSync } from "node:fs";
import { type FaultKind, type RunResult, replayString, run, type Scenario } from "#lib/nemesis";
import type { Failure } from "#lib/sim";
import { Trace } from "#lib/trace";
import { counted } from "../report/words.ts";
import { account } from "../run/account.ts";
import { progress } from "../run/progress.ts";
import { loadRealms } from "../run/realms.ts";
import { settings } from "../run/settings.ts";
import { Broken, Undecided } from "./claim.ts";

export interface CampaignOptions {
  /** Fewer operations than this a run, on the average, would prove nothing; 1 unless told. */
  readonly minCompleted?: number;
}

export interface CampaignResult {
  readonly runCount: number;
  readonly completed: number;
  /** In how many runs each fault struck. */
  readonly struck: ReadonlyMap<FaultKind, number>;
  readonly hashes: readonly string[];
}

/** The seeds of a campaign: base seed 0 gives 1, 2, 3 …, base seed 3 gives 3000001, 3000002 … */
export function seedsOf(base: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => base * 1_000_000 + i + 1);
}

/**
 * Runs a scenario on as many seeds as the grader was told, and fails with the first run that breaks a claim. One run in
 * 50 is made twice, and one with a copy of the work for each life of each node: equal seeds must give equal runs.
 */
export async function campaign<Exercise extends object>(
  scenario: Scenario<Exercise>,
  work: Exercise,
  options: CampaignOptions = {},
): Promise<CampaignResult> {
  const { seed: base, seeds } = settings();
  const struck = new Map<FaultKind, number>();
  const hashes: string[] = [];
  let completed = 0;
  for (const [i, seed] of seedsOf(base, seeds).entries()) {
    if (i % Math.ceil(seeds / 50) === 0) progress(`${i} of ${seeds} runs of ${scenario.name} were done`);
    const result = decided(scenario, work, seed);
    if (result.failure) throw brokenRun(scenario, work, result, result.failure);
    if (i % 50 === 0) again(scenario, work, result);
    completed += result.completed;
    for (const kind of result.struck.keys()) struck.set(kind, (struck.get(kind) ?? 0) + 1);
    hashes.push(result.hash);
  }
  await inRealms(scenario, work, seedsOf(base, 1)[0] as number);
  notVacuous(scenario, seeds, completed, struck, seeds * (options.minCompleted ?? 1));
  account(accountOf(scenario, seeds, completed, struck));
  return { runCount: seeds, completed, struck, hashes };
}

/** "05/move: 200 runs, 24,800 operations completed; struck in % of the runs: loss 48, crash 43". */
function accountOf<Exercise>(
  { name, faults = [] }: Scenario<Exercise>,
  seeds: number,
  completed: number,
  struck: ReadonlyMap<FaultKind, number>,
): string {
  const shares = faults.map((kind) => `${kind} ${Math.round((100 * (struck.get(kind) ?? 0)) / seeds)}`);
  return `${name}: ${counted(seeds, "run")}, ${counted(completed, "operation")} completed; struck in % of the runs: ${shares.join(", ")}`;
}

/** Runs a scenario once, with the seed that its story was written for. */
export function stage<Exercise extends object>(
  scenario: Scenario<Exercise>,
  work: Exercise,
  options: CampaignOptions & { readonly seed?: number } = {},
): RunResult {
  const result = decided(scenario, work, options.seed ?? 1);
  if (result.failure) throw brokenRun(scenario, work, result, result.failure);
  const { minCompleted = 1 } = options;
  if (result.completed < minCompleted) {
    const wanted = minCompleted === 1 ? "one operation" : `${minCompleted} operations`;
    const found = result.completed === 0 ? "none did" : `only ${result.completed} did`;
    throw new Broken(
      `In ${scenario.name} at least ${wanted} should complete, and ${found}: the work gave no answer`,
      { replay: replayString(result) },
    );
  }
  return result;
}

/** One run; where a checker could not make up its mind, one with half of the operations, and then with a quarter. */
function decided<Exercise extends object>(
  scenario: Scenario<Exercise>,
  work: Exercise,
  seed: number,
): RunResult {
  const whole = run(scenario, work, { seed });
  if (whole.failure?.kind !== "undecided") return whole;
  for (const oneIn of [2, 4]) {
    // Recorded, so that it can be told by what is left out.
    const smaller = run(scenario, work, { seed, oneIn, recorder: new Trace() });
    if (smaller.failure?.kind !== "undecided") return smaller;
  }
  return whole;
}

/** What a failing run says. Its story is told from the replay string, when the verdict is there. */
function brokenRun<Exercise extends object>(
  scenario: Scenario<Exercise>,
  work: Exercise,
  result: RunResult,
  { kind, claim, message, error }: Failure,
): Error {
  if (kind === "undecided") {
    return new Undecided(`It could not be decided whether ${claim}, in ${replayString(result)}: ${message}`);
  }
  const { seed, deviations } = result;
  const { failure } = run(scenario, work, { seed, ...(deviations && { deviations }) });
  if (!failure) return unequal(scenario.name, seed, "It failed the first time and not the second.");
  const broken = new Broken(message, { claim, replay: replayString(result) });
  // What the work threw knows where; what the grader found has no place in the learner's code.
  if (error instanceof Error && error.stack) broken.stack = error.stack;
  return broken;
}

function again<Exercise extends object>(
  scenario: Scenario<Exercise>,
  work: Exercise,
  first: RunResult,
): void {
  const second = decided(scenario, work, first.seed);
  if (second.hash === first.hash) return;
  throw unequal(first.scenario, first.seed, "Two runs with the same seed went differently.");
}

async function inRealms<Exercise extends object>(
  scenario: Scenario<Exercise>,
  work: Exercise,
  seed: number,
): Promise<void> {
  const realms = await loadRealms(slugOf(scenario.name), 40);
  let used = 0;
  const source = () => realms[used++ % realms.length] as Exercise;
  const apart = run(scenario, source, { seed, inRealms: true });
  if (apart.hash === run(scenario, work, { seed }).hash) return;
  throw new Broken(
    "A run went differently when each node had a copy of your modules of its own: state must be in the node's fields or on its disk, and none in a variable or a static field of the module, which all nodes share and no crash loses",
    { claim: "nodes share nothing but messages", replay: replayString({ scenario: scenario.name, seed }) },
  );
}

/** The chapter of a scenario: "05/move" is of "05-partitioning". */
function slugOf(scenario: string): string {
  const slug = readdirSync(new URL("..", import.meta.url)).find((name) =>
    name.startsWith(`${scenario.slice(0, 2)}-`),
  );
  if (!slug)
    throw new Error(`The scenario ${scenario} is of no chapter: its name begins with the chapter's number`);
  return slug;
}

function unequal(scenario: string, seed: number, what: string): Broken {
  return new Broken(
    `${what} Something besides the seed decides: a variable of the module, perhaps, that outlives the run`,
    { claim: "the same seed gives the same run", replay: replayString({ scenario, seed }) },
  );
}

function notVacuous<Exercise>(
  scenario: Scenario<Exercise>,
  seeds: number,
  completed: number,
  struck: ReadonlyMap<FaultKind, number>,
  minCompleted: number,
): void {
  if (completed < minCompleted) {
    throw new Broken(
      `Only ${completed} operations completed in ${seeds} runs of ${scenario.name}: at least ${minCompleted} should`,
    );
  }
  // With few seeds, a fault may well not be drawn; and "disk" needs a crash between a write and its sync, which the design may not have.
  const expected = seeds < 50 ? [] : (scenario.faults ?? []).filter((kind) => kind !== "disk");
  const missing = expected.filter((kind) => !struck.has(kind));
  if (missing.length > 0) {
    throw new Error(
      `The campaign ${scenario.name} proves nothing about ${missing.join(", ")}: it never struck in ${seeds} runs`,
    );
  }
}
