import type { NodeId } from "#lib/sim";
import type { RaftMessage, RequestVote, RequestVoteReply } from "#protocol/12-raft";
import { claim } from "../suite/index.ts";
import { gatherMs, messagesIn, reportsIn, type Sent, type ServerBench } from "./server-bench.ts";

/** An election that n1 begins: how long after the moment that it is measured from, and whom it asks. */
export interface Standing {
  readonly term: number;
  readonly afterMs: number;
  readonly asked: readonly { readonly to: NodeId; readonly message: RequestVote }[];
}

/**
 * Waits until n1 stands in a later term than `above`. A request that is sent again in the same term is no new election.
 * Undefined if it does not within the longest election time-out after `since`.
 */
export function awaitStanding(n1: ServerBench, above: number, since = n1.solo.nowMs): Standing | undefined {
  const { solo, config } = n1;
  while (solo.nowMs < since + config.electionMaxMs + gatherMs) {
    const asked = requestsIn(solo.advance(1), above);
    const [first] = asked;
    if (!first) continue;
    const afterMs = solo.nowMs - since;
    const { term } = first.message;
    asked.push(...requestsIn(solo.advance(gatherMs), above));
    return { term, afterMs, asked: asked.filter(({ message }) => message.term === term) };
  }
  return undefined;
}

function requestsIn(sent: Sent, above: number): Standing["asked"][number][] {
  return messagesIn(sent, "RequestVote").filter(({ message }) => message.term > above);
}

/** It stands in the next term after `term`, at the latest when the longest time-out after `since` is over. */
export function standsIn(n1: ServerBench, term: number, when: string, since = n1.solo.nowMs): Standing {
  const before = n1.solo.sent.length;
  const standing = awaitStanding(n1, term - 1, since);
  doesNotLead(n1.solo.sent.slice(before), `${when}. Nobody has voted for it in term ${term}`);
  const { electionMaxMs } = n1.config;
  claim(
    standing !== undefined,
    `${when}. It should send RequestVote of term ${term} after ${electionMaxMs} ms at the latest, and in ${n1.solo.nowMs - since} ms it sends none`,
  );
  claim(
    standing.term === term,
    `${when}. The next term is ${term}: it should stand in that, and it sends RequestVote of term ${standing.term}`,
  );
  return standing;
}

/** The same, and not before the shortest time-out after `since` is over. */
export function standsInTime(n1: ServerBench, term: number, when: string, since = n1.solo.nowMs): Standing {
  const standing = standsIn(n1, term, when, since);
  const { electionMinMs } = n1.config;
  claim(
    standing.afterMs >= electionMinMs,
    `${when}. It should wait at least electionMinMs = ${electionMinMs} ms, and it stands after ${standing.afterMs} ms`,
  );
  return standing;
}

/** Somebody with an empty log, unless told, asks for n1's vote. Gives the answer. */
export function askVote(
  n1: ServerBench,
  from: NodeId,
  term: number,
  log = { lastLogIndex: 0, lastLogTerm: 0 },
): RequestVoteReply {
  const replies = messagesIn(n1.hear(from, { type: "RequestVote", term, ...log }), "RequestVoteReply", from);
  const [reply] = replies;
  claim(
    reply !== undefined && replies.length === 1,
    `${from} sends n1 RequestVote of term ${term}: it should get one RequestVoteReply, and it gets ${replies.length}`,
  );
  return reply.message;
}

/** "yes in term 3". */
export function voteText({ voteGranted, term }: RequestVoteReply): string {
  return `${voteGranted ? "yes" : "no"} in term ${term}`;
}

/** What n1 answers to a request for its vote. */
export function answers(
  n1: ServerBench,
  from: NodeId,
  term: number,
  expected: string,
  when: string,
  log = { lastLogIndex: 0, lastLogTerm: 0 },
): void {
  const got = voteText(askVote(n1, from, term, log));
  claim(
    got === expected,
    `${when}. ${from} asks n1 for its vote in term ${term}: n1 should answer ${expected}, and it answers ${got}`,
  );
}

