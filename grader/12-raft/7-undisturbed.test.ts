import { test } from "vitest";
import type { Exercise } from "#protocol/12-raft";
import * as work from "#work/12-raft";
import { campaign, stage } from "../suite/index.ts";
import * as heard from "./heard-rules.ts";
import * as quorums from "./quorum-rules.ts";
import * as promises from "./undisturbed-rules.ts";
import { undisturbedScenarios } from "./undisturbed-scenarios.ts";

const { Raft }: Exercise = work;

// Rules.

test("a server asks whether it would be elected, and keeps its term meanwhile (thesis §9.6)", () =>
  promises.asksFirst(Raft));

test("whom a quorum would elect stands, and nobody else does (thesis §9.6)", () =>
  promises.standsWithAQuorum(Raft));

test("a yes counts once for each member (thesis §9.6)", () => promises.countsPromisesOnce(Raft));

test("each election begins with the question (thesis §9.6)", () => promises.asksEachTime(Raft));

test("a yes counts for the question that it answers (thesis §9.6)", () => {
  promises.countsThisQuestion(Raft);
  heard.leadsThoughItHasAsked(Raft);
});

test("who hears a leader again does not stand (thesis §9.6)", () => {
  promises.hearsALeaderMeanwhile(Raft);
  heard.hearsALateYes(Raft);
});

test("a no in a later term makes a follower in it (§5.1)", () => promises.learnsFromANo(Raft));

test("the question changes nothing where it arrives (thesis §9.6)", () => promises.changesNothing(Raft));

test("nobody would vote for an old term or an old log (thesis §9.6)", () => promises.refusesToPromise(Raft));

test("whoever leads or hears a leader would vote for nobody (thesis §9.6)", () => {
  promises.needsNoOther(Raft);
  heard.hearsWhomItRefuses(Raft);
});

test("whoever leads or hears a leader is not moved by a candidate (thesis §4.2.3)", () => {
  promises.hearsNoVoteRequest(Raft);
});

test("a snapshot is a word of the leader here too (thesis §4.2.3)", () => heard.hearsASnapshot(Raft));

test("a leader that a quorum answers leads on (thesis §6.2)", () => {
  quorums.leadsWithAQuorum(Raft);
  quorums.countsRefusals(Raft);
  quorums.countsSnapshots(Raft);
});

test("a leader that no quorum answers steps down (thesis §6.2)", () => quorums.stepsDownAlone(Raft));

test("who has stepped down follows and stands as everybody does (thesis §6.2)", () =>
  quorums.followsAfterThat(Raft));

test("nothing of this happens unless it is wanted", () => heard.nothingUnlessWanted(Raft));

// Stories.

test("a server that comes back disturbs nobody (invariant 10)", () => {
  stage(undisturbedScenarios.cameBack, work);
});

test("a leader that cannot be answered gives way to one that can (invariant 10)", () => {
  stage(undisturbedScenarios.deafLeader, work);
  stage(undisturbedScenarios.cutOffLeader, work);
});

test("as long as one server and a majority hear each other, commands commit (invariant 10)", () => {
  stage(undisturbedScenarios.chain, work);
  stage(undisturbedScenarios.oneWay, work);
  stage(undisturbedScenarios.hub, work);
});

test("with the question and the count, and everything that can go wrong", async () => {
  await campaign(undisturbedScenarios.undisturbed, work, { minCompleted: 4 });
});
