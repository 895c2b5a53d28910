import type { Entry } from "#protocol/12-raft";
import { claim } from "../suite/index.ts";
import { answer, countText, figure7, replyText, sameLog } from "./replication-bench.ts";
import { same } from "./same.ts";
import {
  appliedIn,
  command,
  gatherMs,
  logOf,
  messagesIn,
  type RaftClass,
  ServerBench,
  termsOf,
} from "./server-bench.ts";

const follower = (Raft: RaftClass, ...terms: readonly number[]): ServerBench =>
  new ServerBench(Raft).withLog(logOf(...terms));

export function refusesWithoutPrevious(Raft: RaftClass): void {
  const cases = [
    { terms: [1, 1], term: 1, prevLogIndex: 3, prevLogTerm: 1, why: "has no entry there" },
    { terms: [1, 1], term: 2, prevLogIndex: 7, prevLogTerm: 2, why: "has no entry there" },
    { terms: [1, 1, 2], term: 4, prevLogIndex: 3, prevLogTerm: 3, why: "has one of term 2 there" },
    { terms: [1, 1, 2, 2], term: 4, prevLogIndex: 3, prevLogTerm: 1, why: "has one of term 2 there" },
    { terms: [3, 3], term: 4, prevLogIndex: 1, prevLogTerm: 2, why: "has one of term 3 there" },
  ];
  for (const { terms, term, prevLogIndex, prevLogTerm, why } of cases) {
    for (const entries of [[], [command(term, "x")]]) {
      const n1 = follower(Raft, ...terms);
      const reply = answer(n1, { term, prevLogIndex, prevLogTerm, entries });
      const text = `The terms of n1's log are ${terms.join(" ")}. AppendEntries of term ${term} came, with ${countText(entries.length)} and prevLogIndex = ${prevLogIndex} of term ${prevLogTerm}: n1 ${why}`;
      claim(!reply.success, `${text}. Its answer should not be success (invariant 3)`);
      same(reply.matchIndex, 0, `${text}. The matchIndex of its answer`);
      same(reply.term, term, `${text}. The term of its answer`);
      claim(
        reply.hintIndex >= 0 && reply.hintIndex < prevLogIndex,
        `${text}. The hintIndex of its answer should be at least 0 and less than ${prevLogIndex}, and it is ${reply.hintIndex}`,
      );
      const log = n1.log();
      // What is known to conflict may go at once, with what lies behind it; nothing before it, and nothing comes.
      const kept = logOf(...terms).slice(0, Math.max(prevLogIndex - 1, log.length));
      sameLog(log, kept, `${text}. Its log afterwards`);
    }
  }
  const n1 = follower(Raft, 1, 1, 2);
  n1.append({ term: 4, prevLogIndex: 3, prevLogTerm: 3, leaderCommit: 3 });
  const text =
    "The terms of n1's log are 1 1 2. AppendEntries came with leaderCommit = 3 and prevLogIndex = 3 of term 3";
  same(appliedIn(n1.solo.sent), "", `${text}: n1 refuses. What it applies (invariant 5)`);
}

/** The test leads term 8 with the log of Figure 7, and does what n1's answers tell it. */
export function leadsTheLeaderBack(Raft: RaftClass): void {
  const log = [...logOf(...figure7.leader), command(8, "e11")];
  for (const [name, terms] of Object.entries({ ...figure7.followers, empty: [] })) {
    const n1 = new ServerBench(Raft);
    if (terms.length > 0) n1.withLog(logOf(...terms));
    const log7 =
      name === "empty" ? "an empty log" : `the log of follower ${name} in Figure 7 (${terms.join(" ")})`;
    const text = `n1 has ${log7}, and a leader of term 8 begins at prevLogIndex = 10`;
    const tried: number[] = [];
    for (let prevLogIndex = 10; ; ) {
      tried.push(prevLogIndex);
      claim(tried.length <= 11, `${text}: after ${tried.join(", ")} it should have come to an end`);
      const prevLogTerm = log[prevLogIndex - 1]?.term ?? 0;
      const reply = answer(n1, { term: 8, prevLogIndex, prevLogTerm, entries: log.slice(prevLogIndex) });
      if (reply.success) {
        same(reply.matchIndex, 11, `${text}, and goes on at ${tried.join(", ")}. The matchIndex of n1's yes`);
        break;
      }
      claim(
        reply.hintIndex >= 0 && reply.hintIndex < prevLogIndex,
        `${text}. n1 refused prevLogIndex = ${tried.join(", then ")}: its hintIndex should be less than that, and at least 0, and it is ${reply.hintIndex}`,
      );
      prevLogIndex = reply.hintIndex;
    }
    sameLog(
      n1.log(),
      log,
      `${text}, and goes on at ${tried.join(", ")}. n1's log, which should be the leader's (invariant 3)`,
    );
  }
}

