import { test } from "vitest";
import type { Exercise } from "#protocol/12-raft";
import * as work from "#work/12-raft";
import { campaign, stage } from "../suite/index.ts";
import * as elections from "./election-rules.ts";
import { scenarios } from "./scenarios.ts";
import * as votes from "./vote-rules.ts";

const { Raft, isQuorum, isUpToDate }: Exercise = work;

// Rules.

test("a quorum is more than half of the members, and each counts once (§5.2)", () =>
  elections.knowsAQuorum(isQuorum));

test("the later last term is more up to date, and of equal ones the longer log (§5.4.1)", () =>
  elections.knowsUpToDate(isUpToDate));

test("a server starts as a follower (§5.2)", () => elections.startsAsFollower(Raft));

test("who hears nobody for an election time-out stands, and asks every other member (§5.2)", () =>
  elections.standsAlone(Raft));

test("election time-outs are random, each one anew (§5.2)", () => elections.drawsTimeouts(Raft));

test("as long as a leader speaks, nobody stands (§5.2)", () => elections.waitsForALeader(Raft));

test("a candidate that does not win stands again, in the next term (§5.2)", () =>
  elections.standsAgain(Raft));

test("a server votes for one candidate a term (§5.2)", () => votes.votesOnce(Raft));

test("a request that comes again gets the same answer (§5.1)", () => votes.saysYesAgain(Raft));

test("a request of an old term gets a no, and the server's term (§5.1)", () => votes.refusesOldTerms(Raft));

test("a candidate that the voter does not know gets a vote like any other (thesis §4.1)", () =>
  votes.knowsNoStrangers(Raft));

test("a vote that is given puts the next election off, and one that is refused does not (§5.2)", () =>
  votes.putsOffForItsVote(Raft));

test("a later term makes a follower, whoever it was and whatever it hears (§5.1)", () =>
  votes.followsLaterTerms(Raft));

test("a vote stays given until the term is over (§5.2)", () => votes.keepsItsVote(Raft));

test("a candidate follows who has won its term, and not who won an earlier one (§5.2)", () =>
  votes.candidateFollows(Raft));

test("a leader of an old term is refused, and keeps nobody from standing (§5.1)", () =>
  votes.refusesOldLeaders(Raft));

test("a majority of the votes wins, and less does not (§5.2)", () => elections.winsWithAMajority(Raft));

test("a vote counts once for each member (§5.2)", () => votes.countsEachOnce(Raft));

test("a vote counts in the election that it was asked for (§5.1)", () => votes.countsThisElection(Raft));

test("a server that knows of no members asks for no vote (thesis §4.4)", () => elections.staysOutside(Raft));

test("a server alone needs nobody's vote (§5.2)", () => elections.leadsItself(Raft));

test("a new leader is announced to its application, and then to every other member (§5.2)", () =>
  elections.tellsItsApplicationFirst(Raft));

test("a leader is heard by every other member each heartbeat, and does not stand (§5.2)", () =>
  elections.keepsSpeaking(Raft));

// Stories.

test("a leader that everybody hears stays the leader (§5.2)", () => {
  stage(scenarios.initialElection, work);
  stage(scenarios.reElection, work);
});

test("a majority elects a leader, whoever else cannot be reached (§5.2)", () => {
  stage(scenarios.manyElections, work);
});

test("whatever the network does: one leader in a term, and one that leads in the end", async () => {
  await campaign(scenarios.elections, work, { minCompleted: 1 });
});
