import type { Entry } from "#protocol/12-raft";
import { claim } from "../suite/index.ts";
import { HonestFollower } from "./honest-follower.ts";
import {
  answer,
  brings,
  countText,
  figure7,
  Leader,
  refusesToAppend,
  replyText,
  sameLog,
  slow,
} from "./replication-bench.ts";
import { same } from "./same.ts";
import {
  command,
  five,
  logOf,
  messagesIn,
  type RaftClass,
  type Sent,
  ServerBench,
  three,
} from "./server-bench.ts";

export function sendsAtOnce(Raft: RaftClass): void {
  for (const members of [three, five]) {
    const leader = Leader.of(Raft, logOf(1, 1, 2), { ...slow, members });
    // Everybody answers before the next command: a design may wait for that before it sends a member more.
    const followers = leader.others.map((id) => new HonestFollower(id, logOf(1, 1, 2)));
    const sent: Sent[number][] = [...leader.n1.serve(followers, 0, leader.first)];
    for (const text of ["x", "y"]) {
      const { index, sent: now } = leader.propose(text);
      sent.push(...now, ...leader.n1.serve(followers, 0, now));
      const { log, n1, term } = { log: leader.n1.log(), ...leader };
      same(
        log[index - 1],
        command(term, text),
        `${leader.text}; ${text} was proposed. Entry ${index} of its log`,
      );
      same(log.length, index, `${leader.text}; ${text} was proposed. The index of the last entry of its log`);
      same(n1.solo.written.first, 1, "The index of the first entry on n1's disk");
      for (const to of leader.others) {
        claim(
          brings(now, to, index),
          `${leader.text}; ${text} was proposed, and is entry ${index}: within 10 ms it should send ${to} an AppendEntries with it, and it sends ${textOf(now, to)}`,
        );
      }
    }
    leader.saysTheTruth(sent);
  }
}

function textOf(sent: Sent, to: string): string {
  const appends = messagesIn(sent, "AppendEntries", to).map(
    ({ message }) =>
      `one with prevLogIndex = ${message.prevLogIndex} and ${countText(message.entries.length)}`,
  );
  return appends.join(", then ") || "none";
}

export function supposesTheBest(Raft: RaftClass): void {
  const leader = Leader.of(Raft, logOf(1, 1, 2, 2), slow);
  leader.beganAtItsEnd();
}

/** What it sends is what its log has, for every place in it. */
export function fitsTogether(Raft: RaftClass): void {
  for (const terms of [
    [1, 1, 2, 3, 3],
    [1, 2, 3, 4],
  ]) {
    const leader = Leader.of(Raft, logOf(...terms));
    const enoughMs = 8 * leader.n1.config.heartbeatMs;
    const followers = [new HonestFollower("n2"), new HonestFollower("n3", logOf(1, 1, 1, 1))];
    const sent = [...leader.first, ...leader.n1.serve(followers, enoughMs, leader.first)];
    for (const text of ["x", "y"]) {
      const { sent: now } = leader.propose(text);
      sent.push(...now, ...leader.n1.serve(followers, enoughMs, now));
    }
    leader.saysTheTruth(sent);
    for (const follower of followers) leader.isLike(follower, `${leader.text}; x and y were proposed`);
  }
}

export function goesBackAtOnce(Raft: RaftClass): void {
  const leader = Leader.of(Raft, logOf(1, 1, 1, 2, 2, 2), slow);
  const n2 = new HonestFollower("n2", logOf(1));
  leader.n1.serve([n2], 0, leader.first);
  const tried = n2.refused.join(", ") || "none";
  leader.isLike(
    n2,
    `${leader.text}; n2 had entry 1. It refused the prevLogIndexes ${tried}, and has answered all that n1 sent it. No heartbeat is due`,
  );
}

