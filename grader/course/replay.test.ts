import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { replayString, run } from "#lib/nemesis";
import { Trace } from "#lib/trace";
import { project } from "../run/chapters.ts";
import { loadScenarios, loadWork } from "./work.ts";

/** The hash that another process gives for a replay string: what it prints when the run has broken no claim. */
async function hashElsewhere(line: string): Promise<string> {
  const args = [join(project, "grader", "cli.mjs"), "replay", line, "--against", "solutions"];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: project });
  return /trace hash ([0-9a-f]{16})/.exec(stdout)?.[1] ?? `no hash in: ${stdout}`;
}

test.each([
  ["05-partitioning", "05/move", 41],
  ["01-first-node", "01/once", 7],
])(
  "%s: the replay string of a run gives the same hash in another process, by its seed and by its deviations",
  async (slug, name, seed) => {
    const work = await loadWork([join(project, "solutions", slug)]);
    const scenario = Object.values(await loadScenarios(slug)).find((candidate) => candidate.name === name);
    if (!scenario) throw new Error(`there is no scenario ${name}`);
    const recorded = run(scenario, work, { seed, recorder: new Trace() });
    expect(recorded.deviations?.length).toBeGreaterThan(0);
    expect(await hashElsewhere(replayString({ scenario: name, seed }))).toBe(recorded.hash);
    expect(await hashElsewhere(replayString(recorded))).toBe(recorded.hash);
  },
);
