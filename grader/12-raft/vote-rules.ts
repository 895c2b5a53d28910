import { claim } from "../suite/index.ts";
import {
  answers,
  become,
  doesNotLead,
  giveVote,
  isInTerm,
  laterWords,
  leads,
  roles,
  standsDespite,
  standsIn,
  standsInTime,
} from "./election-bench.ts";
import { same } from "./same.ts";
import { five, messagesIn, type RaftClass, type Sent, ServerBench } from "./server-bench.ts";

const silent = "n1 has heard nobody";

export function votesOnce(Raft: RaftClass): void {
  const n1 = new ServerBench(Raft);
  answers(n1, "n2", 1, "yes in term 1", "n1 has voted for nobody");
  answers(n1, "n3", 1, "no in term 1", "n1 has voted for n2 in term 1 (invariant 6)");
  answers(n1, "n3", 2, "yes in term 2", "n1 has voted for n2 in term 1, and for nobody in term 2");
  answers(n1, "n2", 2, "no in term 2", "n1 has voted for n3 in term 2 (invariant 6)");
  answers(n1, "n2", 9, "yes in term 9", "n1 has voted for n3 in term 2, and for nobody in term 9");
  for (const { name, text } of roles) {
    if (name === "follower") continue;
    const server = become(new ServerBench(Raft), name, 4);
    answers(server, "n3", 4, "no in term 4", `${text(4)}, for which it has voted for itself (invariant 6)`);
  }
}

export function saysYesAgain(Raft: RaftClass): void {
  const n1 = new ServerBench(Raft);
  answers(n1, "n2", 3, "yes in term 3", "n1 has voted for nobody");
  answers(n1, "n2", 3, "yes in term 3", "n1 has voted for n2 in term 3, and the same request comes again");
  answers(n1, "n3", 3, "no in term 3", "n1 has voted for n2 in term 3, twice (invariant 6)");
}

export function refusesOldTerms(Raft: RaftClass): void {
  for (const { name, text } of roles) {
    const n1 = become(new ServerBench(Raft), name, 5);
    for (const term of [4, 1]) answers(n1, "n3", term, "no in term 5", text(5));
    if (name === "candidate") {
      leads(
        giveVote(n1, "n3", 5),
        5,
        `${text(5)}, was asked for votes in terms 4 and 1, and n3 votes for it`,
      );
    }
    if (name === "leader") stillLeads(n1, 5, `${text(5)}, and was asked for votes in terms 4 and 1`);
  }
  const n1 = new ServerBench(Raft);
  answers(n1, "n2", 5, "yes in term 5", "n1 has voted for nobody");
  answers(n1, "n3", 4, "no in term 5", "n1 has voted for n2 in term 5");
  answers(n1, "n2", 4, "no in term 5", "n1 has voted for n2 in term 5. That is no vote in term 4");
  answers(
    n1,
    "n3",
    5,
    "no in term 5",
    "n1 has voted for n2 in term 5, and was asked in term 4 (invariant 6)",
  );
}

/** It sends heartbeats of this term within the next ones' time. */
function stillLeads(n1: ServerBench, term: number, when: string): void {
  const appends = messagesIn(n1.solo.advance(2 * n1.config.heartbeatMs), "AppendEntries");
  claim(
    appends.some(({ message }) => message.term === term),
    `${when}: it should lead on, and in two heartbeats' time it sends no AppendEntries of term ${term}`,
  );
}

export function knowsNoStrangers(Raft: RaftClass): void {
  const n1 = new ServerBench(Raft);
  answers(n1, "n7", 2, "yes in term 2", "The members are n1, n2, n3, as far as n1 knows");
  answers(n1, "n2", 2, "no in term 2", "n1 has voted for n7 in term 2 (invariant 6)");
}

