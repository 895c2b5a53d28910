import { test } from "vitest";
import type { Exercise } from "#protocol/04-quorum-store";
import * as work from "#work/04-quorum-store";
import { campaign, stage } from "../suite/index.ts";
import * as coordinator from "./coordinator-rules.ts";
import * as ending from "./ending-rules.ts";
import * as outcome from "./outcome-rules.ts";
import * as replica from "./replica-rules.ts";
import { lossStories, scenarios } from "./scenarios.ts";

const { Replica }: Exercise = work;

test("every Fetch is answered with the row that the replica has", () => replica.answersFetch(Replica));

test("a replica keeps the newer row, in whatever order they come (invariant 6)", () =>
  replica.keepsTheNewer(Replica));

test("what a replica has confirmed survives a crash, wherever it falls (invariant 2)", () =>
  replica.confirmsWhatIsSafe(Replica));

test("a write that the coordinator counts itself for survives the coordinator's crash (invariants 2 and 3)", () =>
  replica.ownCopyIsSafe(Replica));

test("W replicas are enough for a write, and R for a read, whichever they are", () =>
  coordinator.enoughIsEnough(Replica));

test("fewer than W or R different replicas are not enough (invariant 1)", () =>
  coordinator.countsReplicas(Replica));

test("W is for writes, and R for reads", () => coordinator.usesBothSizes(Replica));

test("a read gives the newest of R answers (invariants 4 and 5)", () => coordinator.givesTheNewest(Replica));

test("a write's version is newer than what R replicas have (invariant 5)", () =>
  coordinator.newVersions(Replica));

test("a version is never given to two writes (invariant 5)", () => coordinator.neverTwice(Replica));

test("an operation has timeoutMs, and then it is answered (invariant 8)", () => outcome.patience(Replica));

test("whoever has not answered is asked again, and the write stays the same (invariants 5 and 8)", () =>
  outcome.asksAgain(Replica));

test("a write that missed W is unknown (invariant 7)", () => outcome.missedIsUnknown(Replica));

test("a write that missed W is not taken back (invariant 7)", () => outcome.nothingIsTakenBack(Replica));

test("what is reported as failed never happens (invariant 7)", () => outcome.failedIsFailed(Replica));

test("when timeoutMs is over, nothing more is sent for an operation (invariant 8)", () =>
  ending.timeIsOver(Replica));

test("a request is answered once, whatever comes later (invariant 8)", () => ending.answeredOnce(Replica));

test("an answer to an older question says nothing about now (invariant 4)", () =>
  outcome.oldAnswers(Replica));

test("only a confirmation of the write's own version counts for it (invariants 1 and 3)", () =>
  outcome.otherConfirmations(Replica));

test("operations that are open at the same time are kept apart", () => outcome.apart(Replica));

test("on a network where nothing goes wrong, every operation succeeds", () => {
  stage(scenarios.calm, work, { minCompleted: 16 });
});

test("an acknowledged write survives the loss of any W - 1 disks (invariant 3)", () => {
  for (const story of lossStories) stage(story, work, { minCompleted: 4 });
});

test("reads see what was acknowledged, whatever goes wrong (invariants 1 to 8)", async () => {
  await campaign(scenarios.quorum, work, { minCompleted: 13 });
});