export function takesWhatFollows(Raft: RaftClass): void {
  const n1 = new ServerBench(Raft);
  const log = logOf(1, 1, 2, 2, 2);
  for (const [from, to] of [
    [0, 1],
    [1, 3],
    [3, 3],
    [3, 5],
  ] as const) {
    const prevLogTerm = log[from - 1]?.term ?? 0;
    const reply = answer(n1, { term: 2, prevLogIndex: from, prevLogTerm, entries: log.slice(from, to) });
    const text = `n1's log had the leader's up to ${from}, and AppendEntries brought those up to ${to}`;
    const expected = { success: true, matchIndex: to, hintIndex: 0, term: 2 };
    const { success, matchIndex, hintIndex, term } = reply;
    same({ success, matchIndex, hintIndex, term }, expected, `${text}. Its answer`);
    sameLog(n1.log(), log.slice(0, to), `${text}. Its log`);
  }
  same(n1.solo.written.first, 1, "The index of the first entry on n1's disk");
}

/** What it answers must hold for the leader's log, and not only for its own. */
export function saysWhatIsTheLeaders(Raft: RaftClass): void {
  const cases = [
    { prevLogIndex: 0, prevLogTerm: 0, count: 0 },
    { prevLogIndex: 2, prevLogTerm: 1, count: 0 },
    { prevLogIndex: 1, prevLogTerm: 1, count: 2 },
    { prevLogIndex: 3, prevLogTerm: 1, count: 0 },
  ];
  for (const { prevLogIndex, prevLogTerm, count } of cases) {
    const n1 = follower(Raft, 1, 1, 1, 2, 2);
    const entries = logOf(1, 1, 1, 2, 2).slice(prevLogIndex, prevLogIndex + count);
    const reply = answer(n1, { term: 3, prevLogIndex, prevLogTerm, entries }, "n3");
    const text = `The terms of n1's log are 1 1 1 2 2. A leader of term 3 sent AppendEntries with prevLogIndex = ${prevLogIndex} and ${countText(count)}`;
    claim(reply.success, `${text}: n1 should answer success`);
    same(
      reply.matchIndex,
      prevLogIndex + count,
      `${text}. What n1's log has behind that may be a dead leader's. The matchIndex of n1's answer`,
    );
  }
}

export function removesWhatConflicts(Raft: RaftClass): void {
  const cases = [
    { terms: [1, 1, 1], term: 2, prev: 1, entries: [command(2, "x")] },
    { terms: [1, 2, 2, 2], term: 4, prev: 0, entries: [command(1, "e1"), command(3, "x"), command(4, "y")] },
    { terms: [1, 1, 2, 2, 3], term: 5, prev: 2, entries: [command(2, "e3"), command(5, "x")] },
    { terms: [1], term: 2, prev: 0, entries: [command(2, "x")] },
    { terms: [1, 1, 1], term: 2, prev: 0, entries: [command(2, "x")] },
  ];
  for (const { terms, term, prev, entries } of cases) {
    const n1 = follower(Raft, ...terms);
    const own = logOf(...terms);
    const prevLogTerm = own[prev - 1]?.term ?? 0;
    const reply = answer(n1, { term, prevLogIndex: prev, prevLogTerm, entries }, "n3");
    const text = `The terms of n1's log are ${terms.join(" ")}. AppendEntries of term ${term} came, with prevLogIndex = ${prev} and entries of the terms ${termsOf(entries)}`;
    const matchIndex = prev + entries.length;
    same(replyText(reply), replyText({ success: true, matchIndex }), `${text}. n1's answer`);
    sameLog(n1.log(), [...own.slice(0, prev), ...entries], `${text}. Its log (invariant 3)`);
  }
}

