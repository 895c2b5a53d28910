import type { NodeId } from "#lib/sim";
import type { Entry } from "#protocol/12-raft";
import { eachCrash } from "./crash-places.ts";
import { HonestFollower } from "./honest-follower.ts";
import { configuration, remove, servers, standsAmong, toldIn } from "./membership-bench.ts";
import { same } from "./same.ts";
import { command, config, logOf, messagesIn, type RaftClass, reportsIn, three } from "./server-bench.ts";
import { lastOf, SnapshotBench, snapshotOf } from "./snapshot-bench.ts";

const e = (index: number, term = 1) => command(term, `e${index}`);
const two = ["n1", "n2"];

interface Change {
  readonly before: readonly NodeId[];
  readonly after: readonly NodeId[];
}

const changes: Change[] = [
  { before: three, after: servers(4) },
  { before: servers(4), after: three },
  { before: servers(4), after: servers(5) },
  { before: three, after: ["n1", "n3"] },
];

/** n1 has the entry, and knows nothing of it to be committed. */
export function usesWhatIsInTheLog(Raft: RaftClass): void {
  for (const { before, after } of changes) {
    const n1 = new SnapshotBench(Raft, { members: before });
    n1.withLog([e(1), configuration(1, after), e(3)]);
    const text = `n1 was started with ${before.join(" ")}. Entry 2 of its log is the configuration ${after.join(" ")}, which it does not know to be committed`;
    standsAmong(n1, after, text);
  }
  const n1 = new SnapshotBench(Raft).withLog([
    configuration(1, servers(4)),
    e(2),
    configuration(1, servers(5)),
  ]);
  standsAmong(
    n1,
    servers(5),
    "Entry 1 of n1's log is the configuration n1 n2 n3 n4, and entry 3 is n1 n2 n3 n4 n5",
  );
}

export function goesBackWithTheLog(Raft: RaftClass): void {
  const cases: { log: Entry[]; kept: number; expected: readonly NodeId[]; had: string }[] = [
    { log: [e(1), configuration(1, servers(4))], kept: 1, expected: three, had: "Entry 2 was n1 n2 n3 n4" },
    { log: [e(1), configuration(1, two), e(3)], kept: 1, expected: three, had: "Entry 2 was n1 n2" },
    {
      log: [configuration(1, servers(4)), e(2), configuration(1, servers(5)), e(4)],
      kept: 2,
      expected: servers(4),
      had: "Entry 1 is n1 n2 n3 n4, and entry 3 was n1 n2 n3 n4 n5",
    },
  ];
  for (const { log, kept, expected, had } of cases) {
    for (const crashes of [false, true]) {
      const n1 = new SnapshotBench(Raft).withLog(log);
      n1.append({ ...lastOf(log.slice(0, kept)), term: 2, entries: [e(kept + 1, 2)] }, "n3");
      if (crashes) n1.crash();
      const text = `n1 was started with n1 n2 n3. ${had}; n3, leader of term 2, has a command in place of entry ${kept + 1}${crashes ? ". n1 crashed and started again" : ""}`;
      standsAmong(n1, expected, text);
    }
  }
  const n1 = new SnapshotBench(Raft);
  const before = [e(1), configuration(1, servers(4)), e(3)];
  n1.install(1, snapshotOf(before, 3, servers(4)));
  n1.append({ ...lastOf(before), term: 1, entries: [configuration(1, servers(5))] });
  n1.append({ ...lastOf(before), term: 2, entries: [e(4, 2)] }, "n3");
  standsAmong(
    n1,
    servers(4),
    "n1 has a snapshot up to entry 3, with n1 n2 n3 n4. Entry 4 was n1 n2 n3 n4 n5, until n3, leader of term 2, had a command in its place",
  );
}

export function tellsInOrder(Raft: RaftClass): void {
  const log = [e(1), configuration(1, servers(4)), e(3), configuration(1, three), e(5)];
  const all = "1 e1, 2 n1 n2 n3 n4, 3 e3, 4 n1 n2 n3, 5 e5";
  const n1 = new SnapshotBench(Raft);
  const first = n1.append({ term: 1, entries: log, leaderCommit: 3 });
  const text = "n1's log is e1, n1 n2 n3 n4, e3, n1 n2 n3, e5";
  same(
    toldIn(first),
    "1 e1, 2 n1 n2 n3 n4, 3 e3",
    `${text}, and entries up to 3 are committed. What it tells its application`,
  );
  const rest = n1.append({ ...lastOf(log), term: 1, leaderCommit: 5 });
  same(
    toldIn(rest),
    "4 n1 n2 n3, 5 e5",
    `${text}, and now those up to 5 are committed. What it tells its application`,
  );
  n1.crash();
  const again = n1.append({ ...lastOf(log), term: 1, leaderCommit: 5 });
  same(
    toldIn(again),
    all,
    `${text}, all committed. It crashed and started again, and n2 spoke. What it tells its application`,
  );
}

export function survivesCrash(Raft: RaftClass): void {
  for (const { before, after } of changes) {
    const n1 = new SnapshotBench(Raft, { members: before }).withLog([e(1), configuration(1, after), e(3)]);
    n1.crash();
    const text = `n1 was started with ${before.join(" ")}. Entry 2 of its log is ${after.join(" ")}. It crashed and started again`;
    standsAmong(n1, after, text);
  }
}

