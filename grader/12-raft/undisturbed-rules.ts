import { claim, same } from "../suite/index.ts";
import { askVote, doesNotLead, giveVote, leads, voteText } from "./election-bench.ts";
import {
  five,
  gatherMs,
  logOf,
  messagesIn,
  type RaftClass,
  type ServerBench,
  three,
} from "./server-bench.ts";
import {
  asksAbout,
  asksAgainAbout,
  candidate,
  doesNotStand,
  hasTerm,
  isLeading,
  leader,
  promise,
  says,
  stands,
  undisturbed,
} from "./undisturbed-bench.ts";

export function asksFirst(Raft: RaftClass): void {
  for (const members of [three, five, ["n2", "n1"]]) {
    const n1 = undisturbed(Raft, { members });
    const when = `The members are ${members.join(", ")}. n1 has started and heard nobody`;
    const { lastLogIndex, lastLogTerm } = asksAbout(n1, 1, when);
    same([lastLogIndex, lastLogTerm], [0, 0], `${when}. lastLogIndex and lastLogTerm of its PreVote`);
    hasTerm(n1, 0, `${when}, and sends PreVote of term 1`);
  }
  const n1 = undisturbed(Raft);
  n1.append({ term: 7, entries: logOf(2, 7, 7) });
  let when = "n1 has heard the leader of term 7, and nothing since";
  let asked = asksAbout(n1, 8, when, n1.solo.nowMs - gatherMs);
  for (let times = 1; times <= 4; times++) {
    const last = [asked.lastLogIndex, asked.lastLogTerm];
    same(last, [3, 7], `${when}. Its log is 2 7 7. Index and term of its PreVote`);
    when = "n1, in term 7, asks about term 8 again and again, and nobody answers";
    hasTerm(n1, 7, when);
    asked = asksAgainAbout(n1, 8, when);
  }
  const voter = undisturbed(Raft);
  asksAbout(voter, 1, "n1 has heard nobody");
  const vote = voteText(askVote(voter, "n3", 1));
  same(vote, "yes in term 1", "n1 has sent PreVote of term 1. That is no vote: n3 asks for it. n1's answer");
}

export function standsWithAQuorum(Raft: RaftClass): void {
  for (const members of [["n1", "n2"], three, [...three, "n4"], five]) {
    const n1 = undisturbed(Raft, { members });
    asksAbout(n1, 1, "n1 has heard nobody");
    const needed = Math.floor(members.length / 2);
    for (let count = 1; count <= needed; count++) {
      const from = members.filter((id) => id !== "n1")[count - 1] as string;
      const sent = promise(n1, from, 1);
      const when = `${members.length} members. n1 has asked about term 1, and ${count} of the others said yes`;
      doesNotLead(sent, `${when}. That is no vote`);
      if (count < needed) doesNotStand(sent, when);
      else stands(n1, sent, 1, when);
    }
    const sent = members.slice(1, needed + 1).flatMap((id) => giveVote(n1, id, 1));
    leads(sent, 1, `${members.length} members. n1 stands in term 1, and ${needed} of the others vote for it`);
  }
  const alone = undisturbed(Raft, { members: ["n1"] });
  alone.solo.advance(2 * alone.config.electionMaxMs);
  leads(alone.solo.sent, 1, "n1 is the only member, and has heard nobody for 600 ms");
  const waiting = undisturbed(Raft, { members: [] });
  waiting.solo.advance(2 * waiting.config.electionMaxMs);
  same(
    messagesIn(waiting.solo.sent, "PreVote"),
    [],
    "n1 was started with no members, and has heard nobody. What it asks others",
  );
}

