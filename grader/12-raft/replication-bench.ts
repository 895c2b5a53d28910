import { app, canonical, type NodeId } from "#lib/sim";
import type { AppendEntries, AppendEntriesReply, Entry, RaftConfig } from "#protocol/12-raft";
import { claim } from "../suite/index.ts";
import type { HonestFollower } from "./honest-follower.ts";
import { same } from "./same.ts";
import { messagesIn, type RaftClass, reportsIn, type Sent, ServerBench, termsOf } from "./server-bench.ts";

/** Heartbeats so far apart that what comes between two of them did not wait for one. */
export const slow: Partial<RaftConfig> = { electionMinMs: 6_000, electionMaxMs: 9_000, heartbeatMs: 2_000 };

/** The logs of Figure 7: that of the leader of term 8, and those of the followers a to f. */
export const figure7 = {
  leader: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6],
  followers: {
    a: [1, 1, 1, 4, 4, 5, 5, 6, 6],
    b: [1, 1, 1, 4],
    c: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
    d: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
    e: [1, 1, 1, 4, 4, 4, 4],
    f: [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
  },
} as const;

/** "term 2: e3". */
function entryText(entry: Entry): string {
  return `term ${entry.term}: ${entry.type === "Command" ? String(entry.command) : entry.type}`;
}

export function sameLog(actual: readonly Entry[], expected: readonly Entry[], sentence: string): void {
  const isSame = (index: number) => canonical(actual[index] ?? null) === canonical(expected[index] ?? null);
  const length = Math.max(actual.length, expected.length);
  let first = 0;
  while (first < length && isSame(first)) first++;
  if (first === length) return;
  // Of long logs, the place where they part is enough.
  const from = length <= 6 ? 0 : first;
  const part = length - from > 6 ? `its entries ${from + 1} to ${from + 6}` : `from entry ${from + 1} on`;
  const text = from === 0 ? sentence : `${sentence}, ${part}`;
  same(actual.slice(from, from + 6).map(entryText), expected.slice(from, from + 6).map(entryText), text);
  same(actual[first], expected[first], `${sentence}. Its entry ${first + 1}`);
}

/** A leader sends entries to n1, and n1 answers, once. */
export function answer(
  n1: ServerBench,
  message: Partial<AppendEntries> & { readonly term: number },
  from = "n2",
): AppendEntriesReply {
  const replies = messagesIn(n1.append(message, from), "AppendEntriesReply", from);
  claim(
    replies.length === 1,
    `${from} sent n1 AppendEntries of term ${message.term}: n1 should answer once, and it answered ${replies.length} times`,
  );
  return (replies[0] as (typeof replies)[number]).message;
}

export const success = (term: number, matchIndex: number): AppendEntriesReply => ({
  type: "AppendEntriesReply",
  term,
  success: true,
  matchIndex,
  hintIndex: 0,
});

/** n1 as the leader of a term. It may have appended an entry of its own at once. */
export class Leader {
  readonly n1: ServerBench;
  readonly term: number;
  /** What it sent when it was elected. */
  readonly first: Sent;
  /** What its log was before that. */
  readonly before: readonly Entry[];

  constructor(n1: ServerBench) {
    this.n1 = n1;
    this.before = n1.log();
    const { term, sent } = n1.lead();
    this.term = term;
    this.first = sent;
  }

  static of(Raft: RaftClass, log: readonly Entry[] = [], settings: Partial<RaftConfig> = {}): Leader {
    const n1 = new ServerBench(Raft, settings);
    return new Leader(log.length === 0 ? n1 : n1.withLog(log));
  }

  get others(): readonly NodeId[] {
    return this.n1.config.members.filter((id) => id !== "n1");
  }

  /** "n1 became leader of term 2 with the terms 1 1 in its log". */
  get text(): string {
    const { length } = this.before;
    const terms =
      length === 1 ? `one entry, of term ${termsOf(this.before)},` : `the terms ${termsOf(this.before)}`;
    return `n1 became leader of term ${this.term} with ${length === 0 ? "an empty log" : `${terms} in its log`}`;
  }

  /** Its application proposes a command. Gives the index at which it is in the log, and what was sent. */
  propose(text: string): { readonly index: number; readonly sent: Sent } {
    const sent = this.n1.ask({ type: "Propose", command: text });
    const index = this.n1.log().findIndex((entry) => entry.type === "Command" && entry.command === text) + 1;
    const found = this.n1.log().map(entryText).join(", ") || "empty";
    claim(
      index > 0,
      `${this.text}; its application proposed ${text}: the log on its disk should have it, and it is ${found}`,
    );
    return { index, sent };
  }

