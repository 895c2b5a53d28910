import { test } from "vitest";
import type { Exercise } from "#protocol/10-two-phase-commit";
import * as work from "#work/10-two-phase-commit";
import { stage } from "../suite/index.ts";
import { exploreAll } from "./recovery-rules.ts";
import { explorations, scenarios } from "./scenarios.ts";
import * as rules from "./termination-rules.ts";

const { Participant }: Exercise = work;

test("who is in doubt asks the other participants as well", () => rules.asksOthers(Participant));

test("who knows the outcome tells it to whoever asks", () => rules.tellsOutcome(Participant));

test("who is in doubt has nothing to tell", () => rules.keepsSilent(Participant));

test("who has not voted may refuse, and then has refused for good", () => rules.refusesForGood(Participant));

test("who has voted no, and says so to another, has refused for good", () =>
  rules.refusesAfterNo(Participant));

test("an outcome is an outcome, whoever tells it", () => rules.believesOthers(Participant));

test("who has voted yes and hears nothing waits", () => rules.waitsAlone(Participant));

test("when one participant knows the outcome, the others need no coordinator", () => {
  stage(scenarios.oneKnows, work, { minCompleted: 3 });
});

test("when one participant has not voted, the others need no coordinator", () => {
  stage(scenarios.oneHasNotVoted, work, { minCompleted: 2 });
});

test("when all have voted yes and the coordinator is gone, all wait until it is back", () => {
  stage(scenarios.blockedBefore, work);
  stage(scenarios.blockedAfter, work);
});

test("two participants that ask each other: one outcome, in every state with one crash", () => {
  exploreAll(explorations.asking, work);
});

test("three participants that ask each other, one of which refuses: one outcome", () => {
  exploreAll(explorations.refusing, work, ["abort"]);
});
