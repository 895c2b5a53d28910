import type { Entry } from "#protocol/12-raft";
import { claim } from "../suite/index.ts";
import { voteText } from "./election-bench.ts";
import { HonestFollower } from "./honest-follower.ts";
import {
  add,
  answered,
  type Cluster,
  cluster,
  committedIn,
  configuration,
  refusedIn,
  remove,
  servers,
  standsAmong,
  toldIn,
} from "./membership-bench.ts";
import { same } from "./same.ts";
import {
  appliedIn,
  command,
  config,
  logOf,
  messagesIn,
  type RaftClass,
  reportsIn,
  type Sent,
  three,
} from "./server-bench.ts";
import { lastOf, SnapshotBench, snapshotOf, stateOf } from "./snapshot-bench.ts";

/** n1 leads three, and its application has asked to remove it. */
function removing(Raft: RaftClass): Cluster & { readonly asked: Sent } {
  const all = cluster(Raft, three);
  return { ...all, asked: all.n1.ask(remove("n1")) };
}

const removal = "n1 leads n1 n2 n3, and is to be removed, so that n2 n3 are the members";
const propose = { type: "Propose", command: "y" } as const;

export function removedLeadsOn(Raft: RaftClass): void {
  const all = removing(Raft);
  same(refusedIn(all.asked), "", `${removal}. What n1 refuses`);
  const beats = all.n1.solo.advance(2 * config.heartbeatMs);
  const to = [...new Set(messagesIn(beats, "AppendEntries").map((it) => it.to))].sort().join(" ");
  same(to, "n2 n3", `${removal}. That is not committed. Who gets n1's heartbeats`);
  const asked = all.n1.ask(propose);
  same(refusedIn(asked), "", `${removal}. That is not committed, and y is proposed. What n1 refuses`);
  const sent = answered(all, ["n2", "n3"], [...all.asked, ...asked]);
  const index = all.log.length + 1;
  same(
    toldIn(sent).split(", ")[0],
    `${index} n2 n3`,
    `${removal}. y is proposed, and n2 and n3 answer. What n1 tells its application first`,
  );
  for (const id of ["n2", "n3"]) {
    same(
      stateOf(all.followers[id]?.log ?? []),
      "x y",
      `${removal}. y is proposed, and n2 and n3 answer. The commands that ${id} has`,
    );
  }
}

export function removedDoesNotCount(Raft: RaftClass): void {
  for (const [first, second] of [
    ["n2", "n3"],
    ["n3", "n2"],
  ] as const) {
    const all = removing(Raft);
    const early = [...all.asked, ...answered(all, [first], all.asked)];
    const text = `${removal}. Besides n1, only ${first} has the entry`;
    same(
      committedIn(early),
      "",
      `${text}. Which configurations n1 tells its application to be committed (invariant 4)`,
    );
    const late = answered(all, [second], all.asked);
    same(
      committedIn(late),
      "n2 n3",
      `${removal}. n2 and n3 have the entry. Which configurations n1 tells its application to be committed`,
    );
  }
}

export function removedStepsDown(Raft: RaftClass): void {
  const all = removing(Raft);
  answered(all, ["n2", "n3"], all.asked);
  const text = `${removal}. That is committed`;
  same(refusedIn(all.n1.ask(propose)), "Propose: not leader", `${text}, and y is proposed. What n1 refuses`);
  same(
    refusedIn(all.n1.ask(add("n1"))),
    "AddServer: not leader",
    `${text}, and it is to be added again. What n1 refuses`,
  );
  const later = all.n1.solo.advance(4 * config.electionMaxMs);
  same(
    messagesIn(later, "AppendEntries").length,
    0,
    `${text}. How many AppendEntries n1 sends in the 1,200 ms after that`,
  );
  same(
    reportsIn(later, "BecameLeader").length,
    0,
    `${text}. How often it tells its application BecameLeader in the 1,200 ms after that`,
  );
}

export function removedWaitsForThatEntry(Raft: RaftClass): void {
  const { n1, log, term } = cluster(Raft, three);
  n1.ask(propose);
  n1.ask(remove("n1"));
  const text = "n1 leads n1 n2 n3. y is proposed, and n1 is to be removed";
  const reply = { type: "AppendEntriesReply", term, success: true, hintIndex: 0 } as const;
  const hears = (count: number) =>
    ["n2", "n3"].flatMap((id) => [...n1.hear(id, { ...reply, matchIndex: log.length + count })]);
  same(appliedIn(hears(1)), `${log.length + 1} y`, `${text}. n2 and n3 have y. What n1 applies`);
  const y = `${text}. y is committed, and the removal is not`;
  same(refusedIn(n1.ask({ type: "Propose", command: "z" })), "", `${y}. z is proposed. What n1 refuses`);
  same(committedIn(hears(2)), "n2 n3", `${y}. Then n2 and n3 have it. Which configuration n1 tells of`);
}

/** It may be the only one that has the entry which removes it. Then nobody else's log is up to date, and it must stand. */
export function removedStands(Raft: RaftClass): void {
  for (const members of [["n2"], ["n2", "n3"], ["n2", "n3", "n4"]]) {
    const n1 = new SnapshotBench(Raft, { members: ["n1", ...members] });
    n1.withLog([...logOf(1), configuration(1, members)]);
    const text = `n1 was a member. The last configuration in its log is ${members.join(" ")}, and nobody has told it that this is committed`;
    standsAmong(n1, members, text);
  }
}