  /** A member answers that it has everything up to an index. */
  acked(from: NodeId, index: number, term = this.term): Sent {
    return this.n1.hear(from, success(term, index));
  }

  /** What it sends a member within a heartbeat: that is AppendEntries. */
  next(to: NodeId): AppendEntries {
    const sent = messagesIn(this.n1.solo.advance(this.n1.config.heartbeatMs + 10), "AppendEntries", to);
    claim(
      sent.length > 0,
      `${this.text}: it should send AppendEntries to ${to} every ${this.n1.config.heartbeatMs} ms, and it sends none`,
    );
    return (sent.at(-1) as (typeof sent)[number]).message;
  }

  /** Whatever it sent says the truth about its own log. */
  saysTheTruth(sent: Sent, log: readonly Entry[] = this.n1.log()): void {
    for (const { to, message } of messagesIn(sent, "AppendEntries")) {
      const { term, prevLogIndex, prevLogTerm, entries } = message;
      const what = `n1 leads term ${this.term}, and the terms of its log are ${termsOf(log)}. It sent ${to} AppendEntries with prevLogIndex = ${prevLogIndex}`;
      claim(to !== "n1" && to !== app, `${what}: it is for the other members`);
      same(term, this.term, `${what}. Its term`);
      claim(
        Number.isInteger(prevLogIndex) && prevLogIndex >= 0 && prevLogIndex <= log.length,
        `${what}: there should be such an entry, or it should be 0`,
      );
      same(prevLogTerm, log[prevLogIndex - 1]?.term ?? 0, `${what}. Its prevLogTerm`);
      const own = log.slice(prevLogIndex, prevLogIndex + entries.length);
      sameLog(entries, own, `${what}. Its entries, as they follow in the log`);
    }
  }

  /** Of the others' logs it knew nothing as it was elected: it began where its own ended. */
  beganAtItsEnd(): void {
    const { length } = this.before;
    this.saysTheTruth(this.first);
    for (const to of this.others) {
      const [append] = messagesIn(this.first, "AppendEntries", to);
      claim(
        append !== undefined,
        `${this.text}: it should send AppendEntries to ${to} at once, and within 10 ms it sends none`,
      );
      const { prevLogIndex } = append.message;
      claim(
        prevLogIndex >= length,
        `${this.text}. It knows nothing of the log of ${to}, and begins at prevLogIndex = ${prevLogIndex}: it should suppose that ${to} has what it has itself (nextIndex), so ${length}`,
      );
    }
  }

  /** A follower has all of its log, and nothing else. */
  isLike(follower: HonestFollower, when: string): void {
    const log = this.n1.log();
    const { id, log: others } = follower;
    const isPart = others.length < log.length && others.every((it, i) => canonical(it) === canonical(log[i]));
    const has =
      others.length === 0
        ? "has none of n1's entries"
        : `has n1's entries up to ${others.length}, and no more`;
    claim(!isPart, `${when}. ${id} ${has}: it should have those up to ${log.length}`);
    sameLog(others, log, `${when}. The log of ${id}, which should be n1's (invariant 3)`);
  }
}

/** "success, matchIndex = 3": what a follower has answered. */
export function replyText({ success: isYes, matchIndex }: { success: boolean; matchIndex: number }): string {
  return `${isYes ? "success" : "a refusal"}, matchIndex = ${matchIndex}`;
}

/** "no entries", "one entry", "3 entries". */
export function countText(count: number): string {
  return count === 0 ? "no entries" : count === 1 ? "one entry" : `${count} entries`;
}

/** Whether these messages bring a member the entry at an index. */
export function brings(sent: Sent, to: NodeId, index: number): boolean {
  return messagesIn(sent, "AppendEntries", to).some(
    ({ message: { prevLogIndex, entries } }) =>
      prevLogIndex < index && index <= prevLogIndex + entries.length,
  );
}

/** A server that does not lead says so, and that is all. */
export function refusesToAppend(n1: ServerBench, when: string): void {
  const before = n1.log();
  const request = { type: "Propose", command: "x" } as const;
  const refused = reportsIn(n1.ask(request), "Refused");
  const text = `${when}, and its application proposed x`;
  same(refused.map(({ why }) => why).join(", "), "not leader", `${text}. Why n1 refuses that`);
  same(refused[0]?.request, request, `${text}. The request in its Refused`);
  sameLog(n1.log(), before, `${text}. Its log`);
}
