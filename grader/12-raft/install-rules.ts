import { claim } from "../suite/index.ts";
import { same } from "./same.ts";
import {
  appliedIn,
  command,
  logOf,
  messagesIn,
  type RaftClass,
  reportsIn,
  type Sent,
} from "./server-bench.ts";
import { lastOf, SnapshotBench, snapshotOf, stateAfter } from "./snapshot-bench.ts";

/** The log of n2, which leads term 3. */
const log = [...logOf(1, 1), command(3, "f3"), command(3, "f4"), command(3, "f5"), command(3, "f6")];
/** Another log: from entry 3 on it is that of a leader that is dead. */
const other = logOf(1, 1, 2, 2, 2, 2, 2);

const repliesIn = (sent: Sent, to = "n2") =>
  messagesIn(sent, "InstallSnapshotReply", to).map(({ message: { term, matchIndex } }) => ({
    term,
    matchIndex,
  }));

const restoredIn = (sent: Sent): string =>
  reportsIn(sent, "Restore")
    .map(({ lastIncludedIndex, data }) => `${lastIncludedIndex}: ${String(data)}`)
    .join(", ");

const whole = { lastIncludedIndex: 5, text: "up to entry 5, of term 3" };
const restored = "5: e1 e2 f3 f4 f5";

/** What every snapshot brings about that says more than n1 knows; gives n1. */
function installed(had: string, make: () => SnapshotBench): { n1: SnapshotBench; text: string } {
  const n1 = make();
  const sent = n1.install(3, snapshotOf(log, 5));
  const text = `n1 ${had}. n2, leader of term 3, sends it a snapshot ${whole.text}`;
  same(restoredIn(sent), restored, `${text}. What its application is told to restore`);
  same(repliesIn(sent), [{ term: 3, matchIndex: 5 }], `${text}. What n1 answers`);
  return { n1, text };
}

const none = (Raft: RaftClass) => new SnapshotBench(Raft);
const shorter = (Raft: RaftClass) => new SnapshotBench(Raft).follows(logOf(1, 1, 2), 2);
const conflicting = (Raft: RaftClass) => new SnapshotBench(Raft).follows(other, 2);
const agreeing = (Raft: RaftClass) => new SnapshotBench(Raft).follows(log, 2, 3);

export function replacesShorter(Raft: RaftClass): void {
  for (const [had, make] of [
    ["has an empty log", none],
    ["has entries 1 to 3, the last of term 2", shorter],
  ] as const) {
    const { n1, text } = installed(had, () => make(Raft));
    same(n1.writtenLog(), "and next comes 6", `${text}. What n1's log is then`);
  }
}

export function replacesConflicting(Raft: RaftClass): void {
  const had = "has entries 1 to 7, from the third on of term 2";
  const { n1, text } = installed(had, () => conflicting(Raft));
  const { lastLogIndex, lastLogTerm } = n1.stand(`${text}, and falls silent`);
  same(
    { lastLogIndex, lastLogTerm },
    { lastLogIndex: 5, lastLogTerm: 3 },
    `${text}. What n1's next RequestVote says`,
  );
  same(n1.writtenLog(), "and next comes 6", `${text}. What n1's log is then`);
}

export function keepsWhatAgrees(Raft: RaftClass): void {
  const had = "has entries 1 to 6, the same as n2";
  const { n1, text } = installed(had, () => agreeing(Raft));
  const sent = n1.append({ ...lastOf(log), term: 3, leaderCommit: 6 });
  const [reply] = messagesIn(sent, "AppendEntriesReply");
  claim(
    reply?.message.success === true,
    `${text}, and then AppendEntries with prevLogIndex = 6: n1 had that entry, and should answer success`,
  );
  same(
    appliedIn(sent),
    "6 f6",
    `${text}, and says that 6 is committed. What n1 tells its application to apply`,
  );
  same(n1.writtenLog(), "6 f6, and next comes 7", `${text}. What n1's log is then`);
}