export function countsPromisesOnce(Raft: RaftClass): void {
  const n1 = undisturbed(Raft, { members: five });
  asksAbout(n1, 1, "n1 has heard nobody");
  for (const times of ["once", "twice", "three times"]) {
    doesNotStand(promise(n1, "n2", 1), `Of five members, n2 said yes to n1's PreVote, and it came ${times}`);
  }
  for (const from of ["n6", "n7", "n1"]) {
    doesNotStand(promise(n1, from, 1), `Of n1 to n5, n2 said yes to n1's PreVote, and ${from} says yes too`);
  }
  const no = n1.hear("n3", { type: "PreVoteReply", term: 0, voteGranted: false });
  doesNotStand(no, "Of five members, n2 said yes to n1's PreVote, and n3 said no");
  stands(n1, promise(n1, "n4", 1), 1, "Of five members, n2 and n4 said yes to n1's PreVote");
}

export function asksEachTime(Raft: RaftClass): void {
  const n1 = candidate(undisturbed(Raft), 4);
  for (let term = 5; term <= 7; term++) {
    const since = n1.solo.nowMs;
    const lost = giveVote(n1, "n2", term - 1, false);
    doesNotLead(lost, `n1 stands in term ${term - 1}, and n2 does not vote for it`);
    const before = n1.solo.sent.length;
    n1.solo.advance(n1.config.electionMaxMs);
    const sent = n1.solo.sent.slice(before);
    const when = `n1 stood in term ${term - 1} and has not won, and ${n1.solo.nowMs - since} ms have passed`;
    doesNotStand(sent, `${when}. It has not asked who would vote for it now`, term - 1);
    const asked = messagesIn(sent, "PreVote").map(({ message }) => message.term);
    same([...new Set(asked)], [term], `${when}. The term that it asks about by PreVote`);
    stands(n1, promise(n1, "n2", term), term, `${when}. It asks, and n2 says yes`);
  }
}

export function countsThisQuestion(Raft: RaftClass): void {
  const n1 = undisturbed(Raft);
  asksAbout(n1, 1, "n1 has heard nobody");
  const vote = voteText(askVote(n1, "n3", 5));
  same(vote, "yes in term 5", "n1 has asked about term 1. n3 asks for its vote in term 5. n1's answer");
  const voted = "n1 asked about term 1, and is in term 5 now, with a vote for n3";
  doesNotStand(promise(n1, "n2", 1), `${voted}. n2's yes to term 1 comes late`);
  asksAbout(n1, 6, voted, n1.solo.nowMs - 2 * gatherMs);
  doesNotStand(promise(n1, "n2", 1), "n1, in term 5, has asked about term 6. n2's yes to term 1 comes late");
  stands(n1, promise(n1, "n2", 6), 6, "n1, in term 5, has asked about term 6, and n2 says yes");
  const late = [...promise(n1, "n3", 6), ...promise(n1, "n2", 6)];
  doesNotStand(late, "n1 stands in term 6, and more yeses to term 6 come", 6);
  leads(giveVote(n1, "n2", 6), 6, "n1 stands in term 6, and n2 votes for it");
  const idle = [...promise(n1, "n3", 6), ...promise(n1, "n2", 6)];
  doesNotStand(idle, "n1 leads term 6, and more yeses to term 6 come");
  const loser = candidate(undisturbed(Raft), 4);
  loser.append({ term: 4 });
  const lost = "n1 stood in term 4, and n2 has won it";
  doesNotStand(
    [...promise(loser, "n3", 4), ...promise(loser, "n2", 4)],
    `${lost}. More yeses to term 4 come`,
  );
}

export function hearsALeaderMeanwhile(Raft: RaftClass): void {
  for (const term of [3, 4]) {
    const n1 = undisturbed(Raft);
    n1.append({ term: 3 });
    asksAbout(n1, 4, "n1 has heard a heartbeat of term 3", n1.solo.nowMs - gatherMs);
    n1.append({ term });
    const when = `n1 has asked about term 4. Then the leader of term ${term} speaks, and after it n2 and n3 say yes`;
    doesNotStand([...promise(n1, "n2", 4), ...promise(n1, "n3", 4)], when);
    hasTerm(n1, term, when);
  }
}

