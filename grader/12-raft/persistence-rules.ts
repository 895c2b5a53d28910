import type { Entry, RaftMessage } from "#protocol/12-raft";
import { claim } from "../suite/index.ts";
import { eachCrash, eachCrashSoonAfter, eachCrashStanding } from "./crash-places.ts";
import {
  answers,
  askVote,
  awaitStanding,
  become,
  doesNotLead,
  giveVote,
  laterWords,
  roles,
  voteText,
} from "./election-bench.ts";
import { HonestFollower } from "./honest-follower.ts";
import { same } from "./same.ts";
import {
  logOf,
  messagesIn,
  type RaftClass,
  reportsIn,
  type Sent,
  ServerBench,
  termsOf,
} from "./server-bench.ts";

/** What n1 says now about a vote, whatever its term. */
function refuses(n1: ServerBench, from: string, term: number, when: string): void {
  const reply = askVote(n1, from, term);
  claim(
    !reply.voteGranted,
    `${when}. ${from} asks n1 for its vote in term ${term}: n1 should answer no, and it answers ${voteText(reply)} (invariant 6)`,
  );
}

/** n1, with a vote for n2 in term 2 that is long since safe. */
const voted = (Raft: RaftClass): ServerBench => {
  const n1 = new ServerBench(Raft);
  answers(n1, "n2", 2, "yes in term 2", "n1 has voted for nobody");
  return n1;
};

export function keepsVotes(Raft: RaftClass): void {
  const request = { type: "RequestVote", term: 3, lastLogIndex: 0, lastLogTerm: 0 } as const;
  eachCrash(
    () => voted(Raft),
    "n3",
    request,
    (n1, sent, text) => {
      const when = `n1 voted for n2 in term 2. n3 asked in term 3; ${text}`;
      refuses(n1, "n3", 2, when);
      if (messagesIn(sent, "RequestVoteReply").some(({ message }) => message.voteGranted)) {
        answers(n1, "n2", 3, "no in term 3", `${when}. It had said yes (invariant 6)`);
        answers(n1, "n3", 3, "yes in term 3", `${when}. It had said yes`);
      } else if (askVote(n1, "n2", 3).voteGranted) {
        refuses(n1, "n3", 3, `${when}. It had said nothing, and then yes to n2`);
      }
    },
  );
  const n1 = voted(Raft);
  n1.crash();
  const starts = n1.solo.effects.length;
  for (let count = 0; count <= starts; count++) {
    n1.crashTwice(count);
    const when = `n1 voted for n2 in term 2, crashed, crashed again after ${count} effects of its start, and started`;
    answers(n1, "n3", 2, "no in term 2", `${when} (invariant 6)`);
    answers(n1, "n2", 2, "yes in term 2", when);
  }
}

/** The highest term that n1 has ever named to another server. */
function highestSaid(n1: ServerBench): number {
  const terms = n1.solo.sent.map(({ message }) => ("term" in message ? message.term : 0));
  return Math.max(0, ...terms);
}

function takesNothingBack(n1: ServerBench, when: string): void {
  const said = highestSaid(n1);
  const { term } = askVote(n1, "n3", 1);
  claim(
    term >= said,
    `${when}. It had said before that it is in term ${said}. n3 asks for its vote in term 1, and n1 answers that it is in term ${term} (invariant 7)`,
  );
}