export function keepsWhatDoesNot(Raft: RaftClass): void {
  const log = logOf(1, 1, 2, 2, 2);
  for (const [prevLogIndex, count] of [
    [2, 1],
    [0, 3],
    [4, 0],
    [0, 0],
    [1, 1],
    [3, 2],
  ] as const) {
    const n1 = follower(Raft, 1, 1, 2, 2, 2);
    const prevLogTerm = log[prevLogIndex - 1]?.term ?? 0;
    const entries = log.slice(prevLogIndex, prevLogIndex + count);
    const text = `n1 has the entries 1 to 5 of its leader. An older AppendEntries of the same leader came late, with prevLogIndex = ${prevLogIndex} and ${countText(count)}`;
    for (const times of ["", " twice"]) {
      const reply = answer(n1, { term: 2, prevLogIndex, prevLogTerm, entries });
      const expected = { success: true, matchIndex: prevLogIndex + count };
      same(replyText(reply), replyText(expected), `${text}${times}. n1's answer`);
      sameLog(n1.log(), log, `${text}${times}. n1 has said that it has all five. Its log (invariant 8)`);
    }
  }
}

export function commitsWhatIsTheLeaders(Raft: RaftClass): void {
  const n1 = follower(Raft, 1, 1, 1);
  const text =
    "The terms of n1's log are 1 1 1, and n3, leader of term 2, has only the first of these entries";
  const sent = n1.append({ term: 2, prevLogIndex: 1, prevLogTerm: 1, leaderCommit: 3 }, "n3");
  const said = "It sent n1 AppendEntries with prevLogIndex = 1 and leaderCommit = 3";
  same(
    appliedIn(sent),
    "1 e1",
    `${text}. ${said}, no entries. What n1 tells its application to apply (invariant 5)`,
  );
  const more = { prevLogIndex: 1, prevLogTerm: 1, entries: [command(2, "x")] };
  const rest = n1.append({ term: 2, ...more, leaderCommit: 3 }, "n3");
  same(
    appliedIn(rest),
    "2 x",
    `${text}. ${said}, and entry 2 of term 2, x. What n1 applies now (invariant 5)`,
  );
  const heartbeat = follower(Raft, 1, 1, 1).append({ term: 2, leaderCommit: 3 }, "n3");
  same(
    appliedIn(heartbeat),
    "",
    "The terms of n1's log are 1 1 1. n3, leader of term 2, sent a heartbeat with prevLogIndex = 0 and leaderCommit = 3: it says of no entry of n1 that n3 has it too. What n1 applies (invariant 5)",
  );
  const n2 = new ServerBench(Raft);
  const some = n2.append({ term: 1, entries: logOf(1, 1, 1), leaderCommit: 2 });
  same(
    appliedIn(some),
    "1 e1, 2 e2",
    "Three entries came to n1, with leaderCommit = 2. What it tells its application to apply (invariant 5)",
  );
}

