import type { DiskImage, Recorder, RowKind } from "#lib/sim";
import { type StateChange, States } from "./states.ts";

/** One row of a trace. */
export interface Row {
  readonly number: number;
  readonly kind: RowKind;
  readonly ms: number;
  /** Who it happened to; empty for the whole run. */
  readonly actor: string;
  /** `send`: to whom. `message` and `lost`: from whom. */
  readonly peer: string | undefined;
  /** The row that led to this one, or −1: the event whose handler sent or set it, the sending of what arrived. */
  readonly cause: number;
  readonly payload: unknown;
  readonly note: string | undefined;
}

const kinds: readonly RowKind[] = [
  "start",
  "restart",
  "crash",
  "send",
  "message",
  "lost",
  "timer",
  "write",
  "sync",
  "log",
  "fault",
  "violation",
];
const kindNumber = new Map(kinds.map((kind, i) => [kind, i]));

/** Rows in columns: 17 bytes each, and references to payloads, which are frozen and shared with the run. */
export class Trace implements Recorder {
  length = 0;
  #kind = new Uint8Array(1024);
  #ms = new Float64Array(1024);
  #actor = new Uint16Array(1024);
  #peer = new Uint16Array(1024);
  #cause = new Int32Array(1024);
  readonly #payloads: unknown[] = [];
  readonly #notes = new Map<number, string>();
  readonly #names: string[] = [""];
  readonly #numbers = new Map<string, number>([["", 0]]);
  readonly #states: States | undefined;

  /** With `states`, what the nodes remember is kept as well, which takes several times as long. */
  constructor(options: { readonly states?: boolean } = {}) {
    this.#states = options.states ? new States() : undefined;
  }

  /** What each event changed in what its node remembers, in the order of the rows; nothing unless it was asked for. */
  get states(): readonly StateChange[] {
    return this.#states?.changes ?? [];
  }

  add(
    kind: RowKind,
    ms: number,
    actor: string,
    cause: number,
    peer?: string,
    payload?: unknown,
    note?: string,
  ): number {
    const row = this.length++;
    if (row === this.#kind.length) this.#grow();
    this.#kind[row] = kindNumber.get(kind) as number;
    this.#ms[row] = ms;
    this.#actor[row] = this.#number(actor);
    this.#peer[row] = peer === undefined ? 0 : this.#number(peer);
    this.#cause[row] = cause;
    this.#payloads.push(payload);
    if (note) this.#notes.set(row, note);
    return row;
  }

  state(row: number, actor: string, node: object | undefined, disk: DiskImage): void {
    this.#states?.note(row, actor, node, disk);
  }

  row(number: number): Row {
    const peer = this.#names[this.#peer[number] as number];
    return {
      number,
      kind: kinds[this.#kind[number] as number] as RowKind,
      ms: this.#ms[number] as number,
      actor: this.#names[this.#actor[number] as number] as string,
      peer: peer === "" ? undefined : peer,
      cause: this.#cause[number] as number,
      payload: this.#payloads[number],
      note: this.#notes.get(number),
    };
  }

  *rows(): Generator<Row> {
    for (let i = 0; i < this.length; i++) yield this.row(i);
  }

  #number(name: string): number {
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.#names.push(name) - 1;
      this.#numbers.set(name, number);
    }
    return number;
  }

  #grow(): void {
    const size = 2 * this.#kind.length;
    const grown = <A extends { set(from: A): void }>(bigger: A, column: A): A => {
      bigger.set(column);
      return bigger;
    };
    this.#kind = grown(new Uint8Array(size), this.#kind);
    this.#ms = grown(new Float64Array(size), this.#ms);
    this.#actor = grown(new Uint16Array(size), this.#actor);
    this.#peer = grown(new Uint16Array(size), this.#peer);
    this.#cause = grown(new Int32Array(size), this.#cause);
  }
}
