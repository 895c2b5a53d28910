import { Misuse } from "#lib/sim";
import { type Evidence, judge, type TransactionOptions } from "./isolation.ts";
import {
  type IsolationLevel,
  nameOf,
  type RegisterStep,
  type Scalar,
  shown,
  type Transaction,
  type TransactionOperation,
  Transactions,
  type TransactionWitness,
} from "./transaction.ts";
import type { Verdict } from "./verdict.ts";
import type { Line, Version } from "./versions.ts";

export interface RegisterTransactionOptions extends TransactionOptions {
  /** For each key the values that committed transactions left in it, the oldest first: from the store's log, say. */
  readonly versionOrder?: { readonly [key: string]: readonly Scalar[] };
}

/** The versions of one key, by their values. */
type Versions = Map<Scalar | null, Version<RegisterStep>>;

/**
 * Whether transactions that read and write registers are isolated as demanded. Each value is written to a key once, so
 * that a read tells whose write it saw; in which order two writes took place, it does not tell.
 *
 * With `versionOrder` it finds exactly what is wrong. Without, it uses what is certain: nobody's null comes first, and a
 * transaction that read a value and wrote the next one wrote right after it, or an update is lost. It never accuses a
 * history that has an order, and misses some that have none: to know all would mean to try the orders of all writes
 * (Papadimitriou, "The Serializability of Concurrent Database Updates", JACM 26(4), 1979: NP-complete). Workloads that
 * want every fault found append to lists.
 *
 * Throws a Misuse if a value is written to one key twice, if an `ok` transaction's output is not its input with what its
 * reads returned, or if `versionOrder` lacks a committed value or has one that nobody wrote.
 */
export function registerTransactions(
  operations: readonly TransactionOperation<RegisterStep>[],
  level: IsolationLevel,
  options: RegisterTransactionOptions = {},
): Verdict<TransactionWitness> {
  const transactions = new Transactions(operations);
  const evidence: Evidence<RegisterStep> = {
    transactions: transactions.all,
    anomalies: [],
    lines: [],
    wrote: ({ key, value }) => `wrote ${key} = ${shown(value)}`,
    write: ({ key, value }) => `write of ${key} = ${shown(value)}`,
    read: (_line, { key, value }) => `read ${key} = ${shown(value)}`,
  };
  const reads = transactions.all.flatMap((by) =>
    by.operation.outcome === "ok" ? followSteps(by, transactions, evidence) : [],
  );
  const { versionOrder } = options;
  if (versionOrder) commitOrdered(versionOrder, transactions);
  const versions = versionsOf(transactions, reads);
  for (const [key, ofKey] of versions) {
    if (versionOrder) evidence.lines.push(givenLine(key, ofKey, versionOrder[key] ?? []));
    else evidence.lines.push(...inferredLines(key, ofKey));
  }
  return judge(evidence, level, options);
}

type Read = { readonly by: Transaction<RegisterStep>; readonly key: string; readonly value: Scalar | null };

/** Goes through a transaction as if it were alone, and returns what it read of others. */
function followSteps(
  by: Transaction<RegisterStep>,
  transactions: Transactions<RegisterStep>,
  { anomalies }: Evidence<RegisterStep>,
): Read[] {
  const known = new Map<string, { value: Scalar | null; isOwn: boolean }>();
  const reads: Read[] = [];
  for (const step of by.steps) {
    const { key } = step;
    if (step.type === "write") {
      known.set(key, { value: step.value, isOwn: true });
      continue;
    }
    const value = step.value as Scalar | null;
    const before = known.get(key);
    const write = value === null ? undefined : transactions.write(key, value);
    const text = `${nameOf(by)} read ${key} = ${shown(value)}`;
    if (before ? before.value !== value : write?.by === by) {
      const expected = before
        ? `but it had ${before.isOwn ? "written" : "read"} ${key} = ${shown(before.value)} before`
        : "which it had not written yet";
      anomalies.push({ name: "internal inconsistency", transactions: [by], text: `${text}, ${expected}` });
    }
    if (before?.value === value || write?.by === by) continue;
    known.set(key, { value, isOwn: false });
    reads.push({ by, key, value });
    if (!write) {
      if (value !== null)
        anomalies.push({
          name: "phantom value",
          transactions: [by],
          text: `${text}, and nobody ever wrote this`,
        });
      continue;
    }
    const writer = nameOf(write.by);
    if (write.by.operation.outcome === "fail") {
      anomalies.push({
        name: "aborted read (G1a)",
        transactions: [by, write.by],
        text: `${text}, but ${writer}, which wrote it, was aborted`,
      });
    } else if (!write.isLast) {
      anomalies.push({
        name: "intermediate read (G1b)",
        transactions: [by, write.by],
        text: `${text}, but ${writer} went on and wrote another value to ${key}`,
      });
    }
    write.by.isCommitted = write.by.operation.outcome !== "fail";
  }
  return reads;
}

