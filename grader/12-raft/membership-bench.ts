import type { NodeId } from "#lib/sim";
import type { ConfigurationEntry, Entry } from "#protocol/12-raft";
import { counted } from "../report/words.ts";
import { claim } from "../suite/index.ts";
import { HonestFollower } from "./honest-follower.ts";
import { same } from "./same.ts";
import { config, messagesIn, type RaftClass, reportsIn, type Sent } from "./server-bench.ts";
import { SnapshotBench } from "./snapshot-bench.ts";

export const configuration = (term: number, members: readonly NodeId[]): Entry => ({
  type: "Configuration",
  term,
  members,
});

/** "n1 n2 n3 n4": the first servers, so many of them. */
export const servers = (count: number): NodeId[] => Array.from({ length: count }, (_, i) => `n${i + 1}`);

export const add = (server: NodeId) => ({ type: "AddServer", server }) as const;
export const remove = (server: NodeId) => ({ type: "RemoveServer", server }) as const;

/** "not now": why something was refused, of all that was. */
export const refusedIn = (sent: Sent): string =>
  reportsIn(sent, "Refused")
    .map(({ request, why }) => `${request.type}: ${why}`)
    .join(", ");

/** "1 e1, 2 n1 n2 n4": what an application was told of the log. */
export function toldIn(sent: Sent): string {
  const texts: string[] = [];
  for (const { message } of sent) {
    if (message.type === "Apply") texts.push(`${message.index} ${String(message.command)}`);
    if (message.type === "ApplyConfiguration") texts.push(`${message.index} ${message.members.join(" ")}`);
  }
  return texts.join(", ");
}

/** The configurations that the application was told to be committed: "n1 n2 n4". */
export const committedIn = (sent: Sent): string =>
  reportsIn(sent, "ApplyConfiguration")
    .map(({ members }) => members.join(" "))
    .join(", ");

/** Configuration entries that n1 sent, and to whom. */
export function changesIn(sent: Sent): { to: NodeId; entry: ConfigurationEntry }[] {
  return messagesIn(sent, "AppendEntries").flatMap(({ to, message }) =>
    message.entries.flatMap((entry) => (entry.type === "Configuration" ? [{ to, entry }] : [])),
  );
}

/** Who gets RequestVote when n1 has not heard a leader, and in what term. */
function standsWith(n1: SnapshotBench, text: string): { readonly term: number; readonly asked: string } {
  const sent = n1.waitFor("RequestVote");
  const requests = messagesIn(sent, "RequestVote");
  const [first] = requests;
  claim(
    first !== undefined,
    `${text}, and then n1 hears nothing: it should send RequestVote, and it sends none`,
  );
  return {
    term: first.message.term,
    asked: requests
      .map(({ to }) => to)
      .sort()
      .join(" "),
  };
}

/** n1 stands; whom it asks, and that it needs so many of their votes. */
export function standsAmong(n1: SnapshotBench, members: readonly NodeId[], text: string): void {
  const others = members.filter((id) => id !== "n1");
  const { term, asked } = standsWith(n1, text);
  same(asked, others.join(" "), `${text}, and then n1 hears nothing. Whom it asks for a vote`);
  const isMember = members.includes("n1");
  const needed = Math.floor(members.length / 2) + (isMember ? 0 : 1);
  const own = isMember ? "Besides its own vote it" : "Its own vote does not count. It";
  const strangers = servers(7).filter((id) => id !== "n1" && !members.includes(id));
  const vote = { type: "RequestVoteReply", term, voteGranted: true } as const;
  const early: Sent[number][] = [];
  for (const from of [...strangers, ...others.slice(0, needed - 1)]) early.push(...n1.hear(from, vote));
  same(
    reportsIn(early, "BecameLeader").length,
    0,
    `${text}. It stands. ${own} gets ${counted(needed - 1, "vote")} of members, and those of ${strangers.join(" ")}, who are none. How often it tells its application BecameLeader (invariant 1)`,
  );
  const last = n1.hear(others[needed - 1] as NodeId, vote);
  same(
    reportsIn(last, "BecameLeader").length,
    1,
    `${text}. It stands. ${own} gets ${counted(needed, "vote")} of members: a majority of ${members.join(" ")}. How often it tells its application BecameLeader`,
  );
}

/** A leader n1 of these members, who have all of its log: x, in its own term, is committed. */
export interface Cluster {
  readonly n1: SnapshotBench;
  readonly term: number;
  /** All of them, by their names; they answer when they are asked to serve. */
  readonly followers: Record<NodeId, HonestFollower>;
  readonly log: readonly Entry[];
}

export function cluster(Raft: RaftClass, members: readonly NodeId[]): Cluster {
  const n1 = new SnapshotBench(Raft, { members });
  const others = members.filter((id) => id !== "n1");
  const elected = others.length === 0 ? alone(n1) : n1.lead();
  const followers = Object.fromEntries(others.map((id) => [id, new HonestFollower(id)]));
  const asked = [...elected.sent, ...n1.ask({ type: "Propose", command: "x" })];
  const sent = [...asked, ...n1.serve(Object.values(followers), 2 * config.heartbeatMs, asked)];
  claim(
    reportsIn(sent, "Apply").some(({ command }) => command === "x"),
    `n1 leads ${members.join(" ")}, and all of them answer. x was proposed, and should be told to n1's application (Apply)`,
  );
  const last = reportsIn(sent, "Apply").at(-1)?.index ?? 0;
  const log = (others[0] ? followers[others[0]]?.log : n1.solo.disk.entries) as readonly Entry[];
  return { n1, term: elected.term, followers, log: log.slice(0, last) };
}

function alone(n1: SnapshotBench): { term: number; sent: Sent } {
  const sent = n1.waitFor("BecameLeader");
  const [told] = reportsIn(sent, "BecameLeader");
  claim(
    told !== undefined,
    "n1 is the only member and hears nothing: it should tell its application BecameLeader",
  );
  return { term: told.term, sent };
}

/** The servers that have these names answer what n1 sent, for two heartbeats. Gives all that n1 sends then. */
export function answered({ n1, followers }: Cluster, by: readonly NodeId[], first: Sent): Sent {
  return n1.serve(
    by.map((id) => {
      followers[id] ??= new HonestFollower(id);
      return followers[id];
    }),
    2 * config.heartbeatMs,
    first,
  );
}
