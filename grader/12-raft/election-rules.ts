import type { Exercise } from "#protocol/12-raft";
import { claim } from "../suite/index.ts";
import {
  answers,
  awaitStanding,
  doesNotLead,
  giveVote,
  leads,
  type Standing,
  standsIn,
  standsInTime,
} from "./election-bench.ts";
import { HonestFollower } from "./honest-follower.ts";
import { same } from "./same.ts";
import {
  five,
  gatherMs,
  messagesIn,
  type RaftClass,
  reportsIn,
  type Sent,
  ServerBench,
  three,
} from "./server-bench.ts";

const others = (members: readonly string[]) => members.filter((id) => id !== "n1").sort();

const asked = ({ asked: requests }: Standing) => [...new Set(requests.map(({ to }) => to))].sort();

/** Members, who voted, whether that is a quorum. */
export function knowsAQuorum(isQuorum: Exercise["isQuorum"]): void {
  const seven = [...five, "n6", "n7"];
  const cases: [readonly string[], readonly string[], boolean][] = [
    [["n1"], [], false],
    [["n1"], ["n1"], true],
    [["n1", "n2"], ["n1"], false],
    [["n1", "n2"], ["n2", "n1"], true],
    [three, ["n1"], false],
    [three, ["n3", "n1"], true],
    [three, ["n1", "n1"], false],
    [three, ["n1", "n4"], false],
    [three, three, true],
    [[...three, "n4"], ["n1", "n2"], false],
    [[...three, "n4"], ["n4", "n1", "n2"], true],
    [five, ["n1", "n2"], false],
    [five, ["n5", "n1", "n3"], true],
    [five, ["n2", "n1", "n2", "n1", "n2"], false],
    [five, ["n6", "n7", "n1", "n2"], false],
    [seven, ["n1", "n2", "n3"], false],
    [seven, ["n1", "n2", "n3", "n7"], true],
    [[], [], false],
    [[], ["n1"], false],
  ];
  for (const [members, votes, expected] of cases) {
    same(
      isQuorum(votes, members),
      expected,
      `The members are ${members.join(", ") || "nobody"}. Votes came from ${votes.join(", ") || "nobody"}. isQuorum`,
    );
  }
}

export function knowsUpToDate(isUpToDate: Exercise["isUpToDate"]): void {
  const cases: [number, number, number, number, boolean][] = [
    [0, 0, 0, 0, true],
    [1, 1, 0, 0, true],
    [0, 0, 1, 1, false],
    [3, 2, 3, 2, true],
    [4, 2, 3, 2, true],
    [2, 2, 3, 2, false],
    [1, 3, 9, 2, true],
    [9, 2, 1, 3, false],
    [3, 4, 3, 3, true],
    [3, 3, 3, 4, false],
    [12, 9, 9, 12, false],
  ];
  for (const [lastLogIndex, lastLogTerm, voterIndex, voterTerm, expected] of cases) {
    const candidate = { lastLogIndex, lastLogTerm };
    const voter = { lastLogIndex: voterIndex, lastLogTerm: voterTerm };
    same(
      isUpToDate(candidate, voter),
      expected,
      `The candidate's last entry is ${lastLogIndex} of term ${lastLogTerm}, the voter's is ${voterIndex} of term ${voterTerm}. isUpToDate`,
    );
  }
}

export function startsAsFollower(Raft: RaftClass): void {
  for (const seed of [1, 2, 3, 4]) {
    const n1 = new ServerBench(Raft, {}, seed);
    n1.solo.advance(n1.config.electionMinMs - 1);
    const sent = n1.solo.sent.map(({ to, message }) => `${message.type} to ${to}`);
    same(sent, [], "n1 has started 149 ms ago, and the shortest election time-out is 150 ms. What it sent");
  }
  const n1 = new ServerBench(Raft);
  const [reply] = messagesIn(n1.append({ term: 1 }), "AppendEntriesReply", "n2");
  same(
    reply && { term: reply.message.term, success: reply.message.success },
    { term: 1, success: true },
    "n1 has started, and n2, leader of term 1, sends a heartbeat. Its answer",
  );
}