/** Whoever is in the order of versions was committed. */
function commitOrdered(
  versionOrder: { readonly [key: string]: readonly Scalar[] },
  transactions: Transactions<RegisterStep>,
): void {
  for (const [key, values] of Object.entries(versionOrder)) {
    for (const value of values) {
      const write = transactions.write(key, value);
      if (!write) {
        throw new Misuse(
          `versionOrder says that ${key} was ${shown(value)}, and no transaction wrote that: pass values of this history only, without the initial null`,
        );
      }
      write.by.isCommitted = write.by.operation.outcome !== "fail";
    }
  }
}

function versionsOf(transactions: Transactions<RegisterStep>, reads: readonly Read[]): Map<string, Versions> {
  const versions = new Map<string, Versions>();
  const initial = (key: string): Version<RegisterStep> => ({
    key,
    value: null,
    writer: undefined,
    readers: [],
    place: 0,
  });
  for (const key of new Set([...transactions.keys, ...reads.map((read) => read.key)])) {
    const ofKey: Versions = new Map([[null, initial(key)]]);
    for (const { by: writer, value, isLast } of transactions.writes(key)) {
      if (writer.isCommitted && isLast) ofKey.set(value, { key, value, writer, readers: [], place: 0 });
    }
    versions.set(key, ofKey);
  }
  for (const { by, key, value } of reads) versions.get(key)?.get(value)?.readers.push(by);
  return versions;
}

function givenLine(key: string, versions: Versions, order: readonly Scalar[]): Line<RegisterStep> {
  const line = [null, ...order].flatMap((value) => versions.get(value) ?? []);
  const inOrder = new Set(order);
  for (const { value, writer } of versions.values()) {
    if (value === null || inOrder.has(value)) continue;
    throw new Misuse(
      `versionOrder has no ${key} = ${shown(value)}, which ${nameOf(writer!)} committed: pass all of them`,
    );
  }
  return lined(key, line, [], false);
}

/** Who reads a value and writes the next makes a line of them. What begins with null comes first. */
function inferredLines(key: string, versions: Versions): Line<RegisterStep>[] {
  const ownVersions = new Map([...versions.values()].map((version) => [version.writer, version]));
  const next = new Map<Version<RegisterStep>, Version<RegisterStep>>();
  const follows = new Set<Version<RegisterStep>>();
  for (const version of versions.values()) {
    for (const reader of version.readers) {
      const newer = ownVersions.get(reader);
      if (!newer || newer === version || next.has(version) || follows.has(newer)) continue;
      next.set(version, newer);
      follows.add(newer);
    }
  }
  const all = [...versions.values()];
  const heads = all.filter((version) => !follows.has(version));
  const placed = new Set<Version<RegisterStep>>();
  const lineFrom = (head: Version<RegisterStep>, later: readonly Version<RegisterStep>[]) => {
    const line: Version<RegisterStep>[] = [];
    for (let at: typeof head | undefined = head; at && !placed.has(at); at = next.get(at)) {
      line.push(at);
      placed.add(at);
    }
    return lined(key, line, later, true);
  };
  const lines = heads.map((head) => lineFrom(head, head.writer ? [] : heads.filter(({ writer }) => writer)));
  // What is left are rings: each wrote what the next had read.
  for (const version of all) if (!placed.has(version)) lines.push(lineFrom(version, []));
  return lines;
}

function lined(
  key: string,
  versions: readonly Version<RegisterStep>[],
  later: readonly Version<RegisterStep>[],
  isInferred: boolean,
): Line<RegisterStep> {
  versions.forEach((version, place) => {
    version.place = place;
  });
  return { key, versions, later, isInferred };
}
