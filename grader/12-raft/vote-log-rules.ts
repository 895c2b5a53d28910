import { answers, become, giveVote, leads, standsDespite, standsInTime } from "./election-bench.ts";
import { logOf, type RaftClass, ServerBench } from "./server-bench.ts";

const terms = [1, 1, 2, 2] as const;
const hasLog = "n1's log ends with entry 4, of term 2";
const withLog = (Raft: RaftClass): ServerBench => new ServerBench(Raft).withLog(logOf(...terms));

export function standsAgainstShorterLogs(Raft: RaftClass): void {
  for (const seed of [1, 2, 3]) {
    const n1 = new ServerBench(Raft, {}, seed);
    const since = n1.solo.nowMs;
    n1.withLog(logOf(...terms));
    let term = 2;
    const when = `${hasLog}. n3, whose log is empty, asks for its vote in one new term after the other`;
    standsDespite(n1, 3, when, since, () => {
      term++;
      answers(n1, "n3", term, `no in term ${term}`, when);
    });
  }
  const n1 = become(withLog(Raft), "leader", 4);
  const since = n1.solo.nowMs;
  const when = "n1 leads term 4 and has entries; n3, whose log is empty, stands in term 9";
  answers(n1, "n3", 9, "no in term 9", when);
  standsInTime(n1, 10, `${when}. n1 is a follower in term 9 then, and hears nothing`, since);
  leads(giveVote(n1, "n2", 10), 10, `${when}. n1 stands in term 10, and n2 votes for it`);
}

/** A refusal is no vote. */
export function votesAfterARefusal(Raft: RaftClass): void {
  const n1 = withLog(Raft);
  const when = `${hasLog}. n3's log is empty`;
  answers(n1, "n3", 5, "no in term 5", when);
  answers(n1, "n2", 5, "yes in term 5", `${when}, and n1 refused it in term 5; n2's log is as n1's`, {
    lastLogIndex: 4,
    lastLogTerm: 2,
  });
}
