import { parseReplay, type Replay, type RunResult, run, type Scenario } from "#lib/nemesis";
import { Misuse } from "#lib/sim";
import { Trace } from "#lib/trace";

/** A run that was made again, and everything about it. */
export interface Replayed {
  readonly scenario: Scenario<unknown>;
  readonly work: unknown;
  readonly result: RunResult;
  readonly trace: Trace;
}

/** Makes the run of a replay string again, in a fork, on the work that the fork was given. */
export async function replayed(
  line: string,
  chapter: { slug: string; scenarios: string },
): Promise<Replayed> {
  const replay = parseReplay(line);
  const work = await import(/* @vite-ignore */ `#work/${chapter.slug}`);
  const scenario = await scenarioOf(replay, chapter.scenarios);
  return { scenario, work, ...recorded(scenario, work, replay) };
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

async function scenarioOf({ scenario: name }: Replay, path: string): Promise<Scenario<unknown>> {
  const { scenarios } = (await import(/* @vite-ignore */ path)) as {
    scenarios: { [key: string]: Scenario<unknown> };
  };
  const found = Object.values(scenarios).find((candidate) => candidate.name === name);
  if (found) return found;
  const names = Object.values(scenarios).map((candidate) => candidate.name);
  throw new Misuse(`There is no scenario ${name}: there are ${names.join(", ")}.`);
}
