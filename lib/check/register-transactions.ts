import type { Json } from "#lib/sim";
import { identity } from "./identity.ts";
import { type Evidence, judge, type TransactionOptions } from "./isolation.ts";
import { givenLine, inferredLines, timedLines, type Versions } from "./register-order.ts";
import {
  type IsolationLevel,
  nameOf,
  type RegisterStep,
  shown,
  type Transaction,
  type TransactionOperation,
  Transactions,
  type TransactionWitness,
  type WriteOf,
} from "./transaction.ts";
import type { Verdict } from "./verdict.ts";
import type { Version } from "./versions.ts";

export interface RegisterTransactionOptions extends TransactionOptions {
  /** What each key became, one value after another, without the initial null: from the store's log, say. */
  readonly versionOrder?: { readonly [key: string]: readonly Json[] };
}

/**
 * Whether transactions that read and write registers are isolated as demanded. Each value is written to a key once, so
 * that a read tells whose write it saw; in which order two writes took place, it does not tell.
 *
 * With `versionOrder` it finds exactly what is wrong. Without, it uses what is certain: the null that nobody wrote comes
 * first; a transaction that read a value and wrote another wrote right after it, or an update is lost; and where time
 * counts, a write that began when another had ended comes after it. It never accuses a history that has an order, and
 * misses some that have none: to find them all it would have to try the orders of all writes (Papadimitriou, "The
 * Serializability of Concurrent Database Updates", JACM 26(4), 1979: NP-complete). Who wants every fault found appends to
 * lists, or gives the order.
 *
 * Throws a Misuse if a value is written to one key twice, or if an `ok` transaction's output is not its input with what its
 * reads returned.
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
  if (versionOrder) followOrder(versionOrder, transactions, evidence);
  const versions = versionsOf(transactions, reads);
  for (const [key, ofKey] of versions) {
    if (versionOrder) evidence.lines.push(givenLine(key, ofKey, versionOrder[key] ?? []));
    else evidence.lines.push(...inferredLines(key, ofKey));
    if (!versionOrder && level === "strict-serializable") evidence.lines.push(...timedLines(key, ofKey));
  }
  return judge(evidence, level, options);
}

type Read = { readonly by: Transaction<RegisterStep>; readonly key: string; readonly value: Json };

/** Goes through a transaction as if it were alone, and returns what it read of others. */
function followSteps(
  by: Transaction<RegisterStep>,
  transactions: Transactions<RegisterStep>,
  { anomalies }: Evidence<RegisterStep>,
): Read[] {
  const known = new Map<string, { value: Json; isOwn: boolean }>();
  const reads: Read[] = [];
  for (const step of by.steps) {
    const { key } = step;
    if (step.type === "write") {
      known.set(key, { value: step.value, isOwn: true });
      continue;
    }
    const value = step.value as Json;
    const before = known.get(key);
    const write = value === null ? undefined : transactions.write(key, value);
    const text = `${nameOf(by)} read ${key} = ${shown(value)}`;
    const isSame = before && identity(before.value) === identity(value);
    if (before ? !isSame : write?.by === by) {
      const expected = before
        ? `but it had ${before.isOwn ? "written" : "read"} ${key} = ${shown(before.value)} before`
        : "which it had not written yet";
      anomalies.push({ name: "internal inconsistency", transactions: [by], text: `${text}, ${expected}` });
    }
    if (isSame || write?.by === by) continue;
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

/** Whoever is in the order of versions was committed, and whoever was committed is in it. */
function followOrder(
  versionOrder: { readonly [key: string]: readonly Json[] },
  transactions: Transactions<RegisterStep>,
  { anomalies }: Evidence<RegisterStep>,
): void {
  const ordered = new Set<WriteOf<RegisterStep>>();
  for (const [key, values] of Object.entries(versionOrder)) {
    for (const value of values) {
      const write = transactions.write(key, value);
      const text = `${key} became ${shown(value)}`;
      if (!write) {
        anomalies.push({
          name: "phantom value",
          transactions: [],
          text: `${text}, and nobody ever wrote this`,
        });
      } else if (write.by.operation.outcome === "fail") {
        const whose = `${nameOf(write.by)}, which wrote it, was aborted`;
        anomalies.push({ name: "aborted write", transactions: [write.by], text: `${text}, but ${whose}` });
      } else if (ordered.has(write)) {
        const whose = `${nameOf(write.by)} wrote this only once`;
        anomalies.push({
          name: "duplicate value",
          transactions: [write.by],
          text: `${text} twice, but ${whose}`,
        });
      } else {
        ordered.add(write);
        write.by.isCommitted = true;
      }
    }
  }
  for (const write of transactions.lastWrites()) {
    if (!write.by.isCommitted || ordered.has(write)) continue;
    const text = `${nameOf(write.by)} was committed and wrote ${write.key} = ${shown(write.value)}, and ${write.key} never became that`;
    anomalies.push({ name: "lost write", transactions: [write.by], text });
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
      if (writer.isCommitted && isLast)
        ofKey.set(identity(value), { key, value, writer, readers: [], place: 0 });
    }
    versions.set(key, ofKey);
  }
  for (const { by, key, value } of reads) versions.get(key)?.get(identity(value))?.readers.push(by);
  return versions;
}