export function learnsFromANo(Raft: RaftClass): void {
  const n1 = undisturbed(Raft);
  n1.append({ term: 3 });
  asksAbout(n1, 4, "n1 has heard a heartbeat of term 3", n1.solo.nowMs - gatherMs);
  for (const term of [2, 3]) {
    doesNotStand(
      promise(n1, "n2", term, false),
      `n1, in term 3, has asked about term 4. n2 says no in term ${term}`,
    );
    hasTerm(n1, 3, `n1, in term 3, has asked about term 4. n2 said no in term ${term}`);
  }
  doesNotStand(promise(n1, "n2", 9, false), "n1, in term 3, has asked about term 4. n2 says no in term 9");
  hasTerm(n1, 9, "n1, in term 3, has asked about term 4. n2 said no in term 9");
  const since = n1.solo.nowMs;
  while (messagesIn(n1.solo.sent, "PreVote").every(({ message }) => message.term < 10)) {
    const when = "n1 has heard of term 9, and then nothing";
    claim(
      n1.solo.nowMs - since <= 300,
      `${when}: it should ask about term 10 within 300 ms, and it does not`,
    );
    n1.solo.advance(1);
  }
  const old = leader(undisturbed(Raft), 3);
  const sent = promise(old, "n3", 8, false);
  doesNotLead(sent, "n1 led term 3, and a no in term 8 comes late");
  hasTerm(old, 8, "n1 led term 3, and a no in term 8 comes late");
  claim(
    !isLeading(old),
    "n1 led term 3, and a no in term 8 came: it should follow, and it sends AppendEntries",
  );
}

export function changesNothing(Raft: RaftClass): void {
  const voter = undisturbed(Raft);
  says(voter, "n2", 6, "yes to term 6", "n1, in term 0, has heard nobody");
  says(voter, "n3", 6, "yes to term 6", "n1, in term 0, has said that it would vote for n2 in term 6");
  hasTerm(voter, 0, "n1, in term 0, has said that it would vote for n2, and for n3, in term 6");
  const vote = voteText(askVote(voter, "n4", 2));
  same(
    vote,
    "yes in term 2",
    "n1 would vote for n2 or n3 in term 6. n4 asks for its vote in term 2. n1's answer",
  );
  says(voter, "n3", 3, "yes to term 3", "n1 has voted for n4 in term 2");
  same(
    voteText(askVote(voter, "n4", 2)),
    "yes in term 2",
    "n1's vote in term 2 is n4's. n4 asks again. n1's answer",
  );
  const stander = candidate(undisturbed(Raft), 4);
  says(stander, "n3", 5, "yes to term 5", "n1 stands in term 4, and has heard no leader for a while");
  leads(
    giveVote(stander, "n2", 4),
    4,
    "n1 stands in term 4, would vote for n3 in term 5, and n2 votes for it",
  );
  for (const seed of [1, 2, 3, 4]) {
    const n1 = undisturbed(Raft, {}, seed);
    const asked = () => messagesIn(n1.solo.sent, "PreVote").length > 0;
    while (!asked() && n1.solo.nowMs < n1.config.electionMaxMs) {
      says(n1, "n3", 1, "yes to term 1", "n1, in term 0, has heard nobody");
    }
    claim(
      asked(),
      `n3 sends PreVote every 10 ms. That should not put n1's own election off: it should ask PreVote after 300 ms at the latest, and in ${n1.solo.nowMs} ms it does not`,
    );
  }
}

