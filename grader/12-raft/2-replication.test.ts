import { test } from "vitest";
import type { Exercise } from "#protocol/12-raft";
import * as work from "#work/12-raft";
import { campaign, stage } from "../suite/index.ts";
import * as commit from "./commit-rules.ts";
import * as follower from "./follower-rules.ts";
import * as leader from "./leader-rules.ts";
import { scenarios } from "./scenarios.ts";
import * as votes from "./vote-log-rules.ts";

const { majorityIndex, Raft }: Exercise = work;

// Rules.

test("what a majority has is the largest index that more than half have reached (§5.3)", () =>
  commit.countsMajorities(majorityIndex));

test("a leader appends a command and sends it to every other member, without waiting for a heartbeat (§5.3)", () =>
  leader.sendsAtOnce(Raft));

test("a new leader supposes that the others have what it has (Figure 2, nextIndex)", () =>
  leader.supposesTheBest(Raft));

test("what a leader sends is what its log has, from prevLogIndex on (Figure 2, AppendEntries RPC)", () =>
  leader.fitsTogether(Raft));

test("a follower without the leader's entry at prevLogIndex refuses (§5.3)", () =>
  follower.refusesWithoutPrevious(Raft));

test("whoever refuses a leader's entries follows it all the same (§5.2)", () =>
  follower.heedsWhomItRefuses(Raft));

test("the hints of a follower lead its leader to where their logs are equal (§5.3)", () =>
  follower.leadsTheLeaderBack(Raft));

test("a follower appends the entries that it does not have (Figure 2, AppendEntries RPC, 4)", () =>
  follower.takesWhatFollows(Raft));

test("a follower says how far its log is known to be the leader's (Figure 2, AppendEntries RPC)", () =>
  follower.saysWhatIsTheLeaders(Raft));

test("an entry that conflicts goes, with all that follow it (Figure 2, AppendEntries RPC, 3)", () =>
  follower.removesWhatConflicts(Raft));

test("an AppendEntries that comes late or twice takes nothing away (§5.3, §5.5)", () =>
  follower.keepsWhatDoesNot(Raft));

test("an AppendEntries of an earlier term changes nothing (§5.1)", () => follower.refusesAnOldLeader(Raft));

test("a follower takes as committed what the leader has committed and it has too (Figure 2, AppendEntries RPC, 5)", () =>
  follower.commitsWhatIsTheLeaders(Raft));

test("what is committed stays committed (Figure 2, commitIndex)", () => follower.neverTakesBack(Raft));

test("what is committed is applied in the order of the log, each entry once (§5.3)", () =>
  follower.appliesInOrder(Raft));

test("a refusal is answered at once with what lies further back (§5.3)", () => leader.goesBackAtOnce(Raft));

test("a leader brings with a heartbeat what was lost (§5.3)", () => leader.bringsWhatWasLost(Raft));

test("a leader tries for ever to reach a follower that does not answer (§5.3)", () =>
  leader.triesForEver(Raft));

test("a leader brings the logs of Figure 7 to its own (§5.3)", () => leader.mendsLogs(Raft));

test("a leader commits what a majority of the members has (§5.3)", () => commit.commitsByMajority(Raft));

test("a leader alone is a majority of one (§5.3)", () => commit.isAMajorityAlone(Raft));

test("the others learn from the next AppendEntries what is committed (§5.3)", () =>
  commit.tellsWhatIsCommitted(Raft));

test("a leader counts the copies of entries of its own term only (§5.4.2)", () =>
  commit.commitsItsOwnTerm(Raft));

test("an answer counts for the entries that it is about (Figure 2, matchIndex)", () =>
  commit.countsWhatTheReplySays(Raft));

test("each member counts once, and others not at all (§5.3)", () => commit.countsAServerOnce(Raft));

test("an answer that comes late or twice changes nothing (§5.5)", () => {
  commit.ignoresLateReplies(Raft);
  leader.goesBackOnce(Raft);
});

test("an answer of an earlier term changes nothing (§5.1)", () => commit.ignoresOldTerms(Raft));

test("a leader of a new term knows nothing from an old one (Figure 2, matchIndex)", () =>
  commit.beginsAnew(Raft));

test("a server that does not lead appends no command (§5.1)", () => leader.refuses(Raft));

test("a candidate that hears the leader of its term follows it (§5.2)", () => leader.followsTheWinner(Raft));

test("nobody votes for a server whose log is less up to date than their own (§5.4.1)", () => {
  leader.votesByLog(Raft);
  votes.votesAfterARefusal(Raft);
});

test("a candidate says what its log ends with (§5.4.1)", () => leader.standsWithItsLog(Raft));

test("a request that is refused for its log brings a later term and puts off no election (§5.1, §5.2)", () =>
  votes.standsAgainstShorterLogs(Raft));

// Stories.

test("what the leader is asked for comes to everybody, in one order (§5.3)", () => {
  stage(scenarios.basicAgreement, work);
  stage(scenarios.concurrentStarts, work);
});

test("a command costs no more messages and bytes than it must", () => {
  stage(scenarios.rpcBudget, work);
});

test("a majority goes on without the others, and a minority does not (§5.3)", () => {
  stage(scenarios.followerFailure, work);
  stage(scenarios.leaderFailure, work);
  stage(scenarios.noAgreement, work);
  stage(scenarios.pausedLeader, work);
});

test("whoever comes back gets what it missed, and gives up what was never committed (§5.3)", () => {
  stage(scenarios.followerCatchesUp, work);
  stage(scenarios.rejoin, work);
  stage(scenarios.backUp, work);
});

test("whatever the network does, clients see one machine", async () => {
  await campaign(scenarios.replication, work, { minCompleted: 4 });
});

test("five servers on an unreliable network agree", async () => {
  await campaign(scenarios.unreliableAgreement, work, { minCompleted: 4 });
});
