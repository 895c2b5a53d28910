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
import { lastOf, SnapshotBench, snapshotOf, stateOf } from "./snapshot-bench.ts";

const log = logOf(1, 1, 2, 2, 2);
const e6 = command(2, "e6");
const had = "n1 follows n2 and has entries 1 to 5, of which 1 to 4 are committed";

/** n1 has entries 1 to 5, and a snapshot up to one of them. */
function compacted(Raft: RaftClass, index: number, commitIndex = 4): SnapshotBench {
  const n1 = new SnapshotBench(Raft).follows(log, commitIndex);
  n1.compact(log, index);
  return n1;
}

const repliesIn = (sent: Sent) =>
  messagesIn(sent, "AppendEntriesReply").map(({ message: { success, matchIndex } }) => ({
    success,
    matchIndex,
  }));

export function dropsTheHead(Raft: RaftClass): void {
  const text = `${had}. Its application has a snapshot up to entry`;
  same(compacted(Raft, 3).writtenLog(), "4 e4, 5 e5, and next comes 6", `${text} 3. What its log is then`);
  same(compacted(Raft, 4).writtenLog(), "5 e5, and next comes 6", `${text} 4. What its log is then`);
  const n1 = compacted(Raft, 3);
  n1.ask({ type: "Compact", lastIncludedIndex: 4, data: stateOf(log.slice(0, 4)) });
  same(n1.writtenLog(), "5 e5, and next comes 6", `${text} 3, and one up to entry 4. What its log is then`);
  const sent = compacted(Raft, 3).append({ ...lastOf(log), term: 2, leaderCommit: 5 });
  same(appliedIn(sent), "5 e5", `${text} 3. Entry 5 is committed. What its application is told to apply`);
}

export function keepsWhatIsNotApplied(Raft: RaftClass): void {
  for (const commitIndex of [0, 2]) {
    const asked = (): SnapshotBench => {
      const n1 = new SnapshotBench(Raft).follows(log, commitIndex);
      n1.compact(log, 3);
      return n1;
    };
    const text = `n1 has entries 1 to 5, and ${commitIndex === 0 ? "knows of none that is" : "only 1 and 2 are"} committed. It is asked to compact up to entry 3`;
    const whole = "1 e1, 2 e2, 3 e3, 4 e4, 5 e5, and next comes 6";
    same(asked().writtenLog(), whole, `${text}. What its log is after that`);
    const sent = asked().append({ ...lastOf(log), term: 2, leaderCommit: 4 });
    const told = log.slice(commitIndex, 4).map((_, i) => `${commitIndex + i + 1} e${commitIndex + i + 1}`);
    same(
      appliedIn(sent),
      told.join(", "),
      `${text}. Entries up to 4 are committed then. What its application is told to apply`,
    );
  }
}

export function keepsTheLatest(Raft: RaftClass): void {
  for (const older of [2, 3]) {
    const n1 = compacted(Raft, 3);
    n1.ask({ type: "Compact", lastIncludedIndex: older, data: "an old state" });
    const text = `${had}. It has a snapshot up to entry 3, and is asked to compact up to entry ${older}`;
    n1.crash();
    same(
      n1.writtenLog(),
      "4 e4, 5 e5, and next comes 6",
      `${text}; it crashes and starts again. What its log is`,
    );
    const [restore] = reportsIn(n1.startAgain(), "Restore");
    claim(restore !== undefined, `${text}; it crashes: its application should be told Restore, and is not`);
    same(
      { lastIncludedIndex: restore.lastIncludedIndex, data: restore.data },
      { lastIncludedIndex: 3, data: "e1 e2 e3" },
      `${text}; it crashes. What its application is restored to`,
    );
  }
}

