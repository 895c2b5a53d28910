import type { Entry } from "#protocol/12-raft";
import { claim } from "../suite/index.ts";
import { HonestFollower } from "./honest-follower.ts";
import { same } from "./same.ts";
import {
  appliedIn,
  command,
  config,
  logOf,
  messagesIn,
  type RaftClass,
  reportsIn,
  type Sent,
  three,
} from "./server-bench.ts";
import { type Leading, leading, SnapshotBench, snapshotOf, stateOf } from "./snapshot-bench.ts";

const snapshotsIn = (sent: Sent, to = "n3") => messagesIn(sent, "InstallSnapshot", to);

/** n1 leads, with a snapshot up to this entry of its log; its last one unless told. */
function compactedLeader(
  Raft: RaftClass,
  indexOf = (log: readonly Entry[]) => log.length,
): Leading & { index: number } {
  const all = leading(Raft);
  const index = indexOf(all.log);
  all.n1.compact(all.log, index);
  return { ...all, index };
}

const textOf = (index: number, log: readonly Entry[]): string =>
  `n1 leads with entries 1 to ${log.length}, all committed, and a snapshot up to ${index}`;

export function sendsSnapshot(Raft: RaftClass): void {
  const { n1, n2, term, log, index } = compactedLeader(Raft);
  const n3 = new HonestFollower("n3");
  const sent = n1.serve([n2, n3], 4 * config.heartbeatMs);
  const text = `${textOf(index, log)}. n3, whose log is empty, answers now`;
  const [first] = snapshotsIn(sent);
  claim(first !== undefined, `${text}: n1 should send it InstallSnapshot, and within 200 ms it sent none`);
  same(first.message.term, term, `${text}. The term of n1's InstallSnapshot`);
  same(snapshotsIn(sent, "n2").length, 0, `${text}. How many InstallSnapshot n2 gets, which lacks nothing`);
  same(n3.base, index, `${text}. The last entry that n3 knows to be in a snapshot`);
}

export function saysWhatItReplaces(Raft: RaftClass): void {
  for (const index of [2, 3, 4]) {
    const { n1, n2, log } = compactedLeader(Raft, () => index);
    const sent = n1.serve([n2, new HonestFollower("n3")], 4 * config.heartbeatMs);
    const expected = snapshotOf(log, index);
    same(
      snapshotsIn(sent)[0]?.message.snapshot,
      expected,
      `${textOf(index, log)}. n3 has nothing. The snapshot that n1 sends it`,
    );
  }
  const { n1, n2, log } = compactedLeader(Raft, () => 2);
  const end = log.length;
  n1.compact(log, end);
  const sent = n1.serve([n2, new HonestFollower("n3")], 4 * config.heartbeatMs);
  same(
    snapshotsIn(sent)[0]?.message.snapshot,
    snapshotOf(log, end),
    `n1 leads with a snapshot up to 2, and after it one up to ${end}. n3 has nothing. The snapshot that n1 sends it`,
  );
}

export function goesOnWithEntries(Raft: RaftClass): void {
  const { n1, n2, log, index } = compactedLeader(Raft, () => 3);
  const n3 = new HonestFollower("n3");
  n1.serve([n2, n3], 4 * config.heartbeatMs);
  const text = `${textOf(index, log)}. n3, whose log was empty, answers`;
  same(
    { base: n3.base, behind: stateOf(n3.log) },
    { base: index, behind: stateOf(log.slice(index)) },
    `${text}. What n3 has after 200 ms: the snapshot, and the commands behind it`,
  );
  const asked = n1.ask({ type: "Propose", command: "y" });
  n1.serve([n2, n3], 2 * config.heartbeatMs, asked);
  same(
    stateOf(n3.log),
    stateOf([...log.slice(index), command(2, "y")]),
    `${text}. y is proposed. What n3 has behind the snapshot`,
  );
  same(
    n3.commitIndex,
    n2.log.length,
    `${text}. y is proposed. Up to where n3 knows of it that it is committed`,
  );
}

export function sendsEntriesIfItCan(Raft: RaftClass): void {
  for (const has of [2, 3, 4]) {
    const { n1, n2, log, index } = compactedLeader(Raft, () => 2);
    const n3 = new HonestFollower("n3", log.slice(0, has));
    const sent = n1.serve([n2, n3], 6 * config.heartbeatMs);
    const text = `${textOf(index, log)}. n3 has entries 1 to ${has}`;
    same(
      snapshotsIn(sent).length,
      0,
      `${text}. n1's log has all that n3 lacks. How many InstallSnapshot n3 gets`,
    );
    same(stateOf(n3.log), stateOf(log), `${text}. What n3 has after 300 ms`);
  }
}

