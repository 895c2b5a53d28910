import type { Operation } from "#lib/history";
import { type Json, Misuse } from "#lib/sim";
import { identity } from "./identity.ts";
import type { Witness } from "./verdict.ts";

/** An item of a list. */
export type Scalar = string | number | boolean;

/** One step of a transaction over lists. A read has its list only in the output of a transaction that is `ok`. */
export type ListStep =
  | { readonly type: "append"; readonly key: string; readonly value: Scalar }
  | { readonly type: "read"; readonly key: string; readonly value?: readonly Scalar[] };

/** One step of a transaction over registers. Nobody writes null, which is what is read of a register before any write. */
export type RegisterStep =
  | { readonly type: "write"; readonly key: string; readonly value: Json }
  | { readonly type: "read"; readonly key: string; readonly value?: Json };

export type AnyStep = ListStep | RegisterStep;

/**
 * A transaction as its client saw it: the steps that it asked for, and, if it is `ok`, the same steps with what the
 * reads returned. `ok`: it was committed. `fail`: it was aborted. `info`: it was committed or not, and nobody knows.
 */
export type TransactionOperation<Step> = Operation<readonly Step[], readonly Step[]>;

/**
 * What can be demanded, each more than the one before:
 *
 * - `read-committed`: nobody reads what was aborted or not final, and neither writes nor reads run in a circle (Adya's
 *   PL-2).
 * - `consistent-view`: who sees something of a transaction misses nothing of it or before it, a transaction agrees with
 *   itself, and no update is lost (PL-2+).
 * - `serializable`: one order of the transactions, one after another, explains every read (PL-3).
 * - `session-serializable`: … and that order keeps the order of each client's own transactions.
 * - `strict-serializable`: … and a transaction that began when another had ended comes after it.
 */
export type IsolationLevel = (typeof levels)[number];

export const levels = [
  "read-committed",
  "consistent-view",
  "serializable",
  "session-serializable",
  "strict-serializable",
] as const;

/** What can be wrong, named as by Adya (PhD thesis, MIT 1999) and Elle (Kingsbury and Alvaro, VLDB 2020). */
export type AnomalyName =
  | "phantom value"
  | "lost write"
  | "aborted write"
  | "duplicate value"
  | "incompatible orders"
  | "aborted read (G1a)"
  | "intermediate read (G1b)"
  | "dirty write (G0)"
  | "circular information flow (G1c)"
  | "internal inconsistency"
  | "lost update"
  | "read skew (G-single)"
  | "stale read"
  | "write skew (G2)"
  | "anti-dependency cycle (G2)"
  | "order of a session"
  | "order in time";

/** Why a history of transactions is wrong. T7 in the text is the operation with the id 7. */
export interface TransactionWitness extends Witness {
  readonly anomaly: AnomalyName;
}

/** A transaction that may have happened, and what is known of it. */
export interface Transaction<Step> {
  /** The place among the transactions, which are in the order of their ids. */
  readonly index: number;
  readonly operation: TransactionOperation<Step>;
  readonly steps: readonly Step[];
  /** `ok`, or seen by one that is. */
  isCommitted: boolean;
}

/** One write or append. */
export interface WriteOf<Step> {
  readonly by: Transaction<Step>;
  readonly key: string;
  readonly value: Json;
  /** Which step of its transaction it is: 0, 1, 2 …. */
  readonly place: number;
  /** Whether its transaction wrote nothing more to this key. */
  isLast: boolean;
}

/** All transactions, and who wrote what. */
export class Transactions<Step extends AnyStep> {
  readonly all: readonly Transaction<Step>[];
  readonly #writes = new Map<string, Map<unknown, WriteOf<Step>>>();

  constructor(operations: readonly TransactionOperation<Step>[]) {
    this.all = operations.map((operation, index) => ({
      index,
      operation,
      steps: stepsOf(operation),
      isCommitted: operation.outcome === "ok",
    }));
    for (const transaction of this.all) this.#noteWrites(transaction);
  }