export function standsAlone(Raft: RaftClass): void {
  for (const members of [three, five, ["n2", "n1"], ["n4", "n1", "n2", "n3"]]) {
    const n1 = new ServerBench(Raft, { members });
    const when = `The members are ${members.join(", ")}. n1 has started and heard nobody`;
    const standing = standsInTime(n1, 1, when);
    same(asked(standing), others(members), `${when}, and it stands. Whom it asks for a vote`);
    for (const { message } of standing.asked) {
      const { lastLogIndex, lastLogTerm } = message;
      same([lastLogIndex, lastLogTerm], [0, 0], `${when}. lastLogIndex and lastLogTerm of its RequestVote`);
    }
    doesNotLead(n1.solo.sent, `${when}, stands, and nobody has answered`);
    answers(n1, "n2", 1, "no in term 1", `${when}, and it stands in term 1, so it has voted for itself`);
  }
  const n1 = new ServerBench(Raft);
  n1.append({ term: 7 });
  standsIn(n1, 8, "n1 has heard a heartbeat of term 7, and then nothing");
}

/** All of them within the limits, more than half of them different, and not crowded in one half of the range. */
function areDrawn(times: readonly number[], n1: ServerBench, what: string): void {
  const { electionMinMs, electionMaxMs } = n1.config;
  const sorted = [...times].sort((a, b) => a - b);
  const [first = 0] = sorted;
  const last = sorted.at(-1) ?? 0;
  const text = `electionMinMs = ${electionMinMs}, electionMaxMs = ${electionMaxMs}. ${what}: it stood after ${times.slice(0, 8).join(", ")}, … ms`;
  const isSpread = 2 * (last - first) > electionMaxMs - electionMinMs;
  claim(
    isSpread && 2 * new Set(times).size > times.length,
    `${text}. Different values among these ${times.length} time-outs: ${new Set(times).size}, from ${first} to ${last} ms. Each should be drawn anew from the whole range`,
  );
}

export function drawsTimeouts(Raft: RaftClass): void {
  for (const settings of [{}, { electionMinMs: 400, electionMaxMs: 1_000, heartbeatMs: 100 }]) {
    const seeds = Array.from({ length: 24 }, (_, i) => i + 1);
    const n1 = new ServerBench(Raft, settings);
    const { electionMinMs, electionMaxMs } = n1.config;
    const when = `electionMinMs = ${electionMinMs}, electionMaxMs = ${electionMaxMs}. n1 has started and heard nobody`;
    areDrawn(
      seeds.map((seed) => standsInTime(new ServerBench(Raft, settings, seed), 1, when).afterMs),
      n1,
      "24 servers have started, with different seeds",
    );
    const candidate: number[] = [];
    for (const term of seeds) {
      const since = n1.solo.nowMs - gatherMs;
      const { afterMs } = standsIn(n1, term, `n1 stood in term ${term - 1}, and nobody answered`, since);
      if (term > 1) candidate.push(afterMs);
    }
    areDrawn(candidate, n1, "One server stands again and again");
    const follower = seeds.map((_, i) => {
      const term = 100 + 2 * i;
      const since = n1.solo.nowMs;
      n1.append({ term });
      return standsIn(n1, term + 1, `n1 heard a heartbeat of term ${term}, and then nothing`, since).afterMs;
    });
    areDrawn(follower, n1, "One server hears a heartbeat, stands, hears the next one, stands, and so on");
  }
}

export function waitsForALeader(Raft: RaftClass): void {
  for (const seed of [1, 2, 3]) {
    const n1 = new ServerBench(Raft, {}, seed);
    let since = 0;
    for (let i = 0; i < 20; i++) {
      since = n1.solo.nowMs;
      n1.append({ term: 1 });
      n1.solo.advance(n1.config.electionMinMs - gatherMs - 1);
    }
    const [request] = messagesIn(n1.solo.sent, "RequestVote");
    const when = "n2, leader of term 1, sends n1 a heartbeat every 149 ms. The shortest time-out is 150 ms";
    claim(request === undefined, `${when}: n1 should not stand, and it sends RequestVote`);
    standsInTime(n1, 2, `${when}. The heartbeats end`, since);
  }
}

export function standsAgain(Raft: RaftClass): void {
  const n1 = new ServerBench(Raft);
  let when = "n1 has started and heard nobody";
  let since = 0;
  for (let term = 1; term <= 6; term++) {
    const standing = standsInTime(n1, term, when, since);
    same(asked(standing), ["n2", "n3"], `${when}, and it stands in term ${term}. Whom it asks`);
    since += standing.afterMs;
    when = `n1 stands in term ${term}, n2 says no, and nobody else answers`;
    doesNotLead(giveVote(n1, "n2", term, false), when);
  }
}