export function followsLaterTerms(Raft: RaftClass): void {
  for (const { name, text } of roles) {
    for (const { what, message } of laterWords(7)) {
      const n1 = become(new ServerBench(Raft), name, 3);
      const when = `${text(3)}. n2 sends ${what} of term 7`;
      const since = n1.solo.nowMs;
      const sent = [...n1.hear("n2", message)];
      const yes = messagesIn(sent, "RequestVoteReply", "n2").map((it) =>
        it.message.voteGranted ? "yes" : "no",
      );
      if (message.type === "RequestVote")
        same(
          yes,
          ["yes"],
          `${when}, and its last entry is ${message.lastLogIndex} of term ${message.lastLogTerm}, later than any of n1's. What n1 answers`,
        );
      const late = name === "candidate" ? [...giveVote(n1, "n2", 3), ...giveVote(n1, "n3", 3)] : [];
      doesNotLead(late, `${when}. Votes for n1 of term 3 come after it`);
      isInTerm(n1, 7, when);
      doesNotLead(sent, when);
      const then = `${when}, n3 asks in vain for a vote in term 6, and nobody says anything more`;
      const standing = standsIn(n1, 8, then, since);
      // Who led had no election timer, and the others have heard a leader or given a vote.
      if (name === "leader" || message.type === "RequestVote" || message.type === "AppendEntries") {
        claim(
          standing.afterMs >= n1.config.electionMinMs,
          `${when}. It should not stand before electionMinMs = 150 ms are over, and it stands after ${standing.afterMs} ms`,
        );
      }
      const votes = giveVote(n1, "n2", 8);
      leads(votes, 8, `${when}. It stands in term 8, and n2 votes for it`);
      const heard = messagesIn(votes, "AppendEntries", "n3").length;
      claim(
        heard > 0,
        `${when}. It stands in term 8, and wins: it should send n3 AppendEntries at once, and within 10 ms it sends none`,
      );
    }
  }
}

export function keepsItsVote(Raft: RaftClass): void {
  const voted = (): ServerBench => {
    const n1 = new ServerBench(Raft);
    answers(n1, "n2", 4, "yes in term 4", "n1 has voted for nobody");
    return n1;
  };
  const follower = voted();
  follower.append({ term: 4 });
  answers(follower, "n3", 4, "no in term 4", "n1 has voted for n2, and heard n2 lead term 4 (invariant 6)");
  const third = voted();
  third.append({ term: 4 }, "n3");
  answers(third, "n4", 4, "no in term 4", "n1 has voted for n2, and heard n3 lead term 4 (invariant 6)");
  for (const from of ["n2", "n3"]) {
    const candidate = become(new ServerBench(Raft), "candidate", 4);
    candidate.append({ term: 4 });
    const when = "n1 stood in term 4, with its own vote, and then heard n2 lead it (invariant 6)";
    answers(candidate, from, 4, "no in term 4", when);
    const refused = become(new ServerBench(Raft), "candidate", 4);
    giveVote(refused, from, 4, false);
    const then = `n1 stands in term 4, with its own vote, and ${from} has refused its own (invariant 6)`;
    answers(refused, from, 4, "no in term 4", then);
  }
  const leader = become(new ServerBench(Raft), "leader", 4);
  leader.hear("n2", { type: "AppendEntriesReply", term: 4, success: true, matchIndex: 0, hintIndex: 0 });
  answers(leader, "n3", 4, "no in term 4", "n1 leads term 4, with its own vote (invariant 6)");
  stillLeads(leader, 4, "n1 leads term 4, and n3 has asked for its vote in it");
}

export function candidateFollows(Raft: RaftClass): void {
  const n1 = become(new ServerBench(Raft), "candidate", 4);
  const when = "n1 stands in term 4, and n2 has won it: its heartbeat comes";
  const since = n1.solo.nowMs;
  const [reply] = messagesIn(n1.append({ term: 4 }), "AppendEntriesReply", "n2");
  same(
    reply && { term: reply.message.term, success: reply.message.success },
    { term: 4, success: true },
    `${when}. Its answer`,
  );
  doesNotLead(giveVote(n1, "n3", 4), `${when}, and after it n3's vote for n1`);
  standsInTime(n1, 5, `${when}, and then nothing`, since);
  const other = become(new ServerBench(Raft), "candidate", 4);
  other.append({ term: 3 });
  leads(
    giveVote(other, "n3", 4),
    4,
    "n1 stands in term 4, hears an old leader of term 3, and n3 votes for it",
  );
}

