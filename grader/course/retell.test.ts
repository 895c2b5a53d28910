import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ChapterVerdict } from "../report/verdict.ts";
import { project } from "../run/chapters.ts";
import { Grader } from "../run/grader.ts";
import type { Layers } from "../run/layers.ts";
import { defaultSeed, defaultSeeds } from "../run/settings.ts";
import { layersOf } from "./work.ts";

const slug = "05-partitioning";
const layers = layersOf(slug, `grader/${slug}/wrong/done-before-safe`);
let grader: Grader;
let verdict: ChapterVerdict;

beforeAll(async () => {
  grader = await Grader.open();
  verdict = await retold(slug, "05.5", layers);
});
afterAll(async () => await grader.close());

async function retold(chapter: string, part: string, work: Layers): Promise<ChapterVerdict> {
  return await grader.retell(await grader.grade({ chapter, layers: work, parts: [part] }), work);
}

const campaign = "a shard moves while it is written, whatever goes wrong";
const outcomeOf = (name: string) => verdict.parts[0]?.tests.find((test) => test.name === name)?.outcome;

test("a run that failed is told by few deviations, with its story and its picture", () => {
  const { claim = "", deviations, story = [], picture = "" } = outcomeOf(campaign) ?? {};
  expect(claim).toBe("what was acknowledged is not lost (invariant 7)");
  expect(deviations?.length).toBeGreaterThan(0);
  expect(deviations?.length).toBeLessThanOrEqual(3);
  expect(story.length).toBeGreaterThan(3);
  expect(story.length).toBeLessThanOrEqual(25);
  const page = readFileSync(join(project, picture), "utf8");
  expect(page.startsWith("<!doctype html>")).toBe(true);
  expect(page).toContain(claim);
});

test("its replay string breaks the same claim in another process", async () => {
  const { claim, sentence, replay: line = "" } = outcomeOf(campaign) ?? {};
  const replay = { line, slug, scenarios: join(project, "grader", slug, "scenarios.ts") };
  const told = await grader.tell(slug, layers, { seed: defaultSeed, seeds: defaultSeeds, replay });
  expect(told.isBroken).toBe(true);
  expect(told.lines).toContain(`✗ ${claim}`);
  expect(told.lines).toContain(`  ${sentence}`);
});

test("a rule that was broken on a bench has no run to tell", () => {
  const rule = outcomeOf("an acknowledged change survives a crash, wherever it falls");
  expect(rule).toMatchObject({ status: "failed" });
  expect(rule?.story).toBeUndefined();
  expect(rule?.picture).toBeUndefined();
});

test("where an exploration finds a shorter way to the same end, that is told", async () => {
  const chapter = "01-first-node";
  const work = layersOf(chapter, `grader/${chapter}/wrong/memory-in-a-field`);
  const { parts } = await retold(chapter, "01.4", work);
  const outcome = parts[0]?.tests.at(-1)?.outcome;
  expect(outcome).toMatchObject({
    claim: "an Add counts at most once (invariant 6)",
    replay: "01/adds-once:explored",
  });
  expect(outcome?.story?.length).toBeLessThanOrEqual(7);
});