export function winsWithAMajority(Raft: RaftClass): void {
  for (const size of [2, 3, 4, 5, 7]) {
    const members = [...five, "n6", "n7"].slice(0, size);
    const n1 = new ServerBench(Raft, { members });
    const { term } = standsIn(n1, 1, `The members are ${members.join(", ")}. n1 has heard nobody`);
    const needed = Math.floor(size / 2);
    for (const [i, from] of others(members).entries()) {
      const sent = giveVote(n1, from, term);
      const when = `${size} members. n1 has voted for itself, and ${others(members)
        .slice(0, i + 1)
        .join(", ")} for it`;
      if (i + 1 < needed) doesNotLead(sent, when);
      else if (i + 1 === needed) leads(sent, term, when);
      else same(reportsIn(sent, "BecameLeader"), [], `${when}; it led before. What it tells its application`);
    }
  }
}

export function leadsItself(Raft: RaftClass): void {
  const n1 = new ServerBench(Raft, { members: ["n1"] });
  n1.solo.advance(149);
  same(
    reportsIn(n1.solo.sent, "BecameLeader"),
    [],
    "n1 is the only member, and started 149 ms ago; electionMinMs = 150. What it told its application",
  );
  n1.solo.advance(2_000);
  leads(n1.solo.sent, 1, "n1 is the only member, and has heard nobody for 2,149 ms");
  const toOthers = n1.solo.sent.filter(({ to }) => /^n\d/.test(to)).map(({ to }) => to);
  same(toOthers, [], "n1 is the only member. Whom it has sent something");
}

export function tellsItsApplicationFirst(Raft: RaftClass): void {
  for (const members of [three, five]) {
    const n1 = new ServerBench(Raft, { members });
    const { sent, term } = n1.lead();
    const when = `${members.length} members. n1 has won the election of term ${term}`;
    const types = sent.map(({ message }) => message.type);
    claim(
      types.indexOf("AppendEntries") === -1 || types.indexOf("BecameLeader") < types.indexOf("AppendEntries"),
      `${when}: its application should hear BecameLeader before anything is sent as leader, and AppendEntries is sent first`,
    );
    const appends = messagesIn(sent, "AppendEntries");
    same(
      [...new Set(appends.map(({ to }) => to))].sort(),
      others(members),
      `${when}. Who hears of it at once, by AppendEntries`,
    );
    for (const { to, message } of appends)
      same(message.term, term, `${when}. The term of what it sends ${to}`);
  }
}

/** The longest silence towards a member, with what was sent at each moment. */
function isHeard(n1: ServerBench, ms: number, step: () => Sent, when: string): void {
  const last = new Map(others(n1.config.members).map((id) => [id, n1.solo.nowMs]));
  const { heartbeatMs } = n1.config;
  for (let passed = 0; passed < ms; passed++) {
    const sent = step();
    for (const { to } of messagesIn(sent, "AppendEntries")) last.set(to, n1.solo.nowMs);
    const [request] = messagesIn(sent, "RequestVote");
    claim(request === undefined, `${when}: a leader does not stand, and it sends RequestVote`);
    for (const [id, atMs] of last) {
      const silent = n1.solo.nowMs - atMs;
      claim(
        silent <= heartbeatMs + gatherMs,
        `${when}, and heartbeatMs = ${heartbeatMs}: it should send ${id} AppendEntries at least so often, and it has sent none for ${silent} ms`,
      );
    }
  }
}

export function keepsSpeaking(Raft: RaftClass): void {
  for (const settings of [{}, { members: five, heartbeatMs: 20 }]) {
    const n1 = new ServerBench(Raft, settings);
    const { sent, term } = n1.lead();
    isHeard(n1, 1_000, () => n1.solo.advance(1), "n1 leads, and nobody answers");
    const followers = others(n1.config.members).map((id) => new HonestFollower(id, [], term));
    n1.serve(followers, 0, sent);
    isHeard(n1, 1_000, () => n1.serve(followers, 1), "n1 leads, and everybody answers");
  }
}

export function staysOutside(Raft: RaftClass): void {
  const n1 = new ServerBench(Raft, { members: [] });
  const when = "n1 was started with no members: it waits to be added";
  const standing = awaitStanding(n1, 0) ?? awaitStanding(n1, 0);
  claim(standing === undefined, `${when}. It should not stand, and it sends RequestVote`);
  doesNotLead(n1.solo.sent, when);
  answers(n1, "n2", 1, "yes in term 1", `${when}, so it has not stood, and keeps its term`);
}
