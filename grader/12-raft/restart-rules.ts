import type { Json } from "#lib/sim";
import type { RaftMessage } from "#protocol/12-raft";
import { claim } from "../suite/index.ts";
import {
  answers,
  become,
  doesNotLead,
  giveVote,
  laterWords,
  leads,
  roles,
  standsIn,
  standsInTime,
} from "./election-bench.ts";
import { HonestFollower } from "./honest-follower.ts";
import { same } from "./same.ts";
import {
  appliedIn,
  gatherMs,
  logOf,
  messagesIn,
  type RaftClass,
  reportsIn,
  type Sent,
  ServerBench,
} from "./server-bench.ts";

export function startsAgainAsFollower(Raft: RaftClass): void {
  for (const { name, text } of roles) {
    const n1 = become(new ServerBench(Raft), name, 3);
    const since = n1.solo.nowMs;
    const when = `${text(3)}. It crashes, and starts again`;
    const sent = [...n1.crash()];
    for (const from of ["n2", "n3"]) sent.push(...giveVote(n1, from, 3));
    sent.push(...n1.solo.advance(n1.config.electionMinMs - 21));
    doesNotLead(sent, when);
    same(messagesIn(sent, "RequestVote").length, 0, `${when}. RequestVotes in the next 149 ms`);
    standsInTime(n1, 4, `${when}. Nobody says anything`, since);
    leads(giveVote(n1, "n2", 4), 4, `${when}. It stands in term 4, and n2 votes for it`);
  }
}

/** n1 with entries 1 to 4, of which it was told that `committed` are; it has crashed since. */
function restarted(Raft: RaftClass, committed: number): { readonly n1: ServerBench; readonly when: string } {
  const n1 = new ServerBench(Raft).withLog(logOf(1, 1, 2, 2));
  const sent = n1.append({ term: 2, prevLogIndex: 4, prevLogTerm: 2, leaderCommit: committed });
  const when = `n1 has entries 1 to 4, had heard from n2 that ${known(committed)}, crashed, and started again`;
  same(
    reportsIn(sent, "Apply").length,
    committed,
    `n1 is told that ${committed} entries are committed. It applies`,
  );
  const first = n1.crash();
  same(appliedIn([...first, ...n1.solo.advance(100)]), "", `${when}. What it told its application to apply`);
  return { n1, when };
}

const known = (committed: number) =>
  committed === 0 ? "none of them is committed" : `those up to ${committed} are committed`;

export function waitsForTheCommitIndex(Raft: RaftClass): void {
  for (const committed of [0, 2, 4]) {
    const { n1, when } = restarted(Raft, committed);
    const beat = (leaderCommit: number) =>
      appliedIn(n1.append({ term: 3, prevLogIndex: 4, prevLogTerm: 2, leaderCommit }));
    same(beat(0), "", `${when}. n2, leader of term 3, sends leaderCommit = 0. What n1 applies`);
    same(beat(1), "1 e1", `${when}. n2, leader of term 3, sends leaderCommit = 1. What n1 applies`);
    same(
      beat(3),
      "2 e2, 3 e3",
      `${when}. n2 sent leaderCommit = 1, and now leaderCommit = 3. What n1 applies`,
    );
    n1.crash();
    same(
      beat(4),
      "1 e1, 2 e2, 3 e3, 4 e4",
      `${when}. n2, leader of term 3, sent leaderCommit = 3; then n1 crashed and started once more, and n2 sends leaderCommit = 4. What n1 applies in this life`,
    );
  }
}

export function appliesAgain(Raft: RaftClass): void {
  const n1 = new ServerBench(Raft);
  const n2 = new HonestFollower("n2");
  let life = 0;
  const commands: string[] = [];
  for (const names of [["a", "b"], ["c"], ["d", "e"]]) {
    const sent: Sent[number][] = [...(life++ === 0 ? [] : n1.crash())];
    const { sent: first, term } = n1.lead();
    sent.push(...first, ...n1.serve([n2], 0, first));
    for (const command of names) {
      const now = n1.ask({ type: "Propose", command });
      sent.push(...now, ...n1.serve([n2], gatherMs, now));
      commands.push(command);
    }
    const lives = ["first", "second", "third"][life - 1];
    const when = `n1 is in its ${lives} life, leads term ${term}, and n2 has answered`;
    const applied = reportsIn(sent, "Apply");
    same(
      applied.map((it): Json => it.command),
      commands,
      `${when}: of what was proposed, ${commands.join(", ")} are committed. What n1 told its application in this life`,
    );
    const indexes = applied.map(({ index }) => index);
    const isAscending = indexes.every((index, i) => i === 0 || index > (indexes[i - 1] as number));
    claim(
      isAscending,
      `${when}: Apply should come in the order of the log, and it came for ${indexes.join(", ")}`,
    );
  }
}