export function neverTakesBack(Raft: RaftClass): void {
  const n1 = follower(Raft, 1, 1, 1);
  const at3 = { term: 1, prevLogIndex: 3, prevLogTerm: 1 };
  same(
    appliedIn(n1.append({ ...at3, leaderCommit: 3 })),
    "1 e1, 2 e2, 3 e3",
    "leaderCommit = 3 came. What n1 applies",
  );
  const more = [
    { prevLogIndex: 0, prevLogTerm: 0, entries: logOf(1, 1), leaderCommit: 1 },
    { prevLogIndex: 3, prevLogTerm: 1, entries: [], leaderCommit: 3 },
    { prevLogIndex: 1, prevLogTerm: 1, entries: [], leaderCommit: 3 },
  ];
  for (const message of more) {
    const end = message.prevLogIndex + message.entries.length;
    const text = `n1 has applied entries 1 to 3. An AppendEntries of their leader came late, with what it has up to entry ${end} and leaderCommit = ${message.leaderCommit}`;
    same(appliedIn(n1.append({ term: 1, ...message })), "", `${text}. What n1 applies then (invariant 5)`);
  }
  const { sent } = n1.lead();
  const told = sent.flatMap(({ message }) =>
    message.type === "AppendEntries" ? [message.leaderCommit] : [],
  );
  same(
    [...new Set(told)].join(" and "),
    "3",
    "n1 heard leaderCommit = 3, then late messages with leaderCommit = 1 and 3, and leads now. The leaderCommit of the AppendEntries that it sends",
  );
}

export function appliesInOrder(Raft: RaftClass): void {
  const entries: Entry[] = [...logOf(1, 1), { type: "NoOp", term: 2 }, command(2, "e4"), command(2, "e5")];
  const n1 = new ServerBench(Raft);
  const all = n1.append({ term: 2, entries, leaderCommit: 0 });
  same(appliedIn(all), "", "Five entries came, with leaderCommit = 0. What n1 applies");
  const at5 = { term: 2, prevLogIndex: 5, prevLogTerm: 2 };
  for (const [leaderCommit, expected] of [
    [1, "1 e1"],
    [1, ""],
    [4, "2 e2, 4 e4"],
    [4, ""],
    [5, "5 e5"],
    [5, ""],
  ] as const) {
    const text = `n1 has 5 entries, the third a NoOp, and heard leaderCommit = ${leaderCommit}`;
    same(
      appliedIn(n1.append({ ...at5, leaderCommit })),
      expected,
      `${text}. What it applies now (invariant 5)`,
    );
  }
  const jump = new ServerBench(Raft);
  const applied = appliedIn(jump.append({ term: 2, entries, leaderCommit: 5 }));
  same(
    applied,
    "1 e1, 2 e2, 4 e4, 5 e5",
    "Five entries came to n1 at once, the third a NoOp, with leaderCommit = 5. What it applies (invariant 5)",
  );
}

export function refusesAnOldLeader(Raft: RaftClass): void {
  const n1 = follower(Raft, 1, 1, 3);
  const old = { term: 2, prevLogIndex: 1, prevLogTerm: 1, entries: [command(2, "x")], leaderCommit: 2 };
  const reply = answer(n1, old, "n3");
  const text = "n1 is in term 3, and AppendEntries of term 2 came from n3";
  const said = `${reply.success ? "success" : "a refusal"} in term ${reply.term}`;
  same(said, "a refusal in term 3", `${text}. n1's answer`);
  sameLog(n1.log(), logOf(1, 1, 3), `${text}. Its log`);
  same(appliedIn(n1.solo.sent), "", `${text}, with leaderCommit = 2. What it applies`);
}

/** A leader whose entries do not fit is the leader all the same. */
export function heedsWhomItRefuses(Raft: RaftClass): void {
  for (const seed of [1, 2, 3]) {
    const n1 = new ServerBench(Raft, {}, seed).withLog(logOf(1, 1));
    for (let ms = 0; ms < 3 * n1.config.electionMaxMs; ms += n1.config.heartbeatMs) {
      n1.append({ term: 1, prevLogIndex: 9, prevLogTerm: 1 });
      n1.solo.advance(n1.config.heartbeatMs - gatherMs);
    }
    const [request] = messagesIn(n1.solo.sent, "RequestVote");
    claim(
      request === undefined,
      `n1 has two entries. For ${3 * n1.config.electionMaxMs} ms n2, the leader of its term, sent AppendEntries with prevLogIndex = 9 every ${n1.config.heartbeatMs} ms: n1 should refuse, and follow it, and it stands in term ${request?.message.term}`,
    );
  }
}