const changed: Entry[] = [e(1), configuration(1, servers(4)), e(3), configuration(1, servers(5)), e(5)];

/** Where the configuration is that a server has after the entries up to `index` became a snapshot. */
export function survivesSnapshot(Raft: RaftClass): void {
  for (const index of [1, 3, 5]) {
    for (const crashes of [false, true]) {
      const n1 = new SnapshotBench(Raft).follows(changed, 5);
      n1.compact(changed, index);
      if (crashes) n1.crash();
      const text = `Entry 2 of n1's log was n1 n2 n3 n4, and entry 4 n1 n2 n3 n4 n5. It has a snapshot up to entry ${index}${crashes ? ", crashed, and started again" : ""}`;
      standsAmong(n1, servers(5), text);
    }
  }
}

/** The snapshot says which configuration was the latest at its end, whatever came after it. */
export function snapshotHasItsOwn(Raft: RaftClass): void {
  const cases = [
    { indexes: [1], expected: three },
    { indexes: [2], expected: servers(4) },
    { indexes: [3], expected: servers(4) },
    { indexes: [4], expected: servers(5) },
    { indexes: [2, 3], expected: servers(4) },
    { indexes: [3, 5], expected: servers(5) },
  ];
  for (const { indexes, expected } of cases) {
    const n1 = new SnapshotBench(Raft, { members: three }).follows(changed, 5);
    for (const index of indexes) n1.compact(changed, index);
    const { term } = n1.stand();
    const sent: ReturnType<SnapshotBench["hear"]>[number][] = [];
    for (const from of ["n2", "n3"])
      sent.push(...n1.hear(from, { type: "RequestVoteReply", term, voteGranted: true }));
    sent.push(...n1.serve([new HonestFollower("n5")], 4 * config.heartbeatMs, sent));
    const text = `Entry 2 of n1's log was n1 n2 n3 n4, and entry 4 n1 n2 n3 n4 n5. It has a snapshot up to entry ${indexes.join(", and then one up to entry ")}. It leads, and n5 has nothing`;
    same(
      messagesIn(sent, "InstallSnapshot", "n5")[0]?.message.snapshot.members,
      expected,
      `${text}. The members in the snapshot that n5 gets`,
    );
  }
}

export function installBringsMembers(Raft: RaftClass): void {
  for (const crashes of [false, true]) {
    const n1 = new SnapshotBench(Raft);
    n1.install(1, snapshotOf(changed, 3, servers(4)));
    if (crashes) n1.crash();
    const then = crashes ? ". n1 crashed and started again" : "";
    standsAmong(
      n1,
      servers(4),
      `n1 was started with n1 n2 n3, and was sent a snapshot up to entry 3, with n1 n2 n3 n4${then}`,
    );
    const all = new SnapshotBench(Raft).follows(changed, 0);
    all.install(1, snapshotOf(changed, 3, servers(4)));
    if (crashes) all.crash();
    const text = `n1 had entries 1 to 5, of which entry 4 is n1 n2 n3 n4 n5. It was sent a snapshot up to entry 3, with n1 n2 n3 n4${then}`;
    standsAmong(all, servers(5), text);
  }
}

/** Who waits to be added can be elected before it has heard of the members at the beginning, and hand on a snapshot of then. */
export function emptyMembersSayNothing(Raft: RaftClass): void {
  for (const crashes of [false, true]) {
    const n1 = new SnapshotBench(Raft);
    n1.install(1, snapshotOf(logOf(1, 1), 2, []));
    if (crashes) n1.crash();
    const text = `n1 was started with n1 n2 n3, and was sent a snapshot with members = []: who took it waited to be added${crashes ? ". n1 crashed and started again" : ""}`;
    standsAmong(n1, three, text);
  }
}

/** It has waited for its leader's removal, in vain or not: the others have one member less. */
export function electsWithoutRemoved(Raft: RaftClass): void {
  const log = [...logOf(1, 1), configuration(1, ["n1", "n3"])];
  const n1 = new SnapshotBench(Raft).follows(log, 2);
  const text = "n2, leader of term 1, has sent n1 the configuration n1 n3, and is gone";
  standsAmong(n1, ["n1", "n3"], text);
  const refused = reportsIn(n1.ask(remove("n3")), "Refused");
  same(
    refused.map(({ why }) => why),
    ["not now"],
    `${text}. n1 leads, and that change is not committed. RemoveServer n3 is asked for. Why n1 refuses it`,
  );
}

/** Nothing of its log is left; the configuration in there is not either, wherever a crash falls. */
export function installReplacesMembers(Raft: RaftClass): void {
  const make = () =>
    new SnapshotBench(Raft).withLog([e(1), configuration(1, servers(5)), e(3), e(4)]) as SnapshotBench;
  const snapshot = snapshotOf([e(1), e(2, 2), e(3, 2)], 3, three);
  const text =
    "Entry 2 of n1's log was n1 n2 n3 n4 n5, not known to be committed. n2, leader of term 2, sent it a snapshot up to entry 3, of term 2, with n1 n2 n3: its log went another way, and is gone";
  const installed = make();
  installed.install(2, snapshot);
  standsAmong(installed, three, text);
  const message = { type: "InstallSnapshot", term: 2, snapshot } as const;
  eachCrash(make, "n2", message, (n1, _, crash) => {
    n1.hear("n2", message);
    standsAmong(n1 as SnapshotBench, three, `${text}; ${crash}, and the snapshot came again`);
  });
}
