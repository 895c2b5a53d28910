import type { Exercise } from "#protocol/12-raft";
import { claim } from "../suite/index.ts";
import { HonestFollower } from "./honest-follower.ts";
import { answer, brings, Leader, slow, success } from "./replication-bench.ts";
import { same } from "./same.ts";
import {
  appliedIn,
  command,
  five,
  logOf,
  messagesIn,
  type RaftClass,
  reportsIn,
  type Sent,
  ServerBench,
} from "./server-bench.ts";

/** "One of the others has said that it has x". */
const othersText = (count: number): string =>
  count === 0
    ? "None of the others has said that it has x"
    : count === 1
      ? "One of the others has said that it has x"
      : `${count} of the others have said that they have x`;

const membersOf = (count: number): string[] => Array.from({ length: count }, (_, i) => `n${i + 1}`);

export function countsMajorities(majorityIndex: Exercise["majorityIndex"]): void {
  const cases: readonly (readonly [readonly number[], number])[] = [
    [[7], 7],
    [[3, 5, 4], 4],
    [[0, 0, 6], 0],
    [[6, 0, 6], 6],
    [[1, 2], 1],
    [[5, 5, 2, 2], 2],
    [[2, 5, 5, 5], 5],
    [[9, 8, 3, 2, 1], 3],
    [[9, 100, 10], 10],
    [[20, 3, 100, 4, 1], 4],
    [[4, 4, 4, 1, 1, 1], 1],
  ];
  for (const [indexes, expected] of cases) {
    same(
      majorityIndex([...indexes]),
      expected,
      `majorityIndex([${indexes.join(", ")}]), the largest index that more than half have reached`,
    );
  }
}

export function commitsByMajority(Raft: RaftClass): void {
  for (const [members, needed] of [
    [2, 1],
    [3, 1],
    [4, 2],
    [5, 2],
    [6, 3],
    [7, 3],
  ] as const) {
    const leader = Leader.of(Raft, [], { ...slow, members: membersOf(members) });
    const { index, sent } = leader.propose("x");
    const text = `${leader.text}, one of ${members} members; x is entry ${index}`;
    const sentSoFar: Sent[number][] = [...sent];
    for (const [i, from] of leader.others.slice(0, needed).entries()) {
      const what = `${text}. ${othersText(i)}: with n1, ${i + 1} of ${members} have it`;
      same(appliedIn(sentSoFar), "", `${what}. What n1 applies (invariant 4)`);
      const early = messagesIn(sentSoFar, "AppendEntries").find(
        ({ message }) => message.leaderCommit >= index,
      );
      claim(
        !early,
        `${what}, which is no majority, and n1 sent ${early?.to} leaderCommit = ${early?.message.leaderCommit} (invariant 4)`,
      );
      sentSoFar.push(...leader.acked(from, index));
    }
    same(
      appliedIn(sentSoFar),
      `${index} x`,
      `${text}. ${othersText(needed)}: with n1, that is a majority. What n1 applies`,
    );
    for (const from of leader.others) sentSoFar.push(...leader.acked(from, index));
    same(appliedIn(sentSoFar), `${index} x`, `${text}. All have it. What it has applied (invariant 5)`);
  }
}

export function isAMajorityAlone(Raft: RaftClass): void {
  const n1 = new ServerBench(Raft, { members: ["n1"] });
  n1.solo.advance(2 * n1.config.electionMaxMs);
  // Whether it leads is told in 12.1.
  if (reportsIn(n1.solo.sent, "BecameLeader").length === 0) return;
  const before = n1.log().length;
  const applied = [
    ...n1.ask({ type: "Propose", command: "x" }),
    ...n1.ask({ type: "Propose", command: "y" }),
  ];
  same(
    appliedIn(applied),
    `${before + 1} x, ${before + 2} y`,
    "n1 is the only member and leads, so it is a majority of itself; x and y were proposed. What it applies",
  );
}

export function tellsWhatIsCommitted(Raft: RaftClass): void {
  const leader = Leader.of(Raft);
  const followers = [new HonestFollower("n2"), new HonestFollower("n3")];
  leader.n1.serve(followers, 0, leader.first);
  leader.n1.serve(followers, 0, leader.propose("x").sent);
  const { index, sent } = leader.propose("y");
  leader.n1.serve(followers, 0, sent);
  for (const { id } of followers) {
    const { leaderCommit } = leader.next(id);
    same(
      leaderCommit,
      index,
      `${leader.text}; y is entry ${index}, and all have it. The leaderCommit of the next AppendEntries to ${id}`,
    );
  }
}

/** Figure 8, seen by S1 alone: an entry of term 2 on a majority may still be lost. */
export function commitsItsOwnTerm(Raft: RaftClass): void {
  const leader = Leader.of(Raft, logOf(1, 2, 2), { ...slow, members: five });
  const sent: Sent[number][] = [...leader.first];
  for (const from of leader.others) sent.push(...leader.acked(from, 3));
  const text = `${leader.text}. All others have entry 3, which is of term 2`;
  same(
    appliedIn(sent),
    "",
    `${text}, and nobody has an entry of term ${leader.term}. What n1 applies (invariant 4)`,
  );
  const { index } = leader.propose("x");
  same(
    appliedIn(leader.acked("n2", index)),
    "",
    `${text}; n2 has entry ${index}, which is x, as well. What n1 applies`,
  );
  same(
    appliedIn(leader.acked("n3", index)),
    `1 e1, 2 e2, 3 e3, ${index} x`,
    `${text}; n2 and n3 have entry ${index}, x of term ${leader.term}, as well. What n1 applies: it, and all before it`,
  );
}