export function writesOnlyChanges(Raft: RaftClass): void {
  const follower = (): ServerBench => {
    const n1 = new ServerBench(Raft).withLog(logOf(1, 1, 2), 4);
    answers(n1, "n2", 5, "yes in term 5", "n1 has voted for nobody", { lastLogIndex: 3, lastLogTerm: 2 });
    return n1;
  };
  const ask = { type: "RequestVote", lastLogIndex: 3, lastLogTerm: 2 } as const;
  const append = {
    type: "AppendEntries",
    term: 5,
    prevLogIndex: 3,
    prevLogTerm: 2,
    entries: [],
    leaderCommit: 0,
  } as const;
  const cases: [string, string, RaftMessage][] = [
    ["a heartbeat", "n2", append],
    ["entries that it has", "n2", { ...append, prevLogIndex: 0, prevLogTerm: 0, entries: logOf(1, 1, 2) }],
    ["entries that follow on none of its own", "n2", { ...append, prevLogIndex: 8 }],
    ["a heartbeat of term 4", "n3", { ...append, term: 4 }],
    ["RequestVote of term 5, after its vote for n2", "n3", { ...ask, term: 5 }],
    ["RequestVote of term 4", "n3", { ...ask, term: 4 }],
    ["a vote that it did not ask for", "n3", { type: "RequestVoteReply", term: 5, voteGranted: true }],
  ];
  for (const [what, from, message] of cases) {
    const n1 = follower();
    n1.solo.receive(from, message);
    doesNotWrite(n1, `n1 is in term 5, and gets ${what}`);
  }
  const leader = become(new ServerBench(Raft), "leader", 3);
  giveVote(leader, "n3", 3);
  doesNotWrite(leader, "n1 leads, and gets one vote more");
  let beats = 0;
  for (let ms = 0; ms < 120; ms++) {
    const before = leader.solo.effects;
    beats += messagesIn(leader.solo.advance(1), "AppendEntries", "n2").length;
    if (leader.solo.effects !== before) doesNotWrite(leader, "n1 leads, and it is time for a heartbeat");
  }
  claim(beats > 0, "n1 leads: it should send n2 heartbeats, and in 120 ms it sends none");
  standsIn(new ServerBench(Raft), 1, "n1 has started");
  answersLeaveTheDisk(Raft);
}

function doesNotWrite(n1: ServerBench, when: string): void {
  const writes = n1.solo.effects.map(({ effect }) => effect).filter((it) => it === "write" || it === "sync");
  const times = (what: string) => {
    const count = writes.filter((it) => it === what).length;
    return count === 1 ? `one ${what}` : `${count} ${what}s`;
  };
  claim(
    writes.length === 0,
    `${when}. Its term, its vote and its log stay as they are: it should leave its disk alone, and its handler has ${times("write")} and ${times("sync")}`,
  );
}

/** It knows of a term in which it has not voted: its vote of an earlier one is over. */
export function hasAVoteToGive(Raft: RaftClass): void {
  const log = { lastLogIndex: 2, lastLogTerm: 1 };
  const refused = {
    what: "RequestVote, which it refused for the empty log,",
    message: { type: "RequestVote", term: 3, lastLogIndex: 0, lastLogTerm: 0 } as const,
  };
  const words = [...laterWords(3).filter(({ message }) => message.type !== "RequestVote"), refused];
  for (const hasVoted of [true, false]) {
    for (const { what, message } of words) {
      const n1 = new ServerBench(Raft).withLog(logOf(1, 1), 1);
      if (hasVoted) answers(n1, "n2", 2, "yes in term 2", "n1 has voted for nobody", log);
      n1.hear("n3", message);
      n1.crash();
      const when = `n1 ${hasVoted ? "voted for n2 in term 2" : "was in term 1"}, heard ${what} of term 3, in which it has voted for nobody, crashed, and started again`;
      answers(n1, "n4", 3, "yes in term 3", when, log);
    }
  }
}

/** An answer that has come before: nobody's log is another one after it. */
function answersLeaveTheDisk(Raft: RaftClass): void {
  const n1 = new ServerBench(Raft);
  const { term, sent } = n1.lead();
  const followers = [new HonestFollower("n2"), new HonestFollower("n3")] as const;
  const asked = [...sent, ...n1.ask({ type: "Propose", command: "x" })];
  n1.serve(followers, 4 * n1.config.heartbeatMs, asked);
  const matchIndex = followers[0].log.length;
  n1.solo.receive("n2", { type: "AppendEntriesReply", term, success: true, matchIndex, hintIndex: 0 });
  doesNotWrite(n1, "n1 leads, and all have its log. n2's answer to a heartbeat comes");
}
