import { test } from "vitest";
import type { Exercise } from "#protocol/12-raft";
import * as work from "#work/12-raft";
import { campaign, explored, stage } from "../suite/index.ts";
import * as safe from "./persistence-rules.ts";
import * as restart from "./restart-rules.ts";
import { explorations, scenarios } from "./scenarios.ts";

const { Raft }: Exercise = work;

// Rules.

test("a vote that was given stays given, wherever a crash falls (Figure 2, persistent state)", () =>
  safe.keepsVotes(Raft));

test("a vote that was not given is there to give after a crash (Figure 2, persistent state)", () =>
  restart.hasAVoteToGive(Raft));

test("a term that was said is not taken back by a crash (Figure 2, persistent state)", () =>
  safe.keepsTerms(Raft));

test("a candidate remembers after a crash that it has stood (Figure 2, persistent state)", () =>
  safe.keepsItsOwnVote(Raft));

test("a server that starts again is a follower, whatever it was (§5.2)", () =>
  restart.startsAgainAsFollower(Raft));

test("after a crash nothing is applied before a leader says what is committed (Figure 2, volatile state)", () =>
  restart.waitsForTheCommitIndex(Raft));

test("entries that were acknowledged survive a crash, wherever it falls (Figure 2, persistent state)", () =>
  safe.keepsEntries(Raft));

test("entries that were replaced do not come back (§5.3)", () => safe.keepsReplacements(Raft));

test("what a leader calls committed is on its own disk, if it counts itself (thesis §10.2.1)", () =>
  safe.countsItselfWhenSafe(Raft));

test("after a crash the application hears everything again, from the first entry on (Figure 2, volatile state)", () =>
  restart.appliesAgain(Raft));

test("what changes neither term nor vote nor log leaves the disk alone (Figure 2, persistent state)", () =>
  restart.writesOnlyChanges(Raft));

// Stories.

test("what was answered survives the crash of everybody", () => {
  stage(scenarios.persistence1, work);
  stage(scenarios.persistence2, work);
  stage(scenarios.persistence3, work);
});

test("two candidates, a crash anywhere, messages in any order: a term has one leader in every state", () =>
  explored(explorations.twoCandidates, work));

test("one command, a crash anywhere, messages in any order: it is applied at one index in every state", () =>
  explored(explorations.oneTerm, work));

test("no later leader lacks what was committed (Figure 8)", () => {
  stage(scenarios.figure8, work);
});

test("leaders come and go, and what was committed stays", async () => {
  await campaign(scenarios.figure8Unreliable, work, { minCompleted: 3 });
});

test("servers come and go on an unreliable network, and clients see one machine", async () => {
  for (const seed of [1, 2, 3, 4, 5]) stage(scenarios.churn, work, { seed });
  await campaign(scenarios.unreliableChurn, work, { minCompleted: 4 });
});