export function answersForTheSnapshot(Raft: RaftClass): void {
  const old = logOf(2, 2, 2, 2, 2, 2, 2);
  const n1 = new SnapshotBench(Raft).follows(old, 0);
  const sent = n1.install(3, snapshotOf(old, 5), "n3");
  same(
    repliesIn(sent, "n3"),
    [{ term: 3, matchIndex: 5 }],
    "n1 has entries 1 to 7 of term 2. n3, leader of term 3, sends it a snapshot up to entry 5, of term 2. What n1 answers: what lies behind may not be n3's (invariant 8)",
  );
}

export function ignoresOldNews(Raft: RaftClass): void {
  const n1 = new SnapshotBench(Raft).follows(log, 5, 3);
  for (const index of [3, 5]) {
    const text = `n1 has entries 1 to 6 and knows that those up to 5 are committed. A snapshot up to entry ${index} comes late`;
    const sent = n1.install(3, snapshotOf(log, index));
    same(restoredIn(sent), "", `${text}. What its application is told to restore (invariant 5)`);
    same(repliesIn(sent), [{ term: 3, matchIndex: index }], `${text}. What n1 answers`);
  }
  n1.compact(log, 4);
  const text = "n1 has a snapshot up to entry 4 and entry 5, which is committed";
  for (const index of [2, 4, 5]) {
    const sent = n1.install(3, snapshotOf(log, index));
    same(
      restoredIn(sent),
      "",
      `${text}. A snapshot up to entry ${index} comes late. What its application is told to restore (invariant 5)`,
    );
  }
  n1.crash();
  for (const index of [2, 4]) {
    const sent = n1.install(3, snapshotOf(log, index));
    const late = `n1 has a snapshot up to entry 4, crashed, and started again. One up to entry ${index} comes late`;
    same(restoredIn(sent), "", `${late}. What its application is told to restore then (invariant 5)`);
  }
  const sent = n1.append({ ...lastOf(log), term: 3, leaderCommit: 6 });
  same(
    appliedIn(sent),
    "5 f5, 6 f6",
    `${text}. Late snapshots came, and a crash. Entry 6 is committed. What n1 tells its application to apply`,
  );
  same(n1.writtenLog(), "5 f5, 6 f6, and next comes 7", `${text}. Late snapshots came. What its log is`);
}

export function restoresOnce(Raft: RaftClass): void {
  for (const [had, make] of [
    ["an empty log", none],
    ["entries 1 to 6", agreeing],
  ] as const) {
    const n1 = make(Raft);
    const all = [...n1.install(3, snapshotOf(log, 5))];
    for (const index of [5, 3]) {
      const sent = n1.install(3, snapshotOf(log, index));
      const text = `n1 had ${had} and was sent a snapshot up to entry 5, and then, late, one up to ${index}`;
      same(restoredIn(sent), "", `${text}. What it tells its application at the second one (invariant 5)`);
      same(repliesIn(sent), [{ term: 3, matchIndex: index }], `${text}. What it answers`);
      all.push(...sent);
    }
    all.push(...n1.append({ ...lastOf(log.slice(0, 5)), entries: log.slice(5), term: 3, leaderCommit: 6 }));
    same(
      stateAfter(all),
      "e1 e2 f3 f4 f5 f6",
      `n1 had ${had}. Snapshots and then entry 6 came. What its application has (invariant 5)`,
    );
  }
}

