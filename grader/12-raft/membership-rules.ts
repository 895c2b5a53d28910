import type { NodeId } from "#lib/sim";
import type { Entry, Exercise } from "#protocol/12-raft";
import { claim } from "../suite/index.ts";
import {
  add,
  answered,
  changesIn,
  cluster,
  committedIn,
  configuration,
  refusedIn,
  remove,
  servers,
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
  three,
} from "./server-bench.ts";
import { SnapshotBench } from "./snapshot-bench.ts";

const named = (entry: Entry): string =>
  entry.type === "Configuration" ? `[${entry.members.join(" ")}]` : entry.type;

export function findsLatest(latestMembers: Exercise["latestMembers"]): void {
  const [four, five] = [configuration(1, servers(4)), configuration(2, servers(5))];
  const shrunk = configuration(3, ["n2", "n3"]);
  const cases: { entries: Entry[]; expected: readonly NodeId[] }[] = [
    { entries: [], expected: three },
    { entries: logOf(1, 2), expected: three },
    { entries: [{ type: "NoOp", term: 1 }], expected: three },
    { entries: [four], expected: servers(4) },
    { entries: [command(1, "e1"), four, command(1, "e3"), command(2, "e4")], expected: servers(4) },
    { entries: [four, command(1, "e2"), five], expected: servers(5) },
    { entries: [five, shrunk, { type: "NoOp", term: 4 }], expected: ["n2", "n3"] },
    { entries: [shrunk, four], expected: servers(4) },
  ];
  for (const { entries, expected } of cases) {
    const text = entries.length === 0 ? "no entries" : entries.map(named).join(", ");
    same(
      latestMembers(three, entries),
      expected,
      `Before: n1 n2 n3. Then ${text}. The configuration after that`,
    );
  }
}

export function appendsConfiguration(Raft: RaftClass): void {
  const cases = [
    { had: 3, request: add("n4"), members: servers(4), to: "n2 n3 n4" },
    { had: 3, request: remove("n2"), members: ["n1", "n3"], to: "n3" },
    { had: 4, request: remove("n3"), members: ["n1", "n2", "n4"], to: "n2 n4" },
  ];
  for (const { had, request, members, to } of cases) {
    const all = cluster(Raft, servers(had));
    const text = `n1 leads ${servers(had).join(" ")}. Its application asks for ${request.type} ${request.server}`;
    const asked = all.n1.ask(request);
    same(
      refusedIn(asked),
      "",
      `${text}, when an entry of n1's term is committed and no change is pending. What it refuses`,
    );
    const sent = [
      ...asked,
      ...answered(
        all,
        members.filter((id) => id !== "n1"),
        asked,
      ),
    ];
    const [first] = changesIn(sent);
    claim(
      first !== undefined,
      `${text}: n1 should send a Configuration entry to ${to}, and within 100 ms it sent none`,
    );
    same(first.entry, { type: "Configuration", term: all.term, members }, `${text}. The entry that n1 sends`);
    same(
      committedIn(sent),
      members.join(" "),
      `${text}, and all answer. What n1's application is told by ApplyConfiguration`,
    );
  }
}

/** Who is a member from the entry on gets heartbeats; who is none does not. */
export function speaksToMembers(Raft: RaftClass): void {
  for (const { request, expected } of [
    { request: add("n4"), expected: "n2 n3 n4" },
    { request: remove("n3"), expected: "n2" },
  ]) {
    const all = cluster(Raft, three);
    const asked = all.n1.ask(request);
    const text = `n1 leads n1 n2 n3. Its application asked for ${request.type} ${request.server}, and nobody has answered`;
    const isNew = request.type === "AddServer";
    claim(
      !isNew || messagesIn(asked, "AppendEntries", request.server).length > 0,
      `${text}. It should send ${request.server} AppendEntries within 10 ms, as it would a command, and it sends none`,
    );
    const sent = all.n1.solo.advance(2 * config.heartbeatMs);
    const receivers = [...new Set(messagesIn(sent, "AppendEntries").map(({ to }) => to))].sort().join(" ");
    same(receivers, expected, `${text}. Who gets n1's heartbeats in the 100 ms after that`);
  }
}

interface Count {
  readonly had: number;
  readonly request: ReturnType<typeof add> | ReturnType<typeof remove>;
  readonly now: string;
  /** These answer, and that is no majority of the new configuration; then the others, and it is one. */
  readonly tooFew: readonly NodeId[];
  readonly others: readonly NodeId[];
}

const leadsText = (count: number) =>
  count === 1 ? "n1 leads a cluster of n1 alone" : `n1 leads ${servers(count).join(" ")}`;

