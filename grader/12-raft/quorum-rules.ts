import type { NodeId } from "#lib/sim";
import type { RaftMessage } from "#protocol/12-raft";
import { claim, same } from "../suite/index.ts";
import { askVote, voteText } from "./election-bench.ts";
import {
  five,
  logOf,
  messagesIn,
  type RaftClass,
  reportsIn,
  type ServerBench,
  three,
} from "./server-bench.ts";
import { compactOf } from "./snapshot-bench.ts";
import { hasTerm, leader, undisturbed } from "./undisturbed-bench.ts";

type Says = (turn: number) => readonly (readonly [from: NodeId, message: RaftMessage])[];

const answer = (term: number, success = true): RaftMessage => ({
  type: "AppendEntriesReply",
  term,
  success,
  matchIndex: 0,
  hintIndex: 0,
});

/** How long it goes on speaking as a leader while others say this, every 50 ms; not longer than `mostMs`. */
function speaksFor(n1: ServerBench, mostMs: number, say: Says): number {
  const since = n1.solo.nowMs;
  let lastMs = since;
  for (let turn = 0; n1.solo.nowMs - since < mostMs; turn++) {
    const before = n1.solo.nowMs;
    const sent = say(turn).flatMap(([from, message]) => [...n1.hear(from, message)]);
    sent.push(...n1.solo.advance(before + n1.config.heartbeatMs - n1.solo.nowMs));
    if (messagesIn(sent, "AppendEntries").length > 0) lastMs = n1.solo.nowMs;
  }
  return lastMs - since;
}

/** It leads on, though all it hears is this. */
function goesOn(n1: ServerBench, when: string, say: Says): void {
  const ms = speaksFor(n1, 1_500, say);
  claim(
    ms >= 1_500 - 2 * n1.config.heartbeatMs,
    `${when}. It should lead on, and after ${ms} ms it sends no AppendEntries any more`,
  );
}

export function leadsWithAQuorum(Raft: RaftClass): void {
  const n1 = leader(undisturbed(Raft), 3);
  goesOn(n1, "Of three members, n1 leads term 3 and n2 answers, which makes two with n1", () => [
    ["n2", answer(3)],
  ]);
  const ofFive = leader(undisturbed(Raft, { members: five }), 3);
  goesOn(ofFive, "Of five members, n1 leads term 3, and each time two of the others answer", (turn) => [
    [["n2", "n4"][turn % 2] as NodeId, answer(3)],
    [["n5", "n3"][turn % 2] as NodeId, answer(3)],
  ]);
  const inTurn = leader(undisturbed(Raft, { members: five }), 3);
  const when =
    "Of five members, n1 leads term 3; n2 and n3 answer each second heartbeat, in turn, and electionMaxMs = 300";
  goesOn(inTurn, when, (turn) => [[turn % 2 === 0 ? "n2" : "n3", answer(3)]]);
  const alone = undisturbed(Raft, { members: ["n1"] });
  alone.solo.advance(3_000);
  const [command] = reportsIn(alone.ask({ type: "Propose", command: "e1" }), "Refused");
  same(
    command,
    undefined,
    "n1 is the only member, and has led for long. It is asked for a command. What it refuses",
  );
}

/** It goes back one entry at a time, and that takes time; but it answers. */
export function countsRefusals(Raft: RaftClass): void {
  const n1 = undisturbed(Raft);
  n1.append({ term: 2, entries: logOf(...Array<number>(40).fill(2)) });
  leader(n1, 3);
  let tried = 40;
  goesOn(
    n1,
    "n1 leads term 3 and has 40 entries. n2 has none, and refuses one after the other, every 50 ms",
    () => {
      const refused = tried--;
      return [["n2", { ...answer(3, false), hintIndex: refused - 1 } as RaftMessage]];
    },
  );
}

/** It was far behind, and its answer to the snapshot comes again and again. */
export function countsSnapshots(Raft: RaftClass): void {
  const n1 = undisturbed(Raft);
  const log = logOf(2, 2);
  n1.append({ term: 2, entries: log, leaderCommit: 2 });
  n1.ask(compactOf(log, 2));
  leader(n1, 3);
  const installed: RaftMessage = { type: "InstallSnapshotReply", term: 3, matchIndex: 2 };
  goesOn(
    n1,
    "n1 leads term 3, and its log is a snapshot up to entry 2. n2 lacks that, and says InstallSnapshotReply of term 3 every 50 ms",
    (turn) => [["n2", turn === 0 ? answer(3, false) : installed]],
  );
}

