import type { NodeId } from "#lib/sim";
import type { PreVote, RaftConfig } from "#protocol/12-raft";
import { claim, same } from "../suite/index.ts";
import { giveVote, leads } from "./election-bench.ts";
import type { HonestFollower } from "./honest-follower.ts";
import { gatherMs, messagesIn, type RaftClass, type Sent, ServerBench } from "./server-bench.ts";

/** n1, with PreVote and the check of the quorum. */
export function undisturbed(Raft: RaftClass, settings: Partial<RaftConfig> = {}, seed = 1): ServerBench {
  return new ServerBench(Raft, { ...settings, preVote: true }, seed);
}

const others = ({ config }: ServerBench) => config.members.filter((id) => id !== "n1").sort();

/** It asks for no votes; in a later term than this one, if it stands in that already: a request may be sent again. */
export function doesNotStand(sent: Sent, when: string, above = 0): void {
  const [request] = messagesIn(sent, "RequestVote").filter(({ message }) => message.term > above);
  claim(
    request === undefined,
    `${when}: it should not stand, and it sends ${request?.to} RequestVote of term ${request?.message.term}`,
  );
}

/** Nobody has spoken to it for long enough: it asks every other member about this term, and does not stand yet. */
export function asksAbout(n1: ServerBench, term: number, when: string, since = n1.solo.nowMs): PreVote {
  const { solo, config } = n1;
  const sent: Sent[number][] = [];
  const asked = () => messagesIn(sent, "PreVote");
  while (asked().length === 0 && solo.nowMs < since + config.electionMaxMs + gatherMs) {
    sent.push(...solo.advance(1));
    doesNotStand(sent, `${when}. Nobody has told it yet that it would get a vote in term ${term}`);
  }
  const [first] = asked();
  claim(
    first !== undefined,
    `${when}. It should send PreVote of term ${term} after ${config.electionMaxMs} ms at the latest, and in ${solo.nowMs - since} ms it sends none`,
  );
  const afterMs = solo.nowMs - since;
  claim(
    afterMs >= config.electionMinMs,
    `${when}. It should wait at least electionMinMs = ${config.electionMinMs} ms before it asks, and it sends PreVote after ${afterMs} ms`,
  );
  sent.push(...solo.advance(gatherMs));
  return question(n1, sent, term, when);
}

/** Nobody has answered: it asks again after the next time-out, and perhaps before it, as with any request (§5.1). */
export function asksAgainAbout(n1: ServerBench, term: number, when: string): PreVote {
  const { electionMaxMs } = n1.config;
  const sent = n1.solo.advance(electionMaxMs + gatherMs);
  const count = messagesIn(sent, "PreVote").length;
  claim(
    count > 0,
    `${when}. It should send PreVote of term ${term} after ${electionMaxMs} ms at the latest, and it sends none`,
  );
  return question(n1, sent, term, when);
}

/** What it asks, which is about this term, and for everybody. */
function question(n1: ServerBench, sent: Sent, term: number, when: string): PreVote {
  doesNotStand(sent, `${when}. Nobody has told it yet that it would get a vote in term ${term}`);
  const asked = messagesIn(sent, "PreVote");
  const terms = [...new Set(asked.map(({ message }) => message.term))];
  same(terms, [term], `${when}. The term that it asks about by PreVote`);
  same([...new Set(asked.map(({ to }) => to))].sort(), others(n1), `${when}. Whom it sends PreVote`);
  return (asked[0] as (typeof asked)[number]).message;
}

/** Somebody answers n1's question. */
export function promise(n1: ServerBench, from: NodeId, term: number, voteGranted = true): Sent {
  return n1.hear(from, { type: "PreVoteReply", term, voteGranted });
}

/** It stands in this term now, and asks every other member for a vote. */
export function stands(n1: ServerBench, sent: Sent, term: number, when: string): void {
  const requests = messagesIn(sent, "RequestVote").filter(({ message }) => message.term >= term);
  claim(requests.length > 0, `${when}: it should stand in term ${term}, and it sends no RequestVote`);
  const terms = [...new Set(requests.map(({ message }) => message.term))];
  same(terms, [term], `${when}, and it stands. The term of its RequestVote`);
  same([...new Set(requests.map(({ to }) => to))].sort(), others(n1), `${when}, and it stands. Whom it asks`);
}

/** Somebody with an empty log, unless told, asks whether n1 would vote. Gives the answer, as "yes to term 3" or "no in term 2". */
function wouldVote(
  n1: ServerBench,
  from: NodeId,
  term: number,
  log = { lastLogIndex: 0, lastLogTerm: 0 },
): string {
  const replies = messagesIn(n1.hear(from, { type: "PreVote", term, ...log }), "PreVoteReply", from);
  const [reply] = replies;
  claim(
    reply !== undefined && replies.length === 1,
    `${from} sends n1 PreVote of term ${term}: it should get one PreVoteReply, and it gets ${replies.length}`,
  );
  const { voteGranted, term: said } = reply.message;
  return voteGranted ? `yes to term ${said}` : `no in term ${said}`;
}

export function says(
  n1: ServerBench,
  from: NodeId,
  term: number,
  expected: string,
  when: string,
  log?: { readonly lastLogIndex: number; readonly lastLogTerm: number },
): void {
  const got = wouldVote(n1, from, term, log);
  claim(
    got === expected,
    `${when}. ${from} sends n1 PreVote of term ${term}: n1 should answer ${expected}, and it answers ${got}`,
  );
}

/** Its term, as it says it to somebody who asks about an older one. */
export function hasTerm(n1: ServerBench, term: number, when: string): void {
  says(n1, "n3", 0, `no in term ${term}`, when);
}

/** n1 as a candidate in this term, which is not the first: n2 led the one before, and n2 to the middle of the members said yes. */
export function candidate(n1: ServerBench, term: number): ServerBench {
  n1.append({ term: term - 1 });
  const when = `n1 has heard a heartbeat of term ${term - 1}, and nothing since`;
  asksAbout(n1, term, when, n1.solo.nowMs - gatherMs);
  const yes = others(n1).slice(0, Math.floor(n1.config.members.length / 2));
  stands(
    n1,
    [...yes.flatMap((id) => promise(n1, id, term))],
    term,
    `${when}. It asks, and a quorum says yes`,
  );
  return n1;
}

/** n1 as the leader of this term. */
export function leader(n1: ServerBench, term: number): ServerBench {
  candidate(n1, term);
  const yes = others(n1).slice(0, Math.floor(n1.config.members.length / 2));
  leads(
    [...yes.flatMap((id) => giveVote(n1, id, term))],
    term,
    `n1 stands in term ${term}, and a quorum votes for it`,
  );
  return n1;
}

/** Whether it still speaks as the leader of a term. */
export function isLeading(n1: ServerBench, followers: readonly HonestFollower[] = []): boolean {
  return messagesIn(n1.serve(followers, 2 * n1.config.heartbeatMs), "AppendEntries").length > 0;
}