export function refusesOldTerm(Raft: RaftClass): void {
  const n1 = new SnapshotBench(Raft).follows(logOf(1, 1), 1);
  n1.append({ ...lastOf(logOf(1, 1)), term: 4, leaderCommit: 1 }, "n3");
  const sent = n1.install(3, snapshotOf(log, 5));
  const text = "n1 is in term 4. n2, which led term 3, sends a snapshot up to entry 5";
  same(repliesIn(sent), [{ term: 4, matchIndex: 0 }], `${text}. What n1 answers`);
  same(restoredIn(sent), "", `${text}. What its application is told to restore`);
  for (let ms = 0; ms < 2 * n1.config.electionMaxMs; ms += 100) {
    n1.install(3, snapshotOf(log, 5));
    if (messagesIn(n1.solo.advance(90), "RequestVote").length > 0) return;
  }
  claim(
    false,
    `${text}, every 100 ms. Nobody leads term 4: n1 should stand for election, and it did not within 600 ms`,
  );
}

export function isSignOfLife(Raft: RaftClass): void {
  const n1 = new SnapshotBench(Raft).follows(logOf(1, 1), 2);
  for (let times = 1; times <= 8; times++) {
    n1.install(3, snapshotOf(log, 5));
    const stood = messagesIn(n1.solo.advance(90), "RequestVote");
    same(
      stood.length,
      0,
      `n2, leader of term 3, sends n1 a snapshot every 100 ms, and n1 has had ${times} of them. How many RequestVote it sends before the next one`,
    );
  }
}

export function followsWhoSends(Raft: RaftClass): void {
  const candidate = new SnapshotBench(Raft).follows(logOf(1, 1), 2);
  const { term } = candidate.stand();
  candidate.install(term, snapshotOf(log, 5));
  const sent = candidate.hear("n3", { type: "RequestVoteReply", term, voteGranted: true });
  same(
    reportsIn(sent, "BecameLeader"),
    [],
    `n1 stands in term ${term}. n2, which leads that term, sends it a snapshot; then n3's vote comes. What n1 tells its application (invariant 1)`,
  );
  const n1 = new SnapshotBench(Raft).follows(logOf(1, 1), 2);
  const text = "n1 is in term 1. A snapshot of n2, leader of term 6, came";
  same(
    repliesIn(n1.install(6, snapshotOf(log, 5))),
    [{ term: 6, matchIndex: 5 }],
    `${text}. What n1 answers`,
  );
  n1.crash();
  const [reply] = messagesIn(
    n1.hear("n3", { type: "RequestVote", term: 5, lastLogIndex: 9, lastLogTerm: 4 }),
    "RequestVoteReply",
  );
  same(
    { term: reply?.message.term, voteGranted: reply?.message.voteGranted },
    { term: 6, voteGranted: false },
    `${text}, and was answered; n1 crashed. n3 wants its vote for term 5. What n1 answers (invariants 7 and 8)`,
  );
}

export function goesOnBehind(Raft: RaftClass): void {
  for (const [had, make, before] of [
    ["an empty log", none, ""],
    ["entries 1 to 7 of another leader, of which 2 are committed", conflicting, "e1 e2"],
    ["entries 1 to 6, of which 2 are committed", agreeing, "e1 e2"],
  ] as const) {
    const n1 = make(Raft);
    same(stateAfter(n1.solo.sent), before, `n1 has ${had}. What its application has`);
    n1.install(3, snapshotOf(log, 5));
    const text = `n1 had ${had}. It was sent a snapshot up to entry 5, and then entry 6`;
    const prev = lastOf(log.slice(0, 5));
    const sent = n1.append({ ...prev, term: 3, entries: log.slice(5), leaderCommit: 5 });
    const replies = messagesIn(sent, "AppendEntriesReply").map(({ message }) => message.matchIndex);
    same(replies, [6], `${text} with prevLogIndex = 5, prevLogTerm = 3. The matchIndex of its answer`);
    same(appliedIn(sent), "", `${text}, with leaderCommit = 5. What its application is told to apply`);
    const next = n1.append({ ...lastOf(log), term: 3, leaderCommit: 6 });
    same(
      appliedIn(next),
      "6 f6",
      `${text}, which is committed. What its application is told to apply (invariant 5)`,
    );
  }
}
