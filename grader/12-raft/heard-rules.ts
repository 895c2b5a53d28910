import { claim, same } from "../suite/index.ts";
import { giveVote, voteText } from "./election-bench.ts";
import { gatherMs, logOf, messagesIn, type RaftClass, reportsIn, ServerBench } from "./server-bench.ts";
import { snapshotOf } from "./snapshot-bench.ts";
import {
  asksAbout,
  candidate,
  doesNotStand,
  hasTerm,
  isLeading,
  promise,
  says,
  undisturbed,
} from "./undisturbed-bench.ts";

const long = { lastLogIndex: 9, lastLogTerm: 3 };

/** n2, leader of a term, sends n1 a snapshot of two entries. */
function installs(n1: ServerBench, term: number): void {
  n1.hear("n2", { type: "InstallSnapshot", term, snapshot: snapshotOf(logOf(1, 3), 2) });
}

/** A leader that brings a follower a snapshot has nothing else to say meanwhile. */
export function hearsASnapshot(Raft: RaftClass): void {
  const n1 = undisturbed(Raft);
  for (let i = 0; i < 3; i++) {
    installs(n1, 3);
    n1.solo.advance(n1.config.electionMinMs - 5 * gatherMs);
    const when =
      "n1 has heard InstallSnapshot of n2, the leader of term 3, 110 ms ago, and electionMinMs = 150";
    says(n1, "n3", 4, "no in term 3", when, long);
    const reply = messagesIn(n1.hear("n3", { type: "RequestVote", term: 9, ...long }), "RequestVoteReply");
    same(reply.length, 0, `${when}. n3 sends RequestVote of term 9. How many answers it gets`);
  }
  const asker = undisturbed(Raft);
  asker.append({ term: 3 });
  asksAbout(asker, 4, "n1 has heard a heartbeat of term 3", asker.solo.nowMs - gatherMs);
  installs(asker, 3);
  const when =
    "n1 has asked about term 4. Then n2, the leader of term 3, sends InstallSnapshot, and after it n3 says yes";
  doesNotStand(promise(asker, "n3", 4), when);
  hasTerm(asker, 3, when);
}

/** The yes comes so late that the leader which spoke meanwhile is silent again; but no longer than anybody bears. */
export function hearsALateYes(Raft: RaftClass): void {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const n1 = undisturbed(Raft, {}, seed);
    n1.append({ term: 3 });
    asksAbout(n1, 4, "n1 has heard a heartbeat of term 3", n1.solo.nowMs - gatherMs);
    const sinceMs = n1.solo.nowMs;
    n1.append({ term: 3 });
    const sent = n1.solo.advance(sinceMs + n1.config.electionMinMs + 1 - n1.solo.nowMs);
    // It has asked again, and may be answered.
    if (messagesIn(sent, "PreVote").length > 0) continue;
    const when =
      "n1 has asked about term 4. Then the leader of term 3 spoke, and 151 ms after that n2 says yes; electionMinMs = 150, and n1 has not asked again";
    doesNotStand(promise(n1, "n2", 4), when);
    hasTerm(n1, 3, when);
  }
}

/** What n1 answers to n3, whose log is longer, in term 9; "" if it does not answer. */
function votes(n1: ServerBench): string {
  const replies = messagesIn(n1.hear("n3", { type: "RequestVote", term: 9, ...long }), "RequestVoteReply");
  return replies.map(({ message }) => voteText(message)).join(", ") || "nothing";
}

/** With preVote = false all is as it was before this part. */
export function nothingUnlessWanted(Raft: RaftClass): void {
  const asker = new ServerBench(Raft);
  const sent = asker.waitFor("RequestVote", asker.config.electionMaxMs + gatherMs);
  const types = [...new Set([...asker.solo.sent, ...sent].map(({ message }) => message.type))];
  same(
    types,
    ["RequestVote"],
    "preVote = false, and n1 has heard nobody for an election time-out. What it sends",
  );
  const voter = new ServerBench(Raft);
  voter.append({ term: 3 });
  same(
    votes(voter),
    "yes in term 9",
    "preVote = false. n1 has heard the leader of term 3 10 ms ago, and n3 asks for its vote in term 9. n1's answer",
  );
  const leader = new ServerBench(Raft);
  const { term } = leader.lead();
  leader.solo.advance(4 * leader.config.electionMaxMs);
  claim(
    isLeading(leader),
    `preVote = false. n1 leads term ${term}, and nobody has answered for 1,200 ms: it should lead on, and it sends no AppendEntries`,
  );
  same(
    votes(leader),
    "yes in term 9",
    `preVote = false. n1 leads term ${term}, and n3 asks for its vote in term 9. n1's answer`,
  );
}

/** While it asks, the vote comes that was missing. */
export function leadsThoughItHasAsked(Raft: RaftClass): void {
  const n1 = candidate(undisturbed(Raft), 4);
  n1.solo.advance(n1.config.electionMaxMs + gatherMs);
  // It may have given that election up when it asked.
  if (reportsIn(giveVote(n1, "n2", 4), "BecameLeader").length === 0) return;
  const when =
    "n1 stood in term 4, and asked about term 5. Then n2's vote of term 4 came, and n1 leads term 4. n2 and n3 say yes to term 5";
  doesNotStand([...promise(n1, "n2", 5), ...promise(n1, "n3", 5)], when, 4);
  hasTerm(n1, 4, when);
}

/** What it lacks makes nobody less of a leader. */
export function hearsWhomItRefuses(Raft: RaftClass): void {
  const n1 = undisturbed(Raft);
  for (let i = 0; i < 3; i++) {
    n1.append({ term: 3, prevLogIndex: 7, prevLogTerm: 3 });
    n1.solo.advance(n1.config.electionMinMs - 5 * gatherMs);
    const when =
      "n1's log is empty. It has refused an AppendEntries of n2, the leader of term 3, with prevLogIndex = 7, 110 ms ago, and electionMinMs = 150";
    says(n1, "n3", 4, "no in term 3", when, long);
    same(votes(n1), "nothing", `${when}. n3 asks for its vote in term 9. n1's answer`);
  }
}