export function keepsTerms(Raft: RaftClass): void {
  const states = [
    ...roles.map(({ name, text }) => ({ text: text(3), make: () => become(new ServerBench(Raft), name, 3) })),
    {
      text: "n1 follows the leader of term 3, and has two entries",
      make: () => new ServerBench(Raft).withLog(logOf(1, 1), 3),
    },
  ];
  const unknown = { prevLogIndex: 9, prevLogTerm: 6, entries: [], leaderCommit: 0 };
  const words: ReturnType<typeof laterWords> = [
    ...laterWords(7),
    {
      what: "the RequestVote of a server with an empty log,",
      message: { type: "RequestVote", term: 7, lastLogIndex: 0, lastLogTerm: 0 },
    },
    {
      what: "AppendEntries with prevLogIndex = 9, which n1 lacks,",
      message: { type: "AppendEntries", term: 7, ...unknown },
    },
  ];
  const question = { type: "RequestVote", term: 2, lastLogIndex: 0, lastLogTerm: 0 } as const;
  for (const { text, make } of states) {
    for (const { what, message } of words) {
      const when = `${text}. n2 sent it ${what} of term 7`;
      eachCrash(make, "n2", message, (n1, _, crash) => takesNothingBack(n1, `${when}; ${crash}`));
      const later = (): ServerBench => {
        const n1 = make();
        n1.hear("n2", message);
        return n1;
      };
      eachCrash(later, "n3", question, (n1, _, crash) =>
        takesNothingBack(n1, `${when}, and n3 asked for its vote in term 2; ${crash}`),
      );
    }
  }
}

export function keepsItsOwnVote(Raft: RaftClass): void {
  const candidate = () => become(voted(Raft), "candidate", 4);
  for (const { make, text, term } of [
    { make: () => voted(Raft), text: "n1 voted for n2 in term 2, and then heard nothing", term: 3 },
    { make: candidate, text: "n1 stood in term 4, and nobody answered", term: 5 },
  ]) {
    eachCrashStanding(make, term, (n1, sent, crash) => {
      const [request] = messagesIn(sent, "RequestVote");
      const when = `${text}; ${request ? `it sent RequestVote of term ${term}` : "it stood"}; ${crash}`;
      refuses(n1, "n3", 2, when);
      takesNothingBack(n1, when);
      if (!request) return;
      for (const from of ["n3", "n2"]) refuses(n1, from, term, when);
      const late = [...giveVote(n1, "n2", term), ...giveVote(n1, "n3", term)];
      doesNotLead(late, `${when}. Votes for it of term ${term} come`);
      const standing = awaitStanding(n1, 0);
      claim(
        standing !== undefined && standing.term > term,
        `${when}, and heard nobody. It should stand in a later term than ${term}, and it ${standing ? `stands in term ${standing.term}` : "does not stand"} (invariant 6)`,
      );
    });
  }
}

/** The log as it would be after a crash, from entry 1 on. */
function safeLog({ solo }: ServerBench): Entry[] {
  return solo.disk.entries.slice(Math.max(0, 1 - solo.disk.first)) as unknown as Entry[];
}

function keepsWhatItAcknowledged(
  Raft: RaftClass,
  log: readonly number[],
  prevLogIndex: number,
  news: readonly number[],
): void {
  const after = logOf(...log.slice(0, prevLogIndex), ...news);
  const prev = { prevLogIndex, prevLogTerm: log[prevLogIndex - 1] ?? 0 };
  const entries = after.slice(prevLogIndex);
  const message = { type: "AppendEntries", term: 3, ...prev, entries, leaderCommit: 0 } as const;
  const what =
    news.length === 1
      ? `one entry, of term ${news[0]},`
      : `${news.length} entries, of the terms ${news.join(" ")},`;
  const had = `n1 had ${log.length === 0 ? "an empty log" : `a log of the terms ${log.join(" ")}`}. n2, leader of term 3, sent it ${what} with prevLogIndex = ${prevLogIndex}`;
  eachCrash(
    () => voted(Raft).withLog(logOf(...log), 2),
    "n2",
    message,
    (n1, sent, text) => {
      const when = `${had}; ${text}`;
      const kept = safeLog(n1).slice(0, prevLogIndex);
      const shared = after.slice(0, prevLogIndex);
      same(
        termsOf(kept),
        termsOf(shared),
        `${when}. The terms of the first ${prevLogIndex} entries on its disk`,
      );
      if (messagesIn(sent, "AppendEntriesReply").some((it) => it.message.success)) {
        same(
          termsOf(safeLog(n1)),
          termsOf(after),
          `${when}. It had answered success (invariant 8). The terms on its disk`,
        );
      }
      const again = messagesIn(n1.hear("n2", message), "AppendEntriesReply");
      same(
        again.map((it) => it.message.matchIndex),
        [after.length],
        `${when}, and the same entries came again. matchIndex of its answer`,
      );
      n1.crash();
      same(
        termsOf(safeLog(n1)),
        termsOf(after),
        `${when}, the same entries came again, and it crashed again. The terms on its disk (invariant 8)`,
      );
    },
  );
}