/** n2's messages are lost for forty heartbeats, from the start, or when n1 knows its log and there is more and more to send. */
export function triesForEver(Raft: RaftClass): void {
  for (const isNew of [true, false]) {
    const leader = Leader.of(Raft, logOf(1));
    const n3 = new HonestFollower("n3", logOf(1));
    const n2 = new HonestFollower("n2", isNew ? [] : logOf(1));
    leader.n1.serve(isNew ? [n3] : [n2, n3], 0, leader.first);
    leader.n1.serve([n3], 0, leader.propose("x").sent);
    const when = `${leader.text}; n2 ${isNew ? "has not answered" : "answered, and then not any more,"}`;
    for (let beat = 1; beat <= 40; beat++) {
      const now = leader.n1.serve([n3], leader.n1.config.heartbeatMs);
      claim(
        messagesIn(now, "AppendEntries", "n2").length > 0,
        `${when} for ${beat} heartbeats: it should send it AppendEntries again and again, and it has stopped`,
      );
      if (!isNew) leader.n1.serve([n3], 0, leader.propose(`x${beat}`).sent);
    }
    leader.n1.serve([n2, n3], 2 * leader.n1.config.heartbeatMs);
    leader.isLike(n2, `${when} for 40 heartbeats, and then it was reached for two`);
  }
}

export function bringsWhatWasLost(Raft: RaftClass): void {
  const leader = Leader.of(Raft);
  const followers = [new HonestFollower("n2"), new HonestFollower("n3")];
  leader.n1.serve(followers, 0, leader.first);
  const { index } = leader.propose("x");
  leader.n1.serve(followers, leader.n1.config.heartbeatMs + 10);
  for (const follower of followers) {
    leader.isLike(
      follower,
      `${leader.text}; x was proposed (entry ${index}), and the AppendEntries with it were lost. The next heartbeat came, and was answered`,
    );
  }
}

export function mendsLogs(Raft: RaftClass): void {
  const names = Object.keys(figure7.followers) as (keyof typeof figure7.followers)[];
  const members = ["n1", ...names.map((_, i) => `n${i + 2}`)];
  const n1 = new ServerBench(Raft, { ...slow, members }).withLog(logOf(...figure7.leader));
  // A candidate of term 7, which n1 does not vote for: the next term is 8.
  n1.hear("n5", { type: "RequestVote", term: 7, lastLogIndex: 0, lastLogTerm: 0 });
  const leader = new Leader(n1);
  const followers = names.map(
    (name, i) => new HonestFollower(`n${i + 2}`, logOf(...figure7.followers[name])),
  );
  n1.serve(followers, 0, leader.first);
  const { index, sent } = leader.propose("x");
  n1.serve(followers, 0, sent);
  const log: Entry[] = logOf(...figure7.leader);
  sameLog(n1.log().slice(0, 10), log, "n1 leads. The first ten entries of its log (invariant 2)");
  for (const [i, follower] of followers.entries()) {
    leader.isLike(
      follower,
      `${leader.text}; ${follower.id} had the log of follower ${names[i]} in Figure 7, and x was proposed (entry ${index}). ${follower.id} has answered all that n1 sent it, and no heartbeat is due`,
    );
  }
}

export function refuses(Raft: RaftClass): void {
  const n1 = new ServerBench(Raft);
  refusesToAppend(n1, "n1 has just started, and follows nobody yet");
  n1.withLog(logOf(1, 1));
  refusesToAppend(n1, "n1 follows n2");
  n1.stand();
  refusesToAppend(n1, "n1 stands for election");
  const leader = Leader.of(Raft);
  const { index } = leader.propose("y");
  const [prevLogIndex, prevLogTerm] = [index - 1, leader.n1.log()[index - 2]?.term ?? 0];
  const term = leader.term + 1;
  const reply = answer(leader.n1, { term, prevLogIndex, prevLogTerm, entries: [command(term, "z")] }, "n3");
  const text = `n1 led term ${leader.term} and has y as entry ${index}; n3 leads term ${term}, and sent z for that index`;
  same(replyText(reply), replyText({ success: true, matchIndex: index }), `${text}. n1's answer`);
  same(leader.n1.log()[index - 1], command(term, "z"), `${text}. Entry ${index} of n1's log (invariant 3)`);
  refusesToAppend(leader.n1, text);
}

export function followsTheWinner(Raft: RaftClass): void {
  const n1 = new ServerBench(Raft).withLog(logOf(1, 1));
  const { term } = n1.stand();
  const message = { term, prevLogIndex: 1, prevLogTerm: 1, entries: [command(term, "x")], leaderCommit: 1 };
  const reply = answer(n1, message, "n3");
  const text = `n1 stood in term ${term}; n3 has won it, and sent entry 2`;
  same(reply.term, term, `${text}. The term of n1's answer`);
  same(replyText(reply), replyText({ success: true, matchIndex: 2 }), `${text}. n1's answer`);
  sameLog(n1.log(), [...logOf(1), command(term, "x")], `${text}. n1's log`);
  refusesToAppend(n1, text);
  n1.hear("n2", { type: "RequestVoteReply", term, voteGranted: true });
  refusesToAppend(n1, `${text}. Then a vote of n2 for n1 came`);
}

