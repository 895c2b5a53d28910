import type { Json } from "#lib/sim";
import { type Evidence, judge, type TransactionOptions } from "./isolation.ts";
import {
  entry,
  type IsolationLevel,
  type ListStep,
  nameOf,
  type Scalar,
  shown,
  type Transaction,
  type TransactionOperation,
  Transactions,
  type TransactionWitness,
  type WriteOf,
} from "./transaction.ts";
import type { Verdict } from "./verdict.ts";
import type { Line, Version } from "./versions.ts";

type Reader = { readonly by: Transaction<ListStep>; readonly list: readonly Scalar[] };

/**
 * Whether transactions that append to lists and read them are isolated as demanded. A list that was read tells the order
 * of the appends to it, so that what comes before what is a fact and no guess, and time and memory grow with the history
 * alone (Kingsbury and Alvaro, "Elle: Inferring Isolation Anomalies from Experimental Observations", VLDB 2020).
 *
 * From `serializable` on, a history is refused exactly if no order of its transactions explains its reads. An append that
 * nobody read comes after all that were read. An `info` transaction was committed if somebody read an append of it, and
 * otherwise it is taken for one that was not.
 *
 * Throws a Misuse if a value is appended to one list twice, or if an `ok` transaction's output is not its input with what
 * its reads returned.
 */
export function listTransactions(
  operations: readonly TransactionOperation<ListStep>[],
  level: IsolationLevel,
  options: TransactionOptions = {},
): Verdict<TransactionWitness> {
  const transactions = new Transactions(operations);
  const evidence: Evidence<ListStep> = {
    transactions: transactions.all,
    anomalies: [],
    lines: [],
    wrote: ({ key, value }) => `appended ${shown(value)} to ${key}`,
    write: ({ key, value }) => `append of ${shown(value)} to ${key}`,
    read: ({ versions, key }, { place }) => `read ${key} = ${shown(listAt(versions, place))}`,
  };
  const readers = new Map<string, Reader[]>();
  for (const transaction of transactions.all) {
    if (transaction.operation.outcome === "ok") followSteps(transaction, transactions, readers, evidence);
  }
  const longest = new Map<string, Reader>();
  for (const [key, ofKey] of readers) longest.set(key, longestOf(key, ofKey, transactions, evidence));
  for (const key of new Set([...transactions.keys, ...readers.keys()])) {
    evidence.lines.push(lineOf(key, longest.get(key)?.list ?? [], readers.get(key) ?? [], transactions));
  }
  return judge(evidence, level, options);
}

function saw(key: string, { by, list }: Reader): string {
  return `${nameOf(by)} read ${key} = ${shown(list)}`;
}

function listAt(versions: readonly Version<ListStep>[], place: number): Scalar[] {
  return versions.slice(1, place + 1).map(({ value }) => value as Scalar);
}

/** Goes through a transaction as if it were alone: whatever others did before it, it must see its own appends. */
function followSteps(
  by: Transaction<ListStep>,
  transactions: Transactions<ListStep>,
  readers: Map<string, Reader[]>,
  { anomalies }: Evidence<ListStep>,
): void {
  const seen = new Map<string, readonly Scalar[]>();
  const own = new Map<string, Scalar[]>();
  for (const step of by.steps) {
    const { key } = step;
    const added = entry(own, key, () => []);
    if (step.type === "append") {
      added.push(step.value);
      continue;
    }
    const list = step.value as readonly Scalar[];
    const before = seen.get(key);
    const foreignCount = list.length - added.length;
    const endsAsOwn = foreignCount >= 0 && added.every((value, i) => list[foreignCount + i] === value);
    const isSame =
      !before || (foreignCount === before.length && before.every((value, i) => list[i] === value));
    const last = transactions.write(key, list[(endsAsOwn ? foreignCount : list.length) - 1]);
    if (!endsAsOwn || !isSame || (!before && last?.by === by)) {
      const expected = before
        ? `it had to be ${shown([...before, ...added])}, as it had read and appended before`
        : added.length > 0
          ? `it had to end with ${shown(added)}, which it had appended before`
          : `it had not appended ${shown(list.at(-1)!)} yet`;
      anomalies.push({
        name: "internal inconsistency",
        transactions: [by],
        text: `${saw(key, { by, list })}, but ${expected}`,
      });
    }
    if (last && last.by !== by && !last.isLast) {
      anomalies.push({
        name: "intermediate read (G1b)",
        transactions: [by, last.by],
        text: `${saw(key, { by, list })}, up to ${nameOf(last.by)}'s append of ${shown(last.value)}, but ${nameOf(last.by)} appended more to ${key}: a part of its work was seen`,
      });
    }
    entry(readers, key, () => []).push({ by, list });
    // From here on the list that was read holds what was added.
    seen.set(key, list);
    added.length = 0;
  }
}

/** The longest list read of a key. All others must be beginnings of it, and all of it must have been appended. */
function longestOf(
  key: string,
  readers: readonly Reader[],
  transactions: Transactions<ListStep>,
  { anomalies }: Evidence<ListStep>,
): Reader {
  const longest = readers.reduce((a, b) => (b.list.length > a.list.length ? b : a));
  const other = readers.find(({ list }) => list.some((value, i) => value !== longest.list[i]));
  if (other) {
    const text = `${saw(key, other)} and ${saw(key, longest)}: no order of the appends gives both`;
    anomalies.push({ name: "incompatible orders", transactions: [other.by, longest.by], text });
  }
  const said = saw(key, longest);
  const values = new Set<Scalar>();
  let before: WriteOf<ListStep> | undefined;
  for (const value of longest.list) {
    const write = transactions.write(key, value);
    if (!write) {
      anomalies.push({
        name: "phantom value",
        transactions: [longest.by],
        text: `${said}, and nobody ever appended ${shown(value)} to ${key}`,
      });
    } else if (values.has(value)) {
      anomalies.push({
        name: "duplicate value",
        transactions: [longest.by, write.by],
        text: `${said}, but ${nameOf(write.by)} appended ${shown(value)} only once`,
      });
    } else if (write.by.operation.outcome === "fail") {
      anomalies.push({
        name: "aborted read (G1a)",
        transactions: [longest.by, write.by],
        text: `${said}, but ${nameOf(write.by)}, which appended ${shown(value)}, was aborted`,
      });
    } else if (before?.by === write.by && before.place > write.place) {
      anomalies.push({
        name: "incompatible orders",
        transactions: [longest.by, write.by],
        text: `${said}, but ${nameOf(write.by)} appended ${shown(value)} before ${shown(before.value)}`,
      });
    } else {
      write.by.isCommitted = true;
    }
    values.add(value);
    before = write;
  }
  return longest;
}

function lineOf(
  key: string,
  list: readonly Scalar[],
  readers: readonly Reader[],
  transactions: Transactions<ListStep>,
): Line<ListStep> {
  const version = (value: Json, place: number): Version<ListStep> => {
    const writer = value === null ? undefined : transactions.write(key, value)?.by;
    return { key, value, writer, readers: [], place };
  };
  const versions = [null, ...list].map(version);
  for (const reader of readers) versions[reader.list.length]!.readers.push(reader.by);
  const inLine = new Set<Json>(list);
  const later = [...transactions.writes(key)]
    .filter(({ by, value }) => by.isCommitted && !inLine.has(value))
    .map(({ value }) => version(value, versions.length));
  return { key, versions, later, isInferred: false };
}