interface Silence {
  readonly what: string;
  readonly members: readonly NodeId[];
  readonly say: Says;
  /** How long a quorum answers. */
  readonly answeredMs?: number;
}

const silences = (): Silence[] => {
  const question: RaftMessage = { type: "PreVote", term: 4, lastLogIndex: 0, lastLogTerm: 0 };
  const both = (message: RaftMessage): ReturnType<Says> => [
    ["n2", message],
    ["n3", message],
  ];
  return [
    { what: "nobody says anything", members: three, say: () => [] },
    {
      what: "n2 and n3 answer for 500 ms, and no more after that",
      members: three,
      say: (turn) => (turn < 10 ? both(answer(3)) : []),
      answeredMs: 500,
    },
    {
      what: "n2 and n3 answer its first heartbeat, and no more after that",
      members: three,
      say: (turn) => (turn === 0 ? both(answer(3)) : []),
      answeredMs: 50,
    },
    {
      what: "of five members, only n2 answers, twice each time",
      members: five,
      say: () => [
        ["n2", answer(3)],
        ["n2", answer(3)],
      ],
    },
    {
      what: "n2 and n3 ask PreVote of term 4, and answer nothing",
      members: three,
      say: () => both(question),
    },
    { what: "n2 and n3 answer to what it sent in term 2", members: three, say: () => both(answer(2, false)) },
    {
      what: "n2 and n3 answer to a snapshot that it sent in term 2",
      members: three,
      say: () => both({ type: "InstallSnapshotReply", term: 2, matchIndex: 0 }),
    },
    {
      what: "n6 and n7, who are no members, answer",
      members: three,
      say: () => [
        ["n6", answer(3)],
        ["n7", answer(3)],
      ],
    },
  ];
};

export function stepsDownAlone(Raft: RaftClass): void {
  for (const { what, members, say, answeredMs = 0 } of silences()) {
    const n1 = leader(undisturbed(Raft, { members }), 3);
    const when = `n1 leads term 3, and ${what}. electionMaxMs = 300`;
    const ms = speaksFor(n1, answeredMs + 1_000, say);
    const mostMs = answeredMs + 600;
    claim(
      ms <= mostMs + n1.config.heartbeatMs,
      `${when}. After ${mostMs} ms it should lead no more, and after ${ms} ms it still sends AppendEntries`,
    );
    // Its last word may have come a heartbeat before its end, and the last answer a heartbeat before that.
    claim(
      ms >= answeredMs + 300 - 2 * n1.config.heartbeatMs,
      `${when}. It should lead for 300 ms without an answer, and after ${ms} ms it sends no AppendEntries`,
    );
    const [refused] = reportsIn(n1.ask({ type: "Propose", command: "e1" }), "Refused");
    same(
      refused?.why,
      "not leader",
      `${when}. 1,000 ms after the last answer it is asked for a command. Why it refuses`,
    );
    hasTerm(n1, 3, `${when}, and it steps down, in its term`);
  }
}

export function followsAfterThat(Raft: RaftClass): void {
  const stepped = (): { n1: ServerBench; atMs: number } => {
    const n1 = leader(undisturbed(Raft), 3);
    let atMs = n1.solo.nowMs;
    for (let left = 640; left > 0; left--) {
      if (messagesIn(n1.solo.advance(1), "AppendEntries").length > 0) atMs = n1.solo.nowMs;
    }
    return { n1, atMs };
  };
  const silent = stepped().n1;
  const before = messagesIn(silent.solo.sent, "PreVote").length;
  silent.solo.advance(silent.config.electionMaxMs);
  const questions = messagesIn(silent.solo.sent, "PreVote").slice(0);
  const when = "n1 led term 3, nobody answered, and it stepped down";
  claim(
    questions.length > before,
    `${when}. It should ask PreVote after the next election time-out, and it does not`,
  );
  same(questions.at(-1)?.message.term, 4, `${when}. The term that it asks about by PreVote`);
  const { n1 } = stepped();
  const [reply] = messagesIn(n1.append({ term: 4 }), "AppendEntriesReply", "n2");
  same(
    reply?.message.success,
    true,
    `${when}. n2 leads term 4, and sends a heartbeat. Success of n1's answer`,
  );
  const voter = stepped().n1;
  voter.solo.advance(voter.config.electionMinMs);
  same(
    voteText(askVote(voter, "n3", 3)),
    "no in term 3",
    `${when}. Its own vote in term 3 is given. Its answer to n3`,
  );
  same(
    voteText(askVote(voter, "n3", 4, { lastLogIndex: 9, lastLogTerm: 3 })),
    "yes in term 4",
    `${when}. n3 stands in term 4. n1's answer`,
  );
}