export function keepsEntries(Raft: RaftClass): void {
  keepsWhatItAcknowledged(Raft, [], 0, [3]);
  keepsWhatItAcknowledged(Raft, [1, 1, 2], 3, [3, 3, 3]);
  keepsWhatItAcknowledged(Raft, [1, 1, 2], 2, [2, 3]);
}

export function keepsReplacements(Raft: RaftClass): void {
  keepsWhatItAcknowledged(Raft, [1, 1, 2, 2], 2, [3, 3]);
  keepsWhatItAcknowledged(Raft, [1, 1, 2, 2, 2], 1, [3]);
  keepsWhatItAcknowledged(Raft, [2, 2], 0, [1, 1, 3]);
}

/** Whatever it has called committed is in the log that a crash leaves. */
function hasWhatItApplied(n1: ServerBench, when: string): void {
  const applied = reportsIn(n1.solo.sent, "Apply");
  const log = safeLog(n1);
  for (const { index, command } of applied) {
    const entry = log[index - 1];
    const has = entry?.type === "Command" && entry.command === command;
    claim(
      has,
      `${when}. It had told its application to apply ${String(command)}, entry ${index}, and counted itself among those that have it: after the crash, its log has ${entry ? `another entry ${index}` : `no entry ${index}`} (invariant 8)`,
    );
  }
}

export function countsItselfWhenSafe(Raft: RaftClass): void {
  const propose = { type: "Propose", command: "x" } as const;
  const alone = (): ServerBench => {
    const n1 = new ServerBench(Raft, { members: ["n1"] });
    n1.waitFor("BecameLeader");
    return n1;
  };
  // Up to the last answer of n2, after which x is committed.
  const led = (): { n1: ServerBench; answer: RaftMessage } => {
    const n1 = new ServerBench(Raft);
    const { sent, term } = n1.lead();
    const n2 = new HonestFollower("n2", [], term);
    n1.serve([n2], 20, sent);
    const appends = messagesIn(n1.ask(propose), "AppendEntries", "n2");
    claim(appends.length > 0, "n1 leads, and x is proposed: it should send AppendEntries to n2 within 10 ms");
    const replies = appends.map(({ message }) => n2.answer(message) as RaftMessage);
    for (const reply of replies.slice(0, -1)) n1.hear("n2", reply);
    return { n1, answer: replies.at(-1) as RaftMessage };
  };
  eachCrash(
    () => led().n1,
    "n2",
    led().answer,
    (n1, _, text) => hasWhatItApplied(n1, `n1, leader of three, appended x, and n2 has it; ${text}`),
  );
  const { n1, answer } = led();
  n1.hear("n2", answer);
  n1.crash();
  const when = "n1, leader of three, appended x, n2 has it, and 10 ms later n1 crashed and started again";
  same(
    reportsIn(n1.solo.sent, "Apply").length,
    1,
    `${when}. How often it told its application to apply x, before`,
  );
  hasWhatItApplied(n1, when);
  // Whether it leads is told in 12.1.
  if (reportsIn(alone().solo.sent, "BecameLeader").length === 0) return;
  const isSafe = (server: ServerBench, _: Sent, text: string) =>
    hasWhatItApplied(server, `n1 is the only member, and x was proposed; ${text}`);
  eachCrash(alone, "app", propose, isSafe);
  eachCrashSoonAfter(alone, "app", propose, isSafe);
}