export function votesByLog(Raft: RaftClass): void {
  const cases = [
    { terms: [1, 2, 2], last: [3, 2], isGranted: true, why: "as up to date" },
    { terms: [1, 2, 2], last: [4, 2], isGranted: true, why: "longer" },
    { terms: [1, 2, 2], last: [1, 3], isGranted: true, why: "shorter, but of a later term" },
    { terms: [1, 2, 2], last: [2, 2], isGranted: false, why: "shorter" },
    { terms: [1, 2, 2], last: [9, 1], isGranted: false, why: "longer, but of an earlier term" },
    { terms: [1], last: [0, 0], isGranted: false, why: "shorter" },
    { terms: [], last: [0, 0], isGranted: true, why: "as up to date" },
  ] as const;
  for (const { terms, last, isGranted, why } of cases) {
    const n1 = new ServerBench(Raft);
    if (terms.length > 0) n1.withLog(logOf(...terms));
    const [lastLogIndex, lastLogTerm] = last;
    // A term is the server's, and another one its last entry's: they are not mixed up.
    n1.append({ term: 4, prevLogIndex: terms.length, prevLogTerm: terms.at(-1) ?? 0 });
    const sent = n1.hear("n3", { type: "RequestVote", term: 5, lastLogIndex, lastLogTerm });
    const votes = messagesIn(sent, "RequestVoteReply", "n3").map(({ message }) =>
      message.voteGranted ? "yes" : "no",
    );
    const mine = terms.length > 0 ? `The terms of n1's log are ${terms.join(" ")}` : "n1's log is empty";
    const n3 =
      lastLogIndex === 0 ? "its log is empty" : `its last entry is ${lastLogIndex}, of term ${lastLogTerm}`;
    same(
      votes.join(" and "),
      isGranted ? "yes" : "no",
      `${mine}. n3 asks for its vote in term 5; ${n3}, so its log is ${why}. What n1 answers (invariant 4)`,
    );
  }
}

export function standsWithItsLog(Raft: RaftClass): void {
  const n1 = new ServerBench(Raft).withLog(logOf(1, 1, 1));
  const lastOf = () => {
    const { lastLogIndex, lastLogTerm } = n1.stand();
    return { lastLogIndex, lastLogTerm };
  };
  same(
    lastOf(),
    { lastLogIndex: 3, lastLogTerm: 1 },
    "The terms of n1's log are 1 1 1, and it stands. What it says of its last entry",
  );
  answer(n1, { term: 7, prevLogIndex: 1, prevLogTerm: 1, entries: [command(6, "x")] });
  same(
    lastOf(),
    { lastLogIndex: 2, lastLogTerm: 6 },
    "Then the leader of term 7 made 1 6 of n1's log, and n1 stands again. What it says of its last entry",
  );
}

/** The same refusal, twice: the member has said the second time what it said the first time. */
export function goesBackOnce(Raft: RaftClass): void {
  const leader = Leader.of(Raft, logOf(1, 1, 1, 1, 1));
  const { n1, term } = leader;
  const { prevLogIndex } = leader.next("n2");
  const hintIndex = prevLogIndex - 1;
  const refusal = { type: "AppendEntriesReply", term, success: false, matchIndex: 0, hintIndex } as const;
  const sent = [...n1.hear("n2", refusal), ...n1.hear("n2", refusal)];
  sent.push(...n1.solo.advance(n1.config.heartbeatMs));
  const tried = messagesIn(sent, "AppendEntries", "n2").map(({ message }) => message.prevLogIndex);
  claim(
    tried.every((index) => index >= hintIndex),
    `${leader.text}. n2 refused prevLogIndex = ${prevLogIndex} with hintIndex = ${hintIndex}, and that answer came a second time: n1 should go back to ${hintIndex} and no further, and it tried ${tried.join(", ")}`,
  );
}
