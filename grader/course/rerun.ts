/*
 * A process of its own, which makes runs again from their replay strings: `node --import tsx grader/course/rerun.ts`, with a JSON
 * list of runs on its standard input, prints what came of them.
 */

import { text } from "node:stream/consumers";
import { parseReplay, run } from "#lib/nemesis";
import { layersOf, loadScenarios, loadWork } from "./work.ts";

/** A run of a piece of work, which is named as quotes name it: `grader/05-partitioning/wrong/no-sessions`. */
export interface Rerun {
  readonly slug: string;
  readonly work: string;
  readonly line: string;
}

/** What came of it. */
export interface Rerunning {
  readonly hash: string;
  readonly kind: string | undefined;
  readonly claim: string | undefined;
}

async function rerun({ slug, work, line }: Rerun): Promise<Rerunning> {
  const { scenario: name, seed, deviations } = parseReplay(line);
  const scenario = Object.values(await loadScenarios(slug)).find((candidate) => candidate.name === name);
  if (!scenario) throw new Error(`there is no scenario ${name}`);
  const options = { seed, ...(deviations && { deviations }) };
  const { hash, failure } = run(scenario, await loadWork(layersOf(slug, work)), options);
  return { hash, kind: failure?.kind, claim: failure?.claim };
}

const results: Rerunning[] = [];
for (const it of JSON.parse(await text(process.stdin)) as Rerun[]) results.push(await rerun(it));
console.log(JSON.stringify(results));
