import { test } from "vitest";
import type { Exercise } from "#protocol/10-two-phase-commit";
import * as work from "#work/10-two-phase-commit";
import * as rules from "./participant-rules.ts";

const { Participant }: Exercise = work;

test("a yes says what each account held, and who changed it last", () => rules.votes(Participant));

test("work that cannot be done gets a no, and nothing is left of it", () => rules.refuses(Participant));

test("a yes is a promise, wherever a crash falls", () => rules.keepsItsYes(Participant));

test("what is in doubt is locked, and nothing else is", () => rules.locks(Participant));

test("what was locked before a crash is locked after it", () => rules.locksAgain(Participant));

test("a commit changes the balances, once", () => rules.commitsOnce(Participant));

test("what is acknowledged survives a crash, wherever it falls", () =>
  rules.acknowledgesWhatIsSafe(Participant));

test("an Abort that comes after the commit changes nothing", () =>
  rules.keepsCommitAgainstAbort(Participant));

test("an abort changes nothing and frees what was locked", () => rules.aborts(Participant));

test("a Prepare that comes again gets the same vote", () => rules.votesAgain(Participant));

test("a Prepare that comes after the commit changes no account", () => rules.ignoresLatePrepare(Participant));

test("a lock is free when nobody is in doubt about it any more", () => rules.locksForEach(Participant));