/** The first one is lost: n3 hears nothing of it, and answers what comes after that. */
export function sendsUntilAnswered(Raft: RaftClass): void {
  const { n1, n2, log, index, term } = compactedLeader(Raft);
  const refusal = { type: "AppendEntriesReply", term, success: false, matchIndex: 0, hintIndex: 0 } as const;
  const first = [...n1.hear("n3", refusal), ...n1.serve([n2], 2 * config.heartbeatMs)];
  const text = `${textOf(index, log)}. n3 said that its log is empty`;
  claim(
    snapshotsIn(first).length > 0,
    `${text}: n1 should send it InstallSnapshot, and within 100 ms it sent none`,
  );
  const n3 = new HonestFollower("n3");
  const again = n1.serve([n2, n3], 10 * config.heartbeatMs);
  claim(
    snapshotsIn(again).length > 0,
    `${text}, and the network lost what n1 sent it then. n3 answers whatever else comes: n1 should send InstallSnapshot again, and within 500 ms it did not (invariant 10)`,
  );
  const after = n1.serve([n2, n3], 10 * config.heartbeatMs);
  const what = `${text}, and then answered InstallSnapshot with matchIndex = ${index}`;
  same(snapshotsIn(after).length, 0, `${what}. How many more it gets within 500 ms`);
  const next = messagesIn(after, "AppendEntries", "n3").at(-1)?.message;
  same(
    { prevLogIndex: next?.prevLogIndex, prevLogTerm: next?.prevLogTerm },
    { prevLogIndex: index, prevLogTerm: log[index - 1]?.term },
    `${what}. The entry before the new ones in its next AppendEntries`,
  );
}

export function commitsAfterCompact(Raft: RaftClass): void {
  const { n1, n2, log, index } = compactedLeader(Raft);
  const text = `${textOf(index, log)}, so that nothing is in its log. n2 has everything. y is proposed`;
  const asked = n1.ask({ type: "Propose", command: "y" });
  const sent = [...asked, ...n1.serve([n2], 2 * config.heartbeatMs, asked)];
  same(appliedIn(sent), `${log.length + 1} y`, `${text}. What n1's application is told to apply`);
  same(stateOf(n2.log), stateOf([...log, command(2, "y")]), `${text}. What n2 has`);
}

export function laterTermInReply(Raft: RaftClass): void {
  const { n1, term, log, index } = compactedLeader(Raft);
  n1.hear("n3", { type: "InstallSnapshotReply", term: term + 5, matchIndex: 0 });
  const text = `${textOf(index, log)}, in term ${term}. n3 answers InstallSnapshot with term ${term + 5}`;
  const refused = reportsIn(n1.ask({ type: "Propose", command: "y" }), "Refused");
  same(
    refused.map(({ why }) => why),
    ["not leader"],
    `${text}; y is proposed. Why n1 refuses it`,
  );
  const asked = { type: "RequestVote", term: term + 4, lastLogIndex: 99, lastLogTerm: term } as const;
  const [reply] = messagesIn(n1.hear("n3", asked), "RequestVoteReply");
  same(
    reply?.message.term,
    term + 5,
    `${text}. The term of n1's answer to a RequestVote of term ${term + 4}`,
  );
}

/** What one leader has sent, the next one sends on. */
export function passesItOn(Raft: RaftClass): void {
  const log = logOf(1, 1, 2, 2);
  for (const crashes of [false, true]) {
    const n1 = new SnapshotBench(Raft);
    n1.install(2, snapshotOf(log, 4));
    if (crashes) n1.crash();
    const text = `n1 has what an InstallSnapshot brought, up to entry 4 of term 2${crashes ? "; it crashed" : ""}. It is elected, and n3 has nothing`;
    const { sent } = n1.lead();
    const all = [...sent, ...n1.serve([new HonestFollower("n3")], 4 * config.heartbeatMs, sent)];
    same(
      snapshotsIn(all)[0]?.message.snapshot,
      { ...snapshotOf(log, 4), members: three },
      `${text}. The snapshot that n1 sends it`,
    );
  }
}
