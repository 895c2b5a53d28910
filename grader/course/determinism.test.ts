import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type RunResult, run, type Scenario } from "#lib/nemesis";
import { chaptersIn, project } from "../run/chapters.ts";
import { seedsOf } from "../suite/campaign.ts";
import { loadScenarios, loadWork } from "./work.ts";

const seeds = seedsOf(0, 200);

for (const slug of chaptersIn(project)) {
  const work = await loadWork([join(project, "solutions", slug)]);
  const campaigns = Object.values(await loadScenarios(slug)).filter(({ faults = [] }) => faults.length > 0);

  describe(slug, () => {
    test.each(campaigns)("$name: equal seeds give equal runs, different seeds different ones", (scenario) => {
      const hashes = new Set<string>();
      for (const seed of seeds) {
        const [first, second] = [make(scenario, work, seed), make(scenario, work, seed)];
        expect(second, `seed ${seed} again`).toEqual(first);
        hashes.add(first.hash);
      }
      expect(hashes.size).toBe(seeds.length);
    });
  });
}

function make(
  scenario: Scenario<object>,
  work: object,
  seed: number,
): Pick<RunResult, "hash" | "eventCount"> {
  const { hash, eventCount, failure } = run(scenario, work, { seed });
  expect(failure?.message, `${scenario.name}:${seed}`).toBeUndefined();
  return { hash, eventCount };
}