/** Its term, as it says it to somebody who is behind. */
export function isInTerm(n1: ServerBench, term: number, when: string): void {
  answers(n1, "n3", term - 1, `no in term ${term}`, when);
}

/** Somebody answers n1's request. */
export function giveVote(n1: ServerBench, from: NodeId, term: number, voteGranted = true): Sent {
  return n1.hear(from, { type: "RequestVoteReply", term, voteGranted });
}

/** What is sent by nobody but a leader was not sent. */
export function doesNotLead(sent: Sent, when: string): void {
  const [told] = reportsIn(sent, "BecameLeader");
  claim(
    told === undefined,
    `${when}: it should not lead, and it tells its application BecameLeader of term ${told?.term} (invariant 1)`,
  );
  const [append] = messagesIn(sent, "AppendEntries");
  claim(
    append === undefined,
    `${when}: it should not lead, and it sends AppendEntries of term ${append?.message.term} to ${append?.to} (invariant 1)`,
  );
}

/** It leads this term from now on. */
export function leads(sent: Sent, term: number, when: string): void {
  const told = reportsIn(sent, "BecameLeader").map((it) => it.term);
  claim(
    told.length === 1 && told[0] === term,
    `${when}: it should tell its application BecameLeader of term ${term}, once, and it tells it ${told.length === 0 ? "nothing" : `BecameLeader of term ${told.join(" and of term ")}`}`,
  );
}

/** n1 as a follower, a candidate or a leader of this term, of three servers; in words too. */
export const roles: readonly {
  readonly text: (term: number) => string;
  readonly name: "follower" | "candidate" | "leader";
}[] = [
  { name: "follower", text: (term) => `n1 follows n2, the leader of term ${term}` },
  { name: "candidate", text: (term) => `n1 is a candidate in term ${term}` },
  { name: "leader", text: (term) => `n1 leads term ${term}` },
];

/** Brings n1 there; the term is 2 at least. */
export function become(
  n1: ServerBench,
  role: "follower" | "candidate" | "leader",
  term: number,
): ServerBench {
  n1.append({ term: role === "follower" ? term : term - 1 });
  if (role === "follower") return n1;
  standsIn(n1, term, `n1 has heard a heartbeat of term ${term - 1}, and nothing since`);
  if (role === "leader") leads(giveVote(n1, "n2", term), term, `n1 has two of three votes in term ${term}`);
  return n1;
}

/** What n2 may say in a later term than n1 knows. */
export const laterWords = (
  term: number,
): readonly { readonly what: string; readonly message: RaftMessage }[] => {
  const prev = { prevLogIndex: 0, prevLogTerm: 0 };
  const none = { success: false, matchIndex: 0, hintIndex: 0 };
  return [
    { what: "RequestVote", message: { type: "RequestVote", term, lastLogIndex: 9, lastLogTerm: term - 1 } },
    { what: "RequestVoteReply", message: { type: "RequestVoteReply", term, voteGranted: false } },
    {
      what: "a heartbeat",
      message: { type: "AppendEntries", term, ...prev, entries: [], leaderCommit: 0 },
    },
    { what: "AppendEntriesReply", message: { type: "AppendEntriesReply", term, ...none } },
  ];
};

/** It stands in time, in this term or a later one, though somebody says something every 20 ms. */
export function standsDespite(
  n1: ServerBench,
  term: number,
  when: string,
  since: number,
  say: () => unknown,
): void {
  const before = n1.solo.sent.length;
  const isStanding = () =>
    messagesIn(n1.solo.sent.slice(before), "RequestVote").some(({ message }) => message.term >= term);
  while (!isStanding() && n1.solo.nowMs < since + n1.config.electionMaxMs) {
    say();
    n1.solo.advance(10);
  }
  claim(
    isStanding(),
    `${when}. They should not put its election off: it should stand ${n1.config.electionMaxMs} ms after it last heard a leader, voted or stood, and ${n1.solo.nowMs - since} ms after that it has not`,
  );
}