export function countsWhatTheReplySays(Raft: RaftClass): void {
  const leader = Leader.of(Raft, [], slow);
  const [x, y, z] = ["x", "y", "z"].map((text) => leader.propose(text).index) as [number, number, number];
  const text = `${leader.text}; x, y and z are the entries ${x}, ${y} and ${z}`;
  same(
    appliedIn(leader.acked("n2", x)),
    `${x} x`,
    `${text}. n2 answers that it has everything up to ${x}. What n1 applies`,
  );
  same(
    appliedIn(leader.acked("n3", y)),
    `${y} y`,
    `${text}. n2 has those up to ${x}, n3 up to ${y}. What n1 applies now`,
  );
  same(appliedIn(leader.acked("n2", y)), "", `${text}. n2 has those up to ${y} as well. What n1 applies now`);
  same(appliedIn(leader.acked("n2", z)), `${z} z`, `${text}. n2 has those up to ${z}. What n1 applies now`);
}

export function countsAServerOnce(Raft: RaftClass): void {
  const leader = Leader.of(Raft, [], { ...slow, members: five });
  const { index } = leader.propose("x");
  const text = `${leader.text}, one of 5 members; x is entry ${index}`;
  const twice = [...leader.acked("n2", index), ...leader.acked("n2", index), ...leader.acked("n2", index)];
  same(
    appliedIn(twice),
    "",
    `${text}. n2's answer, that it has x, came three times: two of five have it. What n1 applies (invariant 4)`,
  );
  same(
    appliedIn(leader.acked("n7", index)),
    "",
    `${text}. n2 has x, and so says n7, which is no member: two of five have it. What n1 applies (invariant 4)`,
  );
  same(appliedIn(leader.acked("n4", index)), `${index} x`, `${text}. n2 and n4 have it. What n1 applies`);
}

export function ignoresLateReplies(Raft: RaftClass): void {
  const leader = Leader.of(Raft, logOf(1, 1, 1), { ...slow, members: five });
  const n2 = new HonestFollower("n2", logOf(1));
  const refusals = messagesIn(leader.first, "AppendEntries", "n2").flatMap(({ message }) => {
    const reply = n2.answer(message);
    return reply?.type === "AppendEntriesReply" && !reply.success ? [reply] : [];
  });
  for (const refusal of refusals) leader.n1.serve([n2], 0, leader.n1.hear("n2", refusal));
  const { index: x } = leader.propose("x");
  const { index: y } = leader.propose("y");
  leader.acked("n2", y);
  const text = `${leader.text}; x and y are the entries ${x} and ${y}, and n2 has said that it has both`;
  const late: Sent[number][] = [];
  for (const matchIndex of [x, 1, 0]) late.push(...leader.acked("n2", matchIndex));
  for (const refusal of refusals) late.push(...leader.n1.hear("n2", refusal));
  same(appliedIn(late), "", `${text}. Then its earlier answers came once more. What n1 applies`);
  same(
    appliedIn(leader.acked("n3", y)),
    `1 e1, 2 e2, 3 e3, ${x} x, ${y} y`,
    `${text}. Then its earlier answers came once more, and n3 has both: three of five. What n1 applies`,
  );
  late.push({ to: "n2", message: leader.next("n2") });
  for (let index = 1; index <= y; index++) {
    claim(
      !brings(late, "n2", index),
      `${text}. Then its earlier answers came once more: n1 sends it entry ${index} again`,
    );
  }
}

/** n1 leads, is deposed, loses what it had appended, and leads again. */
function leadsAgain(Raft: RaftClass, meanwhile: (leader: Leader, last: number) => void): [Leader, number] {
  const first = Leader.of(Raft, [], { ...slow, members: five });
  const { index } = first.propose("a");
  for (const text of ["b", "c", "d"]) first.propose(text);
  const last = index + 3;
  meanwhile(first, last);
  const term = first.term + 1;
  const [prevLogIndex, prevLogTerm] = [index - 1, first.n1.log()[index - 2]?.term ?? 0];
  answer(first.n1, { term, prevLogIndex, prevLogTerm, entries: [command(term, "e")] }, "n5");
  return [new Leader(first.n1), last];
}

export function ignoresOldTerms(Raft: RaftClass): void {
  const [leader, last] = leadsAgain(Raft, () => {});
  const { index } = leader.propose("x");
  const old = leader.term - 2;
  const sent = ["n2", "n3", "n4"].flatMap((from) => [...leader.n1.hear(from, success(old, last))]);
  same(
    appliedIn(sent),
    "",
    `n1 led term ${old}, lost its entries up to ${last} to another leader, and leads term ${leader.term}; x is entry ${index}. Answers of term ${old} came from n2, n3 and n4, with matchIndex = ${last}. What n1 applies (invariant 4)`,
  );
}

export function beginsAnew(Raft: RaftClass): void {
  const [leader, last] = leadsAgain(Raft, (first, index) => first.acked("n2", index));
  leader.beganAtItsEnd();
  const { index } = leader.propose("x");
  same(
    appliedIn(leader.acked("n3", index)),
    "",
    `n1 led term ${leader.term - 2}, in which n2 had its entries up to ${last}; they are gone, and n1 leads term ${leader.term}. x is entry ${index}, and n3 has it. What n1 applies (invariant 4)`,
  );
  const applied = appliedIn(leader.acked("n4", index));
  claim(
    applied.endsWith(`${index} x`),
    `n1 leads term ${leader.term}, and n3 and n4 have its entry ${index}, x: three of five. It should apply x, and it applies ${applied || "nothing"}`,
  );
}