/** The entry before the new ones is the snapshot's last one, of which only index and term are left. */
export function followsOnSnapshot(Raft: RaftClass): void {
  for (const index of [2, 4, 5]) {
    for (const crashes of [false, true]) {
      const n1 = compacted(Raft, index, 5);
      if (crashes) n1.crash();
      const text = `n1 has entries 1 to 5 in its log, and a snapshot up to ${index}${crashes ? "; it crashed and started again" : ""}. n2, leader of term 2, sends`;
      const prev = lastOf(log.slice(0, index));
      const entries = [...log.slice(index), e6];
      const sent = n1.append({ ...prev, term: 2, entries, leaderCommit: 6 });
      const what = `${text} the entries up to 6 with prevLogIndex = ${index}, prevLogTerm = ${prev.prevLogTerm}`;
      same(repliesIn(sent), [{ success: true, matchIndex: 6 }], `${what}. What n1 answers`);
      const told = crashes ? entries.map((_, i) => `${index + 1 + i} e${index + 1 + i}`).join(", ") : "6 e6";
      same(appliedIn(sent), told, `${what}; all are committed. What n1's application is told to apply`);
    }
  }
}

export function beginsBeforeSnapshot(Raft: RaftClass): void {
  const cases = [
    { prev: 1, entries: [...log.slice(1), e6], log: "5 e5, 6 e6, and next comes 7" },
    { prev: 0, entries: log, log: "5 e5, and next comes 6" },
    { prev: 2, entries: log.slice(2, 3), log: "5 e5, and next comes 6" },
    { prev: 3, entries: [], log: "5 e5, and next comes 6" },
  ];
  for (const { prev, entries, log: expected } of cases) {
    const n1 = compacted(Raft, 4);
    const to = prev + entries.length;
    const what = entries.length === 0 ? "no entries" : `entries ${prev + 1} to ${to}`;
    const text = `${had}, and a snapshot up to 4. n2 sends ${what} with prevLogIndex = ${prev}`;
    const sent = n1.append({ ...lastOf(log.slice(0, prev)), term: 2, entries, leaderCommit: 4 });
    same(
      repliesIn(sent),
      [{ success: true, matchIndex: to }],
      `${text}: up to 4 n1 has what is committed. What it answers`,
    );
    same(appliedIn(sent), "", `${text}. What its application is told to apply`);
    same(n1.writtenLog(), expected, `${text}. What its log is then`);
  }
}

export function comparesWithSnapshot(Raft: RaftClass): void {
  const candidates = [
    { lastLogIndex: 9, lastLogTerm: 1, granted: false },
    { lastLogIndex: 4, lastLogTerm: 2, granted: false },
    { lastLogIndex: 5, lastLogTerm: 2, granted: true },
    { lastLogIndex: 1, lastLogTerm: 3, granted: true },
  ];
  for (const crashes of [false, true]) {
    const text = `n1 has a snapshot up to entry 5, of term 2, and nothing behind it${crashes ? "; it crashed and started again" : ""}`;
    for (const { granted, ...last } of candidates) {
      const n1 = compacted(Raft, 5, 5);
      if (crashes) n1.crash();
      const [reply] = messagesIn(
        n1.hear("n3", { type: "RequestVote", term: 7, ...last }),
        "RequestVoteReply",
      );
      const what = `${text}. n3 stands in term 7, with entry ${last.lastLogIndex} of term ${last.lastLogTerm} as its last`;
      same(reply?.message.voteGranted, granted, `${what}. Whether n1 votes for it (invariant 4)`);
    }
    const n1 = compacted(Raft, 5, 5);
    if (crashes) n1.crash();
    const { lastLogIndex, lastLogTerm } = n1.stand(`${text}, and hears nothing`);
    same(
      { lastLogIndex, lastLogTerm },
      { lastLogIndex: 5, lastLogTerm: 2 },
      `${text}. What its RequestVote says`,
    );
  }
}

export function restoresFirst(Raft: RaftClass): void {
  const n1 = compacted(Raft, 3);
  for (const times of ["once", "twice"]) {
    n1.solo.crash("none");
    const text = `${had}, and a snapshot up to 3. It crashed ${times} and started again`;
    const restores = reportsIn(n1.startAgain(), "Restore");
    const { lastIncludedIndex, data } = snapshotOf(log, 3);
    same(
      restores,
      [{ type: "Restore", lastIncludedIndex, data }],
      `${text}. What it tells its application to restore`,
    );
    const sent = n1.append({ ...lastOf(log), term: 2, leaderCommit: 5 });
    same(
      appliedIn(sent),
      "4 e4, 5 e5",
      `${text}; it hears that entries up to 5 are committed. What its application is told to apply (invariant 5)`,
    );
    same(reportsIn(sent, "Restore"), [], `${text}. What it is told to restore when n2 has spoken`);
  }
}
