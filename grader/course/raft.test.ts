/*
 * Chapter 12 in all its states. A learner's work is explored as far as a budget goes; here the solution must be right in
 * every state, and a slip must be found by the shortest path.
 */
import { expect, test } from "vitest";
import { type Exploration, explore } from "#lib/explore";
import { run } from "#lib/nemesis";
import { story, Trace } from "#lib/trace";
import type { Exercise } from "#protocol/12-raft";
import { type Explored, exploration, explored } from "../12-raft/explorations.ts";
import { scenarios } from "../12-raft/scenarios.ts";
import { layersOf, loadWork } from "./work.ts";

const slug = "12-raft";

async function exploreWork(work: string, what: Explored, most: number): Promise<Exploration> {
  const { Raft } = (await loadWork(layersOf(slug, work))) as Exercise;
  return explore({ ...exploration({ Raft }, what), states: most });
}

const whole: readonly (readonly [string, Explored, number])[] = [
  ["one term, one entry and a crash", explored.oneTerm, 3_532],
  ["the same with a heartbeat", explored.heartbeat, 314_330],
  ["two candidates and a crash", explored.twoCandidates, 80_127],
  ["from Figure 8 (b) on", explored.figure8, 87_248],
];

test.each(whole)("the solution is right in every state: %s", async (_, what, states) => {
  expect(await exploreWork("solutions", what, 400_000)).toMatchObject({
    stopped: "complete",
    merging: "by state",
    states,
  });
});

// What the slip is, and how many steps the shortest way to the harm has.
const slips: readonly (readonly [string, Explored, number])[] = [
  ["vote-safe-after-it-is-sent", explored.twoCandidates, 4],
  ["vote-not-synced", explored.twoCandidates, 4],
  ["forgets-its-vote", explored.twoCandidates, 4],
  ["forgets-its-term", explored.twoCandidates, 4],
  ["own-vote-not-saved", explored.twoCandidates, 4],
  ["own-vote-safe-after-asking", explored.twoCandidates, 4],
  ["votes-for-several", explored.twoCandidates, 4],
  ["same-term-candidate-loses-vote", explored.twoCandidates, 6],
  ["commits-old-terms-by-counting", explored.figure8, 25],
];

test.each(slips)("%s is found, with %o, in %i steps", async (name, what, steps) => {
  const found = await exploreWork(`grader/${slug}/wrong/${name}`, what, 200_000);
  expect([found.stopped, found.violation?.steps.length]).toEqual(["violation", steps]);
});

test("the story of a configuration tells of both changes and of who led", async () => {
  const work = (await loadWork(
    layersOf(slug, `grader/${slug}/wrong/change-before-an-own-entry`),
  )) as Exercise;
  const trace = new Trace();
  const { failure } = run(scenarios.twoChanges, work, { seed: 1, recorder: trace });
  const { about = [] } = failure ?? {};
  const lines = story(trace, { about }).lines.join("\n");
  for (const what of [
    "AddServer server = n5",
    "RemoveServer server = n1",
    "n2's app  BecameLeader term = 2",
  ]) {
    expect(lines).toContain(what);
  }
});
