import { test } from "vitest";
import type { Exercise } from "#protocol/10-two-phase-commit";
import * as work from "#work/10-two-phase-commit";
import { campaign, stage } from "../suite/index.ts";
import * as rules from "./bank-rules.ts";
import { scenarios } from "./scenarios.ts";

const exercise: Exercise = work;

test("each participant gets its own part of the work", () => rules.splitsWork(exercise));

test("an audit adds up what it found", () => rules.addsUp(exercise));

test("what a transaction costs can be said before it runs", () => rules.predicts(exercise));

test("a commit costs what it must, and no more", () => {
  rules.costs(exercise, "commit", (n) => ({
    messages: 4 * n,
    forcedWrites: 2 * n + 1,
    hopsToTold: 2,
    hopsToEnd: 4,
  }));
});

test("an abort costs what it must, and no more", () => {
  rules.costs(exercise, "abort", (n) => ({
    messages: 3 * n - 1,
    forcedWrites: n - 1,
    hopsToTold: 2,
    hopsToEnd: 3,
  }));
});

test("the bank on a network where nothing goes wrong", () => {
  stage(scenarios.quiet, work, { minCompleted: 12 });
});

test("no money is made or lost, whatever goes wrong", async () => {
  await campaign(scenarios.bank, work, { minCompleted: 3 });
});
