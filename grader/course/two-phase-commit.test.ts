/*
 * Chapter 10 in all its states. A learner's work is explored as far as a budget goes; here the solution must be right in
 * every state, and a slip must be found by the shortest path.
 */
import { expect, test } from "vitest";
import { type Exploration, explore } from "#lib/explore";
import type { Exercise } from "#protocol/10-two-phase-commit";
import { type Explored, exploration } from "../10-two-phase-commit/explorations.ts";
import { PlainCoordinator, PlainParticipant } from "../10-two-phase-commit/peers.ts";
import { layersOf, loadWork } from "./work.ts";

const slug = "10-two-phase-commit";
const one = { participantCount: 3, crashes: 1 };
const two = { participantCount: 2, crashes: 1 };

async function exploreWork(work: string, what: Explored, most = 1_000_000): Promise<Exploration> {
  const classes = (await loadWork(layersOf(slug, work))) as Exercise;
  return explore({ ...exploration(classes, what), states: most });
}

const whole: readonly (readonly [string, Explored, number])[] = [
  ["three participants and a crash", one, 10_426],
  ["three participants and two crashes", { ...one, crashes: 2 }, 69_416],
  ["two participants and two crashes", { ...two, crashes: 2 }, 7_042],
  ["two participants, a crash, and somebody who looks", { ...two, looks: true }, 22_676],
  ["two participants that ask each other, and two crashes", { ...two, crashes: 2, asksOthers: true }, 20_524],
  ["three that ask each other, one refuses", { ...one, asksOthers: true, refuses: true }, 21_949],
];

test.each(whole)("the solution is right in every state: %s", async (_, what, states) => {
  expect(await exploreWork("solutions", what)).toMatchObject({
    stopped: "complete",
    merging: "by state",
    states,
  });
});

test.runIf(process.env.CI)(
  "the solution is right in every state: three that ask each other, and a crash",
  async () => {
    const found = await exploreWork("solutions", { ...one, asksOthers: true });
    expect(found).toMatchObject({ stopped: "complete", states: 435_395 });
  },
);

test.each([
  ["log-and-eager-locks", "complete"],
  ["begin-logged", "complete"],
  // It writes with each acknowledgement, and never syncs for it: its disks have ever more writes that may be lost.
  ["one-table-and-batches", "state budget"],
])("%s is right in every state that was visited: %s", async (name, stopped) => {
  const found = await exploreWork(`grader/${slug}/right/${name}`, one, 200_000);
  expect([found.violation?.text, found.stopped]).toEqual([undefined, stopped]);
});

test("the grader's own coordinator and participant are right in every state", () => {
  const classes = { Coordinator: PlainCoordinator, Participant: PlainParticipant } as unknown as Exercise;
  const found = explore(exploration(classes, one));
  expect([found.violation?.text, found.stopped]).toEqual([undefined, "complete"]);
});

// What is said before it is safe, and how many steps the shortest way to the harm has.
const slips: readonly (readonly [string, Explored, number])[] = [
  ["vote-before-log", one, 18],
  ["vote-not-synced", one, 18],
  ["vote-before-log", { ...two, looks: true }, 4],
  ["announced-before-logged", one, 12],
  ["told-before-logged", one, 11],
  ["decision-not-synced", one, 11],
  ["ack-before-safe", one, 18],
  ["forgets-at-first-ack", one, 12],
  ["answers-abort-then-votes-yes", { ...two, asksOthers: true }, 8],
  ["refuses-in-memory", { ...two, asksOthers: true }, 10],
  ["all-prepared-so-commit", { ...two, asksOthers: true }, 6],
  ["locks-not-rebuilt", { ...two, looks: true }, 5],
];

test.each(slips)("%s is found, with %o, in %i steps", async (name, what, steps) => {
  const found = await exploreWork(`grader/${slug}/wrong/${name}`, what, 30_000);
  expect([found.stopped, found.violation?.steps.length]).toEqual(["violation", steps]);
});
