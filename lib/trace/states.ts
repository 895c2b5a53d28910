import type { DiskImage, Json } from "#lib/sim";
import { formatValue } from "./format.ts";
import { memoryOf } from "./memory.ts";

/** One thing that a node remembers, changed by one event. */
export interface StateChange {
  /** The row of the event: what happened before and after it differs in this. */
  readonly row: number;
  readonly actor: string;
  /** What a crash loses, or what is safe. */
  readonly where: "memory" | "disk";
  /** The name of a field or of a cell, or `log[3]`. */
  readonly field: string;
  /** Its new value as people read it; undefined: it is gone. */
  readonly text: string | undefined;
}

/** A longer value is cut short. */
const longest = 2000;

/** Finds out, event by event, what has changed in what the nodes remember. */
export class States {
  readonly changes: StateChange[] = [];
  readonly #memories = new Map<string, Map<string, string>>();
  readonly #disks = new Map<string, Map<string, Json>>();

  note(row: number, actor: string, node: object | undefined, disk: DiskImage): void {
    const memory = new Map<string, string>();
    for (const [name, value] of memoryOf(node)) memory.set(name, formatValue(value, longest));
    this.#compare(row, actor, "memory", this.#memories.get(actor), memory, (text) => text);
    this.#memories.set(actor, memory);
    const contents = contentsOf(disk);
    const format = (value: Json) => formatValue(value, longest);
    this.#compare(row, actor, "disk", this.#disks.get(actor), contents, format);
    this.#disks.set(actor, contents);
  }

  /** Values on disks are frozen, so equal ones are mostly one object; texts compare by value. */
  #compare<V>(
    row: number,
    actor: string,
    where: StateChange["where"],
    before: ReadonlyMap<string, V> | undefined,
    after: ReadonlyMap<string, V>,
    format: (value: V) => string,
  ): void {
    for (const [field, value] of after) {
      if (before?.get(field) !== value) {
        this.changes.push({ row, actor, where, field, text: format(value) });
      }
    }
    for (const field of before?.keys() ?? []) {
      if (!after.has(field)) this.changes.push({ row, actor, where, field, text: undefined });
    }
  }
}

function contentsOf({ cells, entries, first }: DiskImage): Map<string, Json> {
  const contents = new Map(cells);
  for (const [i, entry] of entries.entries()) contents.set(`log[${first + i}]`, entry);
  return contents;
}