export function refusesToPromise(Raft: RaftClass): void {
  const n1 = undisturbed(Raft);
  n1.append({ term: 5, entries: logOf(1, 1, 4) });
  n1.solo.advance(n1.config.electionMinMs);
  const last = (lastLogIndex: number, lastLogTerm: number) => ({ lastLogIndex, lastLogTerm });
  const when = "n1, in term 5, has the log 1 1 4, and has heard no leader for 160 ms";
  says(n1, "n3", 6, "yes to term 6", when, last(3, 4));
  says(n1, "n3", 9, "yes to term 9", when, last(1, 5));
  says(n1, "n2", 6, "no in term 5", `${when}. n2's log ends with entry 2, of term 4`, last(2, 4));
  says(n1, "n2", 9, "no in term 5", `${when}. n2's log ends with entry 8, of term 3`, last(8, 3));
  says(n1, "n3", 5, "no in term 5", when, last(3, 4));
  says(n1, "n3", 4, "no in term 5", when, last(9, 9));
}

/** What n1 answers to RequestVote of a later term: nothing at all. */
function ignores(n1: ServerBench, term: number, when: string): void {
  const request = { type: "RequestVote", term, lastLogIndex: 9, lastLogTerm: term - 1 } as const;
  const [reply] = messagesIn(n1.hear("n3", request), "RequestVoteReply");
  claim(
    reply === undefined,
    `${when}. n3 sends RequestVote of term ${term}: n1 should not answer, and it answers ${reply && voteText(reply.message)}`,
  );
}

const long = { lastLogIndex: 9, lastLogTerm: 3 };

export function needsNoOther(Raft: RaftClass): void {
  const first = leader(undisturbed(Raft), 3);
  says(first, "n3", 4, "no in term 3", "n1 leads term 3", long);
  const n1 = undisturbed(Raft);
  for (let i = 0; i < 3; i++) {
    n1.append({ term: 3 });
    const when = "n1 follows n2, the leader of term 3";
    says(n1, "n3", 4, "no in term 3", `${when}, and has heard it 10 ms ago`, long);
    n1.solo.advance(n1.config.electionMinMs - 5 * gatherMs);
    says(n1, "n3", 4, "no in term 3", `${when}, and has heard it 120 ms ago`, long);
  }
  n1.solo.advance(4 * gatherMs);
  says(
    n1,
    "n3",
    4,
    "yes to term 4",
    "n1 has heard the leader of term 3 170 ms ago, and electionMinMs = 150",
    long,
  );
  n1.append({ term: 2 });
  const when = "n1, in term 3, has heard its leader 190 ms ago, and now a leader of term 2";
  says(n1, "n3", 4, "yes to term 4", when, long);
}

export function hearsNoVoteRequest(Raft: RaftClass): void {
  const first = leader(undisturbed(Raft), 3);
  ignores(first, 9, "n1 leads term 3");
  hasTerm(first, 3, "n1 leads term 3, and n3 has sent RequestVote of term 9");
  claim(
    isLeading(first),
    "n1 leads term 3, and n3 sent RequestVote of term 9: n1 should lead on, and it is silent",
  );
  const n1 = undisturbed(Raft);
  for (let i = 0; i < 3; i++) {
    n1.append({ term: 3 });
    ignores(n1, 9, "n1 follows n2, the leader of term 3, and has heard it 10 ms ago");
    n1.solo.advance(n1.config.electionMinMs - 5 * gatherMs);
    ignores(n1, 9, "n1 follows n2, the leader of term 3, and has heard it 120 ms ago");
    hasTerm(n1, 3, "n1 follows n2, the leader of term 3, and n3 has sent RequestVote of term 9");
    const [reply] = messagesIn(n1.append({ term: 3 }), "AppendEntriesReply", "n2");
    same(
      reply?.message.success,
      true,
      "n3 has sent RequestVote of term 9, and n2 leads on in term 3. n1's success",
    );
  }
  n1.solo.advance(n1.config.electionMinMs);
  const text = voteText(askVote(n1, "n3", 9));
  same(
    text,
    "yes in term 9",
    "n1 has heard no leader for 160 ms, and electionMinMs = 150. Its answer to term 9",
  );
  const stander = candidate(undisturbed(Raft), 4);
  const answer = voteText(askVote(stander, "n3", 6));
  same(answer, "yes in term 6", "n1 stands in term 4, and n3 asks for its vote in term 6. Its answer");
}
