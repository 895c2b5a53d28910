import type { Entry } from "#protocol/12-raft";
import { claim } from "../suite/index.ts";
import { HonestFollower } from "./honest-follower.ts";
import {
  add,
  answered,
  type Cluster,
  changesIn,
  cluster,
  committedIn,
  configuration,
  refusedIn,
  remove,
  servers,
} from "./membership-bench.ts";
import { countText, sameLog } from "./replication-bench.ts";
import { same } from "./same.ts";
import { appliedIn, command, config, messagesIn, type RaftClass, type Sent, three } from "./server-bench.ts";
import { lastOf, SnapshotBench } from "./snapshot-bench.ts";

const four = ["n1", "n2", "n4", "n5"];

/** Commands that only n3 gets. */
const texts = Array.from({ length: 8 }, (_, i) => `y${i + 1}`);

interface Return extends Cluster {
  readonly text: string;
}

/** n1 led n1 to n5, and n3 had more of its log than the others; n2 led then, and removed n3; now n1 leads again. */
function ledBefore(Raft: RaftClass): Return {
  const before = cluster(Raft, servers(5));
  const { n1, followers, log } = before;
  for (const text of texts) answered(before, ["n3"], n1.ask({ type: "Propose", command: text }));
  const had = followers.n3?.log.length ?? 0;
  claim(
    had >= log.length + texts.length,
    `n1 leads five servers, y1 to y8 were proposed, and n3 answers: n3 should have ${log.length + texts.length} entries, and it has ${had}`,
  );
  const kept: Entry[] = [...log, configuration(before.term + 1, four)];
  n1.append({ ...lastOf(log), term: before.term + 1, entries: kept.slice(-1), leaderCommit: kept.length });
  const { term } = n1.stand();
  const first = ["n2", "n4"].flatMap((id) => [
    ...n1.hear(id, { type: "RequestVoteReply", term, voteGranted: true }),
  ]);
  for (const id of four.slice(1)) followers[id] = new HonestFollower(id, kept);
  const all = { n1, term, followers, log: kept };
  const asked = [...first, ...n1.ask({ type: "Propose", command: "z" })];
  const sent = [...asked, ...answered(all, four.slice(1), asked)];
  const text = `n1 led term ${before.term}, and n3 said that it has the entries up to ${had}. n2 led then, removed n3, and replaced those from ${log.length + 1} on. n1 leads term ${term}, of n1 n2 n4 n5`;
  claim(
    appliedIn(sent).endsWith(" z"),
    `${text}. z is proposed, and the others answer: n1 should apply it, and it applies ${appliedIn(sent) || "nothing"}`,
  );
  return { ...all, text };
}

export function comesBackUnknown(Raft: RaftClass): void {
  const all = ledBefore(Raft);
  const { n1, followers, text } = all;
  const asked = n1.ask(add("n3"));
  same(refusedIn(asked), "", `${text}, and z is committed. n3 is to be added again. What n1 refuses`);
  const early = [...asked, ...answered(all, ["n2"], asked)];
  same(
    committedIn(early),
    "",
    `${text}, and n3 is to be added again. Of the five, n1 and n2 have that, and n3 has said nothing in this term. Which configurations n1 tells its application to be committed (invariant 4)`,
  );
  const [install] = messagesIn([...asked, ...early], "InstallSnapshot", "n3");
  claim(
    install === undefined,
    `${text}, and n3 is to be added again. n1 has ${countText(n1.log().length)} and no snapshot, and sends n3 InstallSnapshot with lastIncludedIndex = ${install?.message.snapshot.lastIncludedIndex}`,
  );
  const own = n1.log().length;
  for (const { message } of messagesIn([...asked, ...early], "AppendEntries", "n3")) {
    claim(
      message.prevLogIndex <= own,
      `${text}, and n3 is to be added again. n1 has ${countText(own)}, and what it sends n3 begins after entry ${message.prevLogIndex}`,
    );
  }
  const late = answered(all, ["n2", "n3", "n4"], n1.solo.advance(config.heartbeatMs));
  same(
    committedIn(late),
    "n1 n2 n4 n5 n3",
    `${text}, and n3 is to be added again. n2, n3 and n4 answer. Which configurations n1 tells its application to be committed`,
  );
  sameLog(
    followers.n3?.log ?? [],
    n1.log(),
    `${text}. n3 was added again, and has answered. The log of n3, which should be n1's (invariant 3)`,
  );
}

