import { test } from "vitest";
import type { Exercise } from "#protocol/10-two-phase-commit";
import * as work from "#work/10-two-phase-commit";
import { campaign } from "../suite/index.ts";
import * as rules from "./recovery-rules.ts";
import { explorations, scenarios } from "./scenarios.ts";

const { Coordinator, Participant }: Exercise = work;

test("who is in doubt asks until it is told, also after a crash", () => rules.asksUntilTold(Participant));

test("who is not in doubt does not ask", () => rules.asksOnlyInDoubt(Participant));

test("each coordinator is asked about its own transactions", () => rules.asksTheRightOne(Participant));

test("a commit is the answer until the last has acknowledged", () => rules.answersCommit(Coordinator));

test("what the coordinator does not remember was aborted", () => rules.presumesAbort(Coordinator));

test("while votes come in, nobody is told what may turn out wrong", () => rules.waitsWithAnswer(Coordinator));

test("wherever the coordinator crashes as it decides, it says one thing afterwards", () =>
  rules.saysOneThing(Coordinator));

test("a participant keeps its promises in every state with one crash", () => {
  rules.exploreAll(explorations.lookedAt, work);
});

test("a coordinator keeps its promises in every state with one crash", () => {
  rules.exploreAll(explorations.decided, work);
});

test("three participants, and a crash anywhere: one outcome", () => {
  rules.exploreAll(explorations.threeTogether, work);
});

test("two participants, and two crashes anywhere: one outcome", () => {
  rules.exploreAll(explorations.twoCrashes, work);
});

test("when the faults are over, every transaction comes to its end", async () => {
  await campaign(scenarios.recovery, work, { minCompleted: 4 });
});
