import { test } from "vitest";
import type { Exercise } from "#protocol/10-two-phase-commit";
import * as work from "#work/10-two-phase-commit";
import * as memory from "./coordinator-memory.ts";
import * as rules from "./coordinator-rules.ts";

const { Coordinator }: Exercise = work;

test("each participant gets its own work, and one transaction has one id", () => rules.prepares(Coordinator));

test("it is a commit when every participant has voted yes, and not before", () =>
  rules.waitsForAll(Coordinator));

test("a no makes an abort, and an abort stays one", () => rules.abortsOnNo(Coordinator));

test("a vote that is missing is a no", () => {
  rules.abortsOnSilence(Coordinator);
  rules.waitsForEach(Coordinator);
});

test("a commit survives a crash as soon as anyone has heard of it", () =>
  rules.savesBeforeSaying(Coordinator));

test("an id names one transaction, before a crash and after it", () => rules.namesOnce(Coordinator));

test("a vote counts for the transaction that it names", () => rules.countsByTransaction(Coordinator));

test("a vote for a transaction that is over counts for none", () => rules.ignoresLateVotes(Coordinator));

test("Commit goes to those who have not acknowledged, until they have", () => memory.sendsAgain(Coordinator));

test("a commit stays a commit", () => memory.staysDecided(Coordinator));

test("what all have acknowledged is forgotten", () => memory.forgets(Coordinator));

test("a commit takes one sync, and an abort none", () => memory.countsSyncs(Coordinator));