/** Gone and back while n1 leads: what it said in this term it has, and it lacks what came meanwhile. */
export function comesBackInOneTerm(Raft: RaftClass): void {
  const all = cluster(Raft, three);
  const { n1, followers } = all;
  const text = "n1 leads n1 n2 n3. n3 is removed; y is proposed and committed; n3 is to be added again";
  answered(all, ["n2"], n1.ask(remove("n3")));
  answered(all, ["n2"], n1.ask({ type: "Propose", command: "y" }));
  const asked = n1.ask(add("n3"));
  same(refusedIn(asked), "", `${text}. What n1 refuses`);
  const sent = [...asked, ...answered(all, ["n2", "n3"], asked)];
  same(
    committedIn(sent),
    "n1 n2 n3",
    `${text}, and all answer. Which configurations n1 tells its application to be committed`,
  );
  sameLog(followers.n3?.log ?? [], n1.log(), `${text}, and all answer. The log of n3, which should be n1's`);
}

/** Requests after which the members would be the same, or none. */
export function refusesWhatIsNoChange(Raft: RaftClass): void {
  const cases = [
    { had: 3, request: add("n2"), which: "n2 is a member" },
    { had: 3, request: add("n1"), which: "n1 is a member" },
    { had: 3, request: remove("n4"), which: "n4 is no member" },
    { had: 1, request: remove("n1"), which: "n1 is the only member" },
  ];
  for (const { had, request, which } of cases) {
    const all = cluster(Raft, servers(had));
    const names = servers(had).join(" ");
    const text = `n1 leads ${had === 1 ? "a cluster of n1 alone" : names}, and no change is pending. ${request.type} ${request.server} is asked for, and ${which}`;
    const before = n1Log(all);
    const sent: Sent = all.n1.ask(request);
    same(refusedIn(sent), `${request.type}: not now`, `${text}. What n1 refuses`);
    sameLog(n1Log(all), before, `${text}. The log of n1 after that`);
    same(changesIn(sent).length, 0, `${text}. How many Configuration entries n1 sends`);
    const next = all.n1.ask(add("n5"));
    const members = [...servers(had), "n5"];
    const last = n1Log(all).at(-1);
    same(refusedIn(next), "", `${text}. Then AddServer n5 is asked for. What n1 refuses`);
    same(
      last?.type === "Configuration" ? last.members : last?.type,
      members,
      `${text}. Then AddServer n5 is asked for. The members in the last entry of n1's log`,
    );
  }
}

const n1Log = ({ n1 }: Cluster): readonly Entry[] => [...n1.log()];

/** Removed and added again, all in the log: a restart forgets that it was committed, and what is older is told anew. */
export function goesByTheLatest(Raft: RaftClass): void {
  const log: Entry[] = [
    command(1, "e1"),
    configuration(1, ["n2", "n3"]),
    configuration(1, ["n2", "n3", "n1"]),
  ];
  const n1 = new SnapshotBench(Raft).withLog(log);
  const { term, sent } = n1.lead();
  const followers = ["n2", "n3"].map((id) => new HonestFollower(id, log));
  const asked = [...sent, ...n1.ask({ type: "Propose", command: "x" })];
  asked.push(...n1.serve(followers, 2 * config.heartbeatMs, asked));
  const text = `n1's log has the configuration n2 n3, and then n2 n3 n1. It leads term ${term}; x was proposed, n2 and n3 answer, and both configurations are committed with it`;
  same(
    refusedIn(n1.ask({ type: "Propose", command: "y" })),
    "",
    `${text}. n1 should lead on in spite of n2 n3, which is older than n2 n3 n1. y is proposed. What n1 refuses`,
  );
}

/** A change that never came to be: another leader's command is in its place. */
export function forgetsWhatWasReplaced(Raft: RaftClass): void {
  const before = cluster(Raft, three);
  const { n1, log } = before;
  n1.ask(add("n4"));
  const kept = [...log, command(before.term + 1, "y")];
  n1.append({ ...lastOf(log), term: before.term + 1, entries: kept.slice(-1) });
  const { term, sent } = n1.lead();
  const followers = ["n2", "n3"].map((id) => new HonestFollower(id, kept));
  const asked = [...sent, ...n1.ask({ type: "Propose", command: "z" })];
  asked.push(...n1.serve(followers, 2 * config.heartbeatMs, asked));
  const text = `n1 led term ${before.term}, and n4 was to be added. n2 led then, and replaced that by a command. n1 leads term ${term}, and z, of its term, is proposed, and n2 and n3 answer`;
  claim(
    appliedIn(asked).endsWith(" z"),
    `${text}: n1 should apply it, and it applies ${appliedIn(asked) || "nothing"}`,
  );
  same(
    refusedIn(n1.ask(add("n5"))),
    "",
    `${text}. No change is in its log that is not committed. AddServer n5 is asked for. What n1 refuses`,
  );
}
