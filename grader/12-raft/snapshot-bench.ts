import { app, type DiskImage } from "#lib/sim";
import type { Entry, RaftMessage, Snapshot } from "#protocol/12-raft";
import { claim } from "../suite/index.ts";
import { HonestFollower } from "./honest-follower.ts";
import {
  config,
  logOf,
  messagesIn,
  type RaftClass,
  reportsIn,
  type Sent,
  ServerBench,
  three,
} from "./server-bench.ts";

/** Who asks for a snapshot. */
export const application = app;

/** What an application has when it was told these entries: "e1 e2". Of those that are not for it, nothing. */
export const stateOf = (entries: readonly Entry[]): string =>
  entries.flatMap((entry) => (entry.type === "Command" ? [String(entry.command)] : [])).join(" ");

/** The snapshot of a log whose first entry is entry 1. */
export const snapshotOf = (
  log: readonly Entry[],
  index: number,
  members: readonly string[] = three,
): Snapshot => ({
  lastIncludedIndex: index,
  lastIncludedTerm: (log[index - 1] as Entry).term,
  members,
  data: stateOf(log.slice(0, index)),
});

/** The state of an application that was told all of this since it started. */
export function stateAfter(told: Sent): string {
  let done: string[] = [];
  for (const { to, message } of told) {
    if (to !== app) continue;
    if (message.type === "Restore") done = message.data === "" ? [] : String(message.data).split(" ");
    if (message.type === "Apply") done.push(String(message.command));
  }
  return done.join(" ");
}

/** "4 e4, 5 e5, and next comes 6": what is on a disk's log. */
export function textOf({
  first,
  entries,
}: Pick<DiskImage, "first"> & { entries: readonly unknown[] }): string {
  const each = entries.map(
    (entry, i) => `${first + i} ${stateOf([entry as Entry]) || (entry as Entry).type}`,
  );
  return [...each, `and next comes ${first + entries.length}`].join(", ");
}

/** The server n1, as a follower of n2 that takes snapshots and is given some. */
export class SnapshotBench extends ServerBench {
  /** n2 leads, and has sent this log, of which so many entries are committed. */
  follows(log: readonly Entry[], commitIndex: number, term = log.at(-1)?.term ?? 1): this {
    this.withLog(log, term);
    this.append({ ...lastOf(log), term, leaderCommit: commitIndex });
    return this;
  }

  /** Its application has a snapshot. */
  compact(log: readonly Entry[], index: number): Sent {
    return this.ask(compactOf(log, index));
  }

  install(term: number, snapshot: Snapshot, from = "n2"): Sent {
    return this.hear(from, { type: "InstallSnapshot", term, snapshot });
  }

  /** What it has written, synced or not. It is down after that. */
  written(): DiskImage {
    this.solo.crash("all");
    return this.solo.disk;
  }

  /** What it has written of its log. It is down after that. */
  writtenLog(): string {
    return textOf(this.written());
  }

  /** Starts again, and has had the time to say what it has. */
  startAgain(): Sent {
    return [...this.restart(), ...this.solo.advance(10)];
  }
}

/** A leader speaks to n1 until n1 has all of its log, which is committed; of it, the entries up to `base` are in a snapshot. */
export function bringUpToDate(n1: SnapshotBench, log: readonly Entry[], term: number, base: number): Sent {
  const all: Sent[number][] = [];
  let prev = log.length;
  for (let round = 0; round <= log.length + 2; round++) {
    if (prev < base) {
      all.push(...n1.install(term, snapshotOf(log, base)));
      prev = base;
    }
    const entries = log.slice(prev);
    const message = { ...lastOf(log.slice(0, prev)), entries, term, leaderCommit: log.length };
    const sent = n1.append(message);
    all.push(...sent);
    const [reply] = messagesIn(sent, "AppendEntriesReply");
    if (!reply || reply.message.success) break;
    prev = Math.max(0, Math.min(reply.message.hintIndex, prev - 1));
  }
  return all;
}

/** The last entry of a log, as an AppendEntries names the one before its own. */
export function lastOf(log: readonly Entry[]): {
  readonly prevLogIndex: number;
  readonly prevLogTerm: number;
} {
  return { prevLogIndex: log.length, prevLogTerm: log.at(-1)?.term ?? 0 };
}

export function compactOf(log: readonly Entry[], index: number): RaftMessage {
  return { type: "Compact", lastIncludedIndex: index, data: stateOf(log.slice(0, index)) };
}

/** A leader n1, with followers that answer it; n3 is not among them at first. */
export interface Leading {
  readonly n1: SnapshotBench;
  readonly n2: HonestFollower;
  readonly term: number;
  /** All that n1 has sent as leader. */
  readonly sent: Sent;
  /** Its log, of which n2 has everything: three entries of term 1 and what came with this term. All are committed. */
  readonly log: readonly Entry[];
}

/** n1 leads, n2 has everything, and n3 has not answered. */
export function leading(Raft: RaftClass, before: readonly Entry[] = logOf(1, 1, 1)): Leading {
  const n1 = new SnapshotBench(Raft).follows(before, before.length);
  const { term, sent: first } = n1.lead();
  const n2 = new HonestFollower("n2", before);
  const asked = n1.ask({ type: "Propose", command: "x" });
  const sent = [...first, ...asked, ...n1.serve([n2], 2 * config.heartbeatMs, [...first, ...asked])];
  claim(
    reportsIn(sent, "Apply").some(({ command }) => command === "x"),
    `n1 leads term ${term}, its application proposed x, and n2 answers everything: x should be told to the application (Apply)`,
  );
  return { n1, n2, term, sent, log: [...n2.log] };
}