export function strangersAnswer(Raft: RaftClass): void {
  const removed = () => new SnapshotBench(Raft).withLog([...logOf(1), configuration(1, ["n2", "n3"])]);
  const waiting = () => new SnapshotBench(Raft, { members: [] });
  const cases = [
    {
      make: removed,
      text: "The last configuration in n1's log, entry 2, is n2 n3",
      log: [...logOf(1), configuration(1, ["n2", "n3"])],
    },
    { make: waiting, text: "n1 was started with no members", log: [] as Entry[] },
  ];
  for (const { make, text, log } of cases) {
    const asked = {
      type: "RequestVote",
      term: 5,
      lastLogIndex: log.length,
      lastLogTerm: log.at(-1)?.term ?? 0,
    } as const;
    const [vote] = messagesIn(make().hear("n2", asked), "RequestVoteReply");
    same(
      vote ? voteText(vote.message) : "",
      "yes in term 5",
      `${text}. n2 wants its vote for term 5, and its log is as n1's. What n1 answers`,
    );
    const message = { ...lastOf(log), term: 5, entries: [command(5, "y")], leaderCommit: log.length + 1 };
    const sent = make().append(message);
    const [reply] = messagesIn(sent, "AppendEntriesReply");
    same(
      reply?.message.matchIndex ?? "",
      log.length + 1,
      `${text}. n2, leader of term 5, sends it one entry. The matchIndex of its answer`,
    );
    same(
      appliedIn(sent).split(", ").at(-1),
      `${log.length + 1} y`,
      `${text}. n2 sends it y, which is committed. What n1 tells its application last`,
    );
  }
}

export function votesForStrangers(Raft: RaftClass): void {
  const log = [...logOf(1), configuration(1, three)];
  for (const candidate of ["n4", "n7"]) {
    const n1 = new SnapshotBench(Raft).withLog(log);
    const asked = { type: "RequestVote", term: 5, lastLogIndex: 3, lastLogTerm: 1 } as const;
    const [vote] = messagesIn(n1.hear(candidate, asked), "RequestVoteReply");
    same(
      vote ? voteText(vote.message) : "",
      "yes in term 5",
      `n1's configuration is n1 n2 n3. ${candidate}, whose log is longer, wants its vote for term 5: it may have been added by an entry that n1 has not. What n1 answers`,
    );
    const sent = n1.append(
      { ...lastOf(log), term: 5, entries: [configuration(1, servers(4)), command(5, "y")] },
      candidate,
    );
    const [reply] = messagesIn(sent, "AppendEntriesReply");
    same(
      reply?.message.matchIndex ?? "",
      4,
      `n1's configuration is n1 n2 n3. ${candidate} leads term 5 and sends it two entries. The matchIndex of its answer`,
    );
  }
}

/** From nothing to a member that can lead. */
export function newcomerLearns(Raft: RaftClass): void {
  const log = [...logOf(1, 1), configuration(1, servers(4)), command(1, "e4")];
  const byEntries = new SnapshotBench(Raft, { members: [] });
  byEntries.append({ term: 1, entries: log, leaderCommit: 2 });
  standsAmong(
    byEntries,
    servers(4),
    "n1 was started with no members, and n2 has sent it a log with the configuration n1 n2 n3 n4",
  );
  const bySnapshot = new SnapshotBench(Raft, { members: [] });
  bySnapshot.install(1, snapshotOf(log, 2, ["n2", "n3", "n4"]));
  bySnapshot.append({ ...lastOf(log.slice(0, 2)), term: 1, entries: log.slice(2), leaderCommit: 2 });
  standsAmong(
    bySnapshot,
    servers(4),
    "n1 was started with no members, was sent a snapshot up to entry 2 with n2 n3 n4, and then entry 3, which is n1 n2 n3 n4",
  );
}

/** The new member has nothing: the leader sends it what the others have, as entries or as a snapshot. */
export function newcomerGetsTheLog(Raft: RaftClass): void {
  for (const compacts of [false, true]) {
    const all = cluster(Raft, three);
    const { n1, log } = all;
    if (compacts) n1.compact(log, log.length);
    const asked = n1.ask(add("n4"));
    const n4 = new HonestFollower("n4");
    all.followers.n4 = n4;
    const text = `n1 leads n1 n2 n3 with ${log.length === 1 ? "one entry" : `${log.length} entries`}, all committed${compacts ? ", and has a snapshot of them" : ""}. n4, which has nothing, is added`;
    const sent = [...asked, ...answered(all, ["n2", "n4"], asked)];
    if (compacts) {
      const [install] = messagesIn(sent, "InstallSnapshot", "n4");
      claim(
        install !== undefined,
        `${text}: n1 should send it InstallSnapshot, and within 100 ms it sent none`,
      );
      same(install.message.snapshot, snapshotOf(log, log.length), `${text}. The snapshot that it gets`);
    }
    const has = [...(compacts ? log : []), ...n4.log];
    same(has, [...log, configuration(all.term, servers(4))], `${text}. The entries that n4 has after 100 ms`);
    same(
      committedIn(sent),
      servers(4).join(" "),
      `${text}. What n1's application is told by ApplyConfiguration`,
    );
  }
}