/** The configuration of the entry itself says who must have it. */
export function countsByNewest(Raft: RaftClass): void {
  const cases: Count[] = [
    { had: 1, request: add("n2"), now: "n1 n2", tooFew: [], others: ["n2"] },
    { had: 2, request: add("n3"), now: "n1 n2 n3", tooFew: [], others: ["n3"] },
    { had: 3, request: add("n4"), now: "n1 n2 n3 n4", tooFew: ["n2"], others: ["n4"] },
    { had: 4, request: remove("n4"), now: "n1 n2 n3", tooFew: ["n4"], others: ["n2"] },
    { had: 3, request: remove("n3"), now: "n1 n2", tooFew: ["n3"], others: ["n2"] },
    { had: 4, request: add("n5"), now: "n1 n2 n3 n4 n5", tooFew: ["n5"], others: ["n2"] },
    { had: 5, request: remove("n5"), now: "n1 n2 n3 n4", tooFew: ["n2", "n5"], others: ["n4"] },
  ];
  for (const { had, request, now, tooFew, others } of cases) {
    const all = cluster(Raft, servers(had));
    const text = `${leadsText(had)}. ${request.server} is to be ${request.type === "AddServer" ? "added" : "removed"}, so that ${now} are the members`;
    const asked = all.n1.ask(request);
    const early = [...asked, ...answered(all, tooFew, asked)];
    // Whoever is no member may say what it likes.
    for (const id of tooFew.filter((it) => !now.includes(it))) {
      const matchIndex = all.log.length + 1;
      const reply = {
        type: "AppendEntriesReply",
        term: all.term,
        success: true,
        matchIndex,
        hintIndex: 0,
      } as const;
      early.push(...all.n1.hear(id, reply));
    }
    const which = tooFew.length === 0 ? "Nobody answers" : `Only ${tooFew.join(" and ")} answers`;
    same(
      committedIn(early),
      "",
      `${text}. ${which}. Which configurations n1 tells its application to be committed (invariant 4)`,
    );
    const sent = answered(all, others, asked);
    same(
      committedIn(sent),
      now,
      `${text}. ${others.join(" ")} answers${tooFew.length === 0 ? "" : " too"}. Which configurations n1 tells its application to be committed`,
    );
  }
  const all = cluster(Raft, servers(2));
  const text = "n1 leads n1 n2. n2 is to be removed, so that n1 is the only member";
  const sent = [...all.n1.ask(remove("n2")), ...all.n1.solo.advance(10)];
  same(
    committedIn(sent),
    "n1",
    `${text}. Which configurations n1 tells its application to be committed, though nobody answers`,
  );
  const proposed = [...all.n1.ask({ type: "Propose", command: "y" }), ...all.n1.solo.advance(10)];
  same(
    appliedIn(proposed),
    `${all.log.length + 2} y`,
    `${text}. y is proposed. What n1's application is told to apply`,
  );
}

export function oneAtATime(Raft: RaftClass): void {
  for (const second of [add("n5"), remove("n2"), remove("n4")]) {
    const all = cluster(Raft, three);
    const asked = all.n1.ask(add("n4"));
    const text = `n1 leads n1 n2 n3. n4 is to be added, and that is not committed. Then ${second.server} is to be ${second.type === "AddServer" ? "added" : "removed"}`;
    const refused = all.n1.ask(second);
    same(
      reportsIn(refused, "Refused"),
      [{ type: "Refused", request: second, why: "not now" }],
      `${text}. What n1 tells its application`,
    );
    const sent = answered(all, ["n2", "n3", "n4"], asked);
    const entries = [...new Set(changesIn([...asked, ...refused, ...sent]).map(({ entry }) => named(entry)))];
    same(entries, ["[n1 n2 n3 n4]"], `${text}. All answer. Which configurations n1 sends`);
    const next = all.n1.ask(second);
    same(
      refusedIn(next),
      "",
      `${text}. The first change is committed, and the second asked for again. What n1 refuses`,
    );
  }
}

/** A leader may know of no entry of its own, or of one that is not committed: until one is, it waits. */
export function notBeforeOwnEntry(Raft: RaftClass): void {
  const cases = [
    { log: [] as Entry[], had: "n1's log was empty" },
    { log: logOf(1, 1), had: "n1 has two entries of term 1, both committed" },
    {
      log: [command(1, "e1"), configuration(1, servers(4))],
      had: "n1 has a command and the configuration n1 n2 n3 n4, both of term 1 and committed",
    },
  ];
  for (const { log, had } of cases) {
    const n1 = new SnapshotBench(Raft);
    if (log.length > 0) n1.follows(log, log.length);
    const { term } = n1.stand();
    for (const from of ["n2", "n3"]) n1.hear(from, { type: "RequestVoteReply", term, voteGranted: true });
    const text = `${had}. It was elected in term ${term}, and no entry of that term is committed`;
    for (const request of [add("n5"), remove("n3")]) {
      same(
        refusedIn(n1.ask(request)),
        `${request.type}: not now`,
        `${text}. ${request.type} ${request.server} is asked for. What n1 refuses`,
      );
    }
    n1.ask({ type: "Propose", command: "x" });
    same(
      refusedIn(n1.ask(add("n5"))),
      "AddServer: not now",
      `${text}, but x is on its way. AddServer n5 is asked for. What n1 refuses`,
    );
    const all = { n1, term, followers: {}, log };
    answered(all, ["n2", "n3", "n4"], n1.solo.advance(config.heartbeatMs));
    same(
      refusedIn(n1.ask(add("n5"))),
      "",
      `${had}. It was elected, and x, of its own term, is committed now. AddServer n5 is asked for. What n1 refuses`,
    );
  }
}

/** A command that waits is no reason to refuse. */
export function commandsMayWait(Raft: RaftClass): void {
  const all = cluster(Raft, three);
  all.n1.ask({ type: "Propose", command: "y" });
  const sent = all.n1.ask(add("n4"));
  same(
    refusedIn(sent),
    "",
    "n1 leads n1 n2 n3; x, of its term, is committed, and y is not yet. AddServer n4 is asked for. What n1 refuses",
  );
}

export function leaderOnly(Raft: RaftClass): void {
  for (const request of [add("n4"), remove("n3")]) {
    const follower = new SnapshotBench(Raft).follows(logOf(1, 1), 2);
    const expected = [{ type: "Refused", request, why: "not leader" }];
    same(
      reportsIn(follower.ask(request), "Refused"),
      expected,
      `n1 follows n2. ${request.type} ${request.server} is asked for. What n1 tells its application`,
    );
    const candidate = new SnapshotBench(Raft);
    candidate.stand();
    same(
      reportsIn(candidate.ask(request), "Refused"),
      expected,
      `n1 is a candidate. ${request.type} ${request.server} is asked for. What n1 tells its application`,
    );
  }
}
