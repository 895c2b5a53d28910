import type { Json } from "#lib/sim";
import type { Edge } from "./graph.ts";
import { refuseOverlaps } from "./overlaps.ts";
import type { Transaction } from "./transaction.ts";

/** A state that one key had. */
export interface Version<Step> {
  readonly key: string;
  /** What a read of it returns. */
  readonly value: Json;
  /** Undefined: the state before all writes. */
  readonly writer: Transaction<Step> | undefined;
  /** Committed transactions that read it. */
  readonly readers: Transaction<Step>[];
  /** Where it stands in its line: 0, 1, 2 …. */
  place: number;
}

/** Versions of one key of which each follows the one before at once. */
export interface Line<Step> {
  readonly key: string;
  readonly versions: readonly Version<Step>[];
  /** Versions that come later than all of the line, in an order that nobody saw. */
  readonly later: readonly Version<Step>[];
  /** True if nobody saw this order: each version is by a transaction that had read the one before. */
  readonly isInferred: boolean;
}

/**
 * Why one transaction must come before another.
 *
 * - `ww`: it wrote a version, and the other a later one.
 * - `wr`: it wrote the version that the other read.
 * - `rw`: it read a version, and the other wrote a later one: an anti-dependency.
 * - `session`: the same client ran both, one after the other.
 * - `time`: it had ended when the other began.
 * - `link`: the second half of a dependency that passes a node between transactions.
 */
export type DependencyKind = "ww" | "wr" | "rw" | "session" | "time" | "link";

export interface Dependency<Step> extends Edge {
  readonly kind: DependencyKind;
  readonly line?: Line<Step>;
  /** What was written first, or read; and what came after it. */
  readonly older?: Version<Step>;
  readonly newer?: Version<Step>;
}

/** Gathers what must come before what. A node is the index of a transaction, or stands for a moment between some. */
export class Dependencies<Step> {
  readonly edges: Dependency<Step>[] = [];
  readonly #transactions: readonly Transaction<Step>[];
  nodeCount: number;

  constructor(transactions: readonly Transaction<Step>[]) {
    this.#transactions = transactions;
    this.nodeCount = transactions.length;
  }

  /** The dependencies between those who wrote and read the versions of a line. */
  addLine(line: Line<Step>): void {
    const { versions } = line;
    for (const older of versions) {
      const writer = older.writer?.index;
      if (writer !== undefined) {
        for (const { index } of older.readers) this.#add("wr", writer, index, { line, older });
      }
      const newer = versions[older.place + 1];
      if (!newer) {
        this.#addEnd(line, older);
        break;
      }
      const to = newer.writer!.index;
      if (writer !== undefined) this.#add("ww", writer, to, { line, older, newer });
      for (const { index } of older.readers) this.#add("rw", index, to, { line, older, newer });
    }
  }

  /** Whoever wrote or read the last version of a line comes before all who wrote a later one. */
  #addEnd(line: Line<Step>, older: Version<Step>): void {
    const { later, versions, isInferred } = line;
    if (later.length === 0) return;
    // A node between them: otherwise these would be as many edges as readers times writers.
    const end = this.nodeCount++;
    for (const newer of later)
      this.edges.push({ from: end, to: newer.writer!.index, isFree: true, kind: "link", newer });
    const writers = new Set(later.map(({ writer }) => writer!.index));
    const last = older.writer?.index;
    if (last !== undefined && !writers.has(last)) {
      // Of a line that is inferred, the writer of a version had read the one before it.
      if (isInferred) this.#add("rw", last, end, { line, older: versions[older.place - 1]! });
      else this.#add("ww", last, end, { line, older });
    }
    const readers = new Set(older.readers.map(({ index }) => index));
    for (const reader of readers) if (!writers.has(reader)) this.#add("rw", reader, end, { line, older });
    // One who read the end and wrote itself must not come before itself. Two of them are a lost update.
    const [updater, ...others] = [...readers].filter((reader) => writers.has(reader));
    if (updater === undefined || others.length > 0) return;
    for (const newer of later) this.#add("rw", updater, newer.writer!.index, { line, older, newer });
  }

  /** Each client's transactions, one after another. One that may never have happened comes before nothing. */
  addSessions(): void {
    refuseOverlaps(this.#transactions.map(({ operation }) => operation));
    const last = new Map<string, number>();
    for (const { index, operation } of this.#transactions) {
      const before = last.get(operation.process);
      if (before !== undefined) this.#add("session", before, index);
      if (operation.outcome === "ok") last.set(operation.process, index);
    }
  }

  /** Whatever had ended when something began comes before it. */
  addTime(): void {
    const happenings = this.#transactions.flatMap(
      ({ index, operation: { invokedAt, returnedAt, outcome } }) => {
        const begin = { place: invokedAt, index, isEnd: false };
        return outcome === "ok"
          ? [begin, { place: returnedAt ?? Number.POSITIVE_INFINITY, index, isEnd: true }]
          : [begin];
      },
    );
    happenings.sort((a, b) => a.place - b.place);
    // A chain of nodes, one for each end: as many edges as transactions, where all pairs would be their square.
    let moment: number | undefined;
    for (const { index, isEnd } of happenings) {
      if (!isEnd) {
        if (moment !== undefined) this.edges.push({ from: moment, to: index, isFree: true, kind: "link" });
        continue;
      }
      const next = this.nodeCount++;
      if (moment !== undefined) this.edges.push({ from: moment, to: next, isFree: true, kind: "link" });
      this.#add("time", index, next);
      moment = next;
    }
  }

  #add(kind: DependencyKind, from: number, to: number, versions?: Partial<Dependency<Step>>): void {
    if (from !== to) this.edges.push({ from, to, kind, ...versions });
  }
}
