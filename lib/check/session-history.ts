import type { Operation } from "#lib/history";
import { type Json, Misuse, type NodeId } from "#lib/sim";
import { identity } from "./identity.ts";
import { refuseOverlaps } from "./overlaps.ts";
import { entry } from "./transaction.ts";
import type { Witness } from "./verdict.ts";

/** What a session does: it gets the value of a key, or puts one. A `KvInput` of these two types is one. */
export type SessionInput =
  | { readonly type: "get"; readonly key: string }
  | { readonly type: "put"; readonly key: string; readonly value: Json };

/** A get's output is what it returned, null if nothing was stored. A session is the process of its operations. */
export type SessionOperation = Operation<SessionInput, Json>;

/** A put that happened, or a get that was answered. */
export interface SessionEvent {
  /** The place in an order in which every event comes after what it could know of. */
  readonly index: number;
  readonly operation: SessionOperation;
  readonly session: number;
  readonly isPut: boolean;
  readonly key: string;
  readonly value: Json;
  /** Of a get: the put whose value it returned. */
  readonly source: SessionEvent | undefined;
  /** False for a put of which nobody knows when it happened: in its session it comes before nothing. */
  readonly isDone: boolean;
}

/** What sessions did, in an order that nothing they knew of can contradict: each get knows which put it saw. */
export class SessionHistory {
  readonly events: SessionEvent[] = [];
  readonly sessionCount: number;
  /** A get whose value no store could have returned. */
  readonly thinAir: Witness | undefined;
  readonly #sessions = new Map<NodeId, number>();

  constructor(operations: readonly SessionOperation[]) {
    for (const { process } of operations) entry(this.#sessions, process, () => this.#sessions.size);
    this.sessionCount = this.#sessions.size;
    refuseOverlaps(operations);
    const puts = putsByValue(operations);
    const seen = new Set<SessionOperation>();
    for (const get of operations) {
      if (get.input.type !== "get" || get.outcome !== "ok") continue;
      const value = valueIn(get);
      if (value === null) continue;
      const put = puts.get(nameOf(get.input.key, value));
      if (put) seen.add(put);
      const why = whyNot(get, put);
      if (!why) continue;
      const text = `${told(get)}, ${why}`;
      this.thinAir = { text, operations: put ? [put.id, get.id] : [get.id] };
      return;
    }
    this.#place(operations, puts, seen);
  }

  /** A put counts from its beginning and a get from its end, so that whatever could be known comes first. */
  #place(
    operations: readonly SessionOperation[],
    puts: ReadonlyMap<string, SessionOperation>,
    seen: ReadonlySet<SessionOperation>,
  ): void {
    const moment = (it: SessionOperation) =>
      it.input.type === "put" ? it.invokedAt : (it.returnedAt as number);
    const happened = operations.filter((it) => it.outcome === "ok" || seen.has(it));
    const eventOf = new Map<SessionOperation, SessionEvent>();
    for (const operation of happened.sort((a, b) => moment(a) - moment(b))) {
      const isPut = operation.input.type === "put";
      const { key } = operation.input;
      const value = valueIn(operation);
      const source = isPut || value === null ? undefined : puts.get(nameOf(key, value));
      const event: SessionEvent = {
        index: this.events.length,
        operation,
        session: this.#sessions.get(operation.process)!,
        isPut,
        key,
        value,
        source: source && eventOf.get(source),
        isDone: operation.outcome === "ok",
      };
      eventOf.set(operation, event);
      this.events.push(event);
    }
  }
}

function putsByValue(operations: readonly SessionOperation[]): Map<string, SessionOperation> {
  const puts = new Map<string, SessionOperation>();
  for (const put of operations) {
    if (put.input.type !== "put") continue;
    const { key, value } = put.input;
    if (value === null) {
      throw new Misuse(
        `${put.process} puts null into ${key}: null is what a key holds before the first put, so put another value`,
      );
    }
    const same = puts.get(nameOf(key, value));
    if (same) {
      throw new Misuse(
        `${same.process} and ${put.process} both put ${JSON.stringify(value)} into ${key}: put each value into a key once, so that a get tells whose it is`,
      );
    }
    puts.set(nameOf(key, value), put);
  }
  return puts;
}

function whyNot(get: SessionOperation, put: SessionOperation | undefined): string | undefined {
  if (!put) return "and nobody ever wrote that";
  if (put.outcome === "fail") return `but ${put.process}'s write of it at ${put.invokedMs} ms failed`;
  if (put.invokedAt < (get.returnedAt as number)) return undefined;
  return `but ${put.process} began to write that only at ${put.invokedMs} ms`;
}

function valueIn({ input, output }: SessionOperation): Json {
  return input.type === "put" ? input.value : (output ?? null);
}

function nameOf(key: string, value: Json): string {
  return `${key} = ${typeof value} ${identity(value)}`;
}

/** "c1 read x = 1 at 40 ms". */
export function told(operation: SessionOperation): string {
  return `${operation.process} ${toldDeed(operation)}`;
}

/** "read x = 1 at 40 ms". */
export function toldDeed(operation: SessionOperation): string {
  const { input, outcome, invokedMs, returnedMs } = operation;
  const ms = outcome === "ok" ? (returnedMs ?? invokedMs) : invokedMs;
  return `${input.type === "put" ? "wrote" : "read"} ${input.key} = ${JSON.stringify(valueIn(operation))} at ${ms} ms`;
}