  get keys(): Iterable<string> {
    return this.#writes.keys();
  }

  /** Who wrote this; undefined if nobody did. */
  write(key: string, value: Json | undefined): WriteOf<Step> | undefined {
    return this.#writes.get(key)?.get(identity(value));
  }

  /** All writes to a key, committed or not. */
  writes(key: string): Iterable<WriteOf<Step>> {
    return this.#writes.get(key)?.values() ?? [];
  }

  /** What each transaction left in each key that it wrote. */
  lastWrites(): WriteOf<Step>[] {
    return [...this.#writes.values()].flatMap((ofKey) => [...ofKey.values()].filter(({ isLast }) => isLast));
  }

  #noteWrites(transaction: Transaction<Step>): void {
    const last = new Map<string, WriteOf<Step>>();
    transaction.steps.forEach((step, place) => {
      if (step.type === "read") return;
      const { key, value } = step;
      if (value === null) {
        throw new Misuse(
          `${nameOf(transaction)} writes null to ${key}: null is what a register holds before any write, so write another value`,
        );
      }
      const ofKey = entry(this.#writes, key, () => new Map<unknown, WriteOf<Step>>());
      const same = ofKey.get(identity(value));
      if (same) {
        throw new Misuse(
          `${JSON.stringify(value)} is written to ${key} twice, in ${nameOf(same.by)} and in ${nameOf(transaction)}: write each value to a key once, so that a read tells whose it is`,
        );
      }
      const before = last.get(key);
      if (before) before.isLast = false;
      const write = { by: transaction, key, value, place, isLast: true };
      ofKey.set(identity(value), write);
      last.set(key, write);
    });
  }
}

function stepsOf<Step extends AnyStep>(operation: TransactionOperation<Step>): readonly Step[] {
  if (operation.outcome !== "ok") return operation.input;
  const { output } = operation;
  if (!output) {
    throw new Misuse(
      `T${operation.id} is ok and has no output: complete it with its steps, and with what its reads returned`,
    );
  }
  output.forEach((step, place) => {
    const asked = operation.input[place];
    const isSame = asked?.type === step.type && asked.key === step.key;
    if (!isSame || (step.type !== "read" && identity(step.value) !== identity(asked.value))) {
      throw new Misuse(
        `Step ${place} of T${operation.id} is ${JSON.stringify(asked)}, and in the output ${JSON.stringify(step)}: an output has the steps of the input, and in its reads what they returned`,
      );
    }
    if (step.type === "read" && step.value === undefined) {
      throw new Misuse(
        `T${operation.id} is ok, and its read of ${step.key} has no value: put what it returned into the output`,
      );
    }
  });
  if (output.length < operation.input.length) {
    throw new Misuse(
      `T${operation.id} has ${operation.input.length} steps and answers to ${output.length}: an ok transaction has done all of its steps`,
    );
  }
  return output;
}

/** As witnesses call it. */
export function nameOf({ operation }: { readonly operation: { readonly id: number } }): string {
  return `T${operation.id}`;
}

/** "T1 is c1's, from 10 to 20 ms", for each of these. */
export function whenAndWhere(transactions: readonly Transaction<unknown>[]): string {
  const sentences = transactions.map(({ operation: { id, process, invokedMs, returnedMs } }) => {
    const end = returnedMs === undefined ? "and did not end" : `to ${returnedMs}`;
    return `T${id} is ${process}'s, from ${invokedMs} ${end} ms`;
  });
  return sentences.length > 0 ? `${sentences.join("; ")}.` : "";
}

/** A list or a value as a witness shows it: of a long list the end, where the versions differ. */
export function shown(value: Json): string {
  if (!Array.isArray(value)) return JSON.stringify(value);
  const items: string[] = value.slice(-6).map(shown);
  if (value.length > items.length) items.unshift("…");
  return `[${items.join(", ")}]`;
}

/** What a map has under a key; if it has nothing there, a new entry. */
export function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const there = map.get(key);
  if (there !== undefined) return there;
  const made = make();
  map.set(key, made);
  return made;
}
