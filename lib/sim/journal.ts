import type { Actor } from "./actor.ts";
import type { Recorder, RowKind } from "./events.ts";

/** What is kept of a run as it goes: a rolling hash always, rows in a recorder if there is one. */
export class Journal {
  /** The row of the event that is being handled, or −1. */
  row = -1;
  readonly #recorder: Recorder | undefined;
  #low = 0;
  #high = 0;

  constructor(recorder: Recorder | undefined) {
    this.#recorder = recorder;
  }

  get hash(): string {
    return hex(this.#high) + hex(this.#low);
  }

  mix(a: number, b: number): void {
    this.#low = Math.imul(this.#low ^ a, 0x9e3779b1) ^ (this.#high >>> 15);
    this.#high = Math.imul(this.#high ^ b ^ (this.#low >>> 13), 0x85ebca6b);
  }

  /** Adds a row; −1 without a recorder. */
  add(
    kind: RowKind,
    ms: number,
    actor: string,
    cause: number,
    peer?: string,
    payload?: unknown,
    note?: string,
  ): number {
    return this.#recorder === undefined
      ? -1
      : this.#recorder.add(kind, ms, actor, cause, peer, payload, note);
  }

  /** Keeps what a node remembers after the event of the current row. */
  state({ name, make, node, disk }: Actor): void {
    if (make) this.#recorder?.state?.(this.row, name, node, disk.safe);
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