export function refusesOldLeaders(Raft: RaftClass): void {
  for (const { name, text } of roles) {
    const n1 = become(new ServerBench(Raft), name, 5);
    const since = n1.solo.nowMs;
    const when = `${text(5)}. n3, who led term 4, sends heartbeats`;
    const replies: Sent[number][] = [];
    for (let i = 0; i < 5; i++) {
      replies.push(...messagesIn(n1.append({ term: 4 }, "n3"), "AppendEntriesReply", "n3"));
      n1.solo.advance(10);
    }
    const said = replies.flatMap(({ message }) =>
      message.type === "AppendEntriesReply"
        ? [`${message.success ? "success" : "a refusal"} in term ${message.term}`]
        : [],
    );
    same(said, Array(5).fill("a refusal in term 5"), `${when}. n1's answers to five of them`);
    if (name === "leader") stillLeads(n1, 5, when);
    else standsDespite(n1, 6, when, since, () => n1.append({ term: 4 }, "n3"));
  }
}

export function putsOffForItsVote(Raft: RaftClass): void {
  for (const seed of [1, 2, 3, 4]) {
    const n1 = new ServerBench(Raft, {}, seed);
    n1.append({ term: 1 });
    n1.solo.advance(n1.config.electionMinMs - 20);
    const since = n1.solo.nowMs;
    const when = "n1 has heard no leader for 140 ms, and votes for n3 in term 2";
    answers(n1, "n3", 2, "yes in term 2", "n1 has voted for nobody");
    standsInTime(n1, 3, when, since);
  }
  for (const seed of [1, 2, 3, 4]) {
    for (const term of [4, 3]) {
      const n1 = new ServerBench(Raft, {}, seed);
      const since = n1.solo.nowMs;
      answers(n1, "n2", 4, "yes in term 4", "n1 has voted for nobody");
      const when = `n1 has voted for n2 in term 4. n3 asks for its vote in term ${term}, again and again`;
      standsDespite(n1, 5, when, since, () => answers(n1, "n3", term, "no in term 4", when));
    }
  }
}

export function countsEachOnce(Raft: RaftClass): void {
  const n1 = new ServerBench(Raft, { members: five });
  const { term } = standsIn(n1, 1, silent);
  for (const times of ["once", "twice", "three times"]) {
    doesNotLead(
      giveVote(n1, "n2", term),
      `Of five members, n2 has voted for n1, and its reply came ${times}`,
    );
  }
  for (const from of ["n6", "n7", "n1"]) {
    doesNotLead(giveVote(n1, from, term), `Of n1 to n5, n2 has voted for n1, and ${from} says that it has`);
  }
  doesNotLead(giveVote(n1, "n3", term, false), "Of five members, n2 has voted for n1, and n3 has not");
  leads(giveVote(n1, "n4", term), term, "Of five members, n1, n2 and n4 have voted for n1");
}

export function countsThisElection(Raft: RaftClass): void {
  const n1 = new ServerBench(Raft, { members: five });
  standsIn(n1, 1, silent);
  doesNotLead(giveVote(n1, "n2", 1), "Of five members, n2 has voted for n1 in term 1");
  standsIn(n1, 2, "n1 has two of five votes in term 1, and nobody else answers");
  const when = "Of five members, n2 voted for n1 in term 1; in term 2";
  doesNotLead(giveVote(n1, "n3", 2), `${when} only n3 has`);
  doesNotLead(giveVote(n1, "n4", 1), `${when} only n3 has, and n4's vote of term 1 comes late`);
  leads(giveVote(n1, "n4", 2), 2, `${when} n3 and n4 have`);
  const follower = become(new ServerBench(Raft), "candidate", 4);
  answers(follower, "n2", 6, "yes in term 6", "n1 stood in term 4");
  const late = [...giveVote(follower, "n3", 4), ...giveVote(follower, "n2", 4)];
  doesNotLead(late, "n1 stood in term 4, and has voted for n2 in term 6. Votes for n1 of term 4 come");
  doesNotLead(
    giveVote(follower, "n3", 6),
    "n1 has voted for n2 in term 6. It gets a vote that it did not ask for",
  );
}
