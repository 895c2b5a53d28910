import { canonical, frozenCopy, type Json, Misuse } from "./json.ts";
import type { NodeId } from "./node.ts";
import { misuse } from "./traps.ts";

/**
 * A node's disk: durable cells and a log. A write is in the cache until `sync`; a crash before the sync loses it, or some of it.
 * Each call is atomic: `set` with several cells survives whole or not at all, two calls do not.
 */
export interface Disk {
  /** The value of a cell, as this node last wrote it, synced or not. */
  get<T = Json>(cell: string): T | undefined;
  /** The names of the cells that begin with a prefix, in order of their first write. */
  cells(prefix?: string): string[];
  /** Writes one cell. */
  set(cell: string, value: unknown): void;
  /** Writes several cells, all or none; `undefined` deletes a cell. */
  set(cells: { readonly [cell: string]: unknown }): void;
  delete(cell: string): void;
  readonly log: DiskLog;
  /** What was written before this is safe once this has happened: a crash no longer loses it. */
  sync(): void;
}

/** The log of a disk: entries with ascending indexes, the first of which is 0 until the head is dropped. */
export interface DiskLog {
  /** The index of the first entry that is kept. */
  readonly first: number;
  /** The index that the next `append` writes. */
  readonly end: number;
  /** The entry at an index; undefined outside [first, end). */
  get<T = Json>(index: number): T | undefined;
  append(entry: unknown): void;
  /** Removes the entries from `index` on. */
  truncate(index: number): void;
  /** Removes the entries before `index`. Past the end: all of them, and the next `append` writes at `index`. */
  dropHead(index: number): void;
}

/** One write, as data: what a handler's effects and a disk's cache are made of. */
export type DiskWrite =
  | { readonly write: "set"; readonly cells: { readonly [cell: string]: Json } }
  | {
      readonly write: "delete";
      readonly cells: readonly string[];
      readonly set: { readonly [cell: string]: Json };
    }
  | { readonly write: "append"; readonly entry: Json }
  | { readonly write: "truncate"; readonly index: number }
  | { readonly write: "dropHead"; readonly index: number };

/** The contents of a disk. A write changes it at a cost that grows with the write, not with the contents. */
export class DiskImage {
  readonly cells = new Map<string, Json>();
  entries: Json[] = [];
  first = 0;

  apply(change: DiskWrite): void {
    switch (change.write) {
      case "set":
        for (const cell in change.cells) this.cells.set(cell, change.cells[cell] as Json);
        return;
      case "delete":
        for (const cell of change.cells) this.cells.delete(cell);
        for (const cell in change.set) this.cells.set(cell, change.set[cell] as Json);
        return;
      case "append":
        this.entries.push(change.entry);
        return;
      case "truncate":
        this.entries.length = Math.min(this.entries.length, Math.max(0, change.index - this.first));
        return;
      case "dropHead": {
        if (change.index <= this.first) return;
        this.entries.splice(0, change.index - this.first);
        this.first = change.index;
        return;
      }
    }
  }

  copy(): DiskImage {
    const result = new DiskImage();
    for (const [cell, value] of this.cells) result.cells.set(cell, value);
    result.entries = [...this.entries];
    result.first = this.first;
    return result;
  }
}

function storable(value: unknown, what: string, where: () => string): Json {
  try {
    return frozenCopy(value, what, where) as Json;
  } catch (error) {
    throw error instanceof Misuse ? misuse(error.message) : error;
  }
}

/** A disk as a handler sees it: it reads its own writes, and hands each write on as an effect. */
export class DiskView implements Disk {
  readonly log: DiskLog;
  readonly #self: NodeId;
  readonly #image: DiskImage;
  readonly #emit: (write: DiskWrite | "sync") => void;

  constructor(self: NodeId, image: DiskImage, emit: (write: DiskWrite | "sync") => void) {
    this.#self = self;
    this.#image = image;
    this.#emit = emit;
    this.log = new LogView(self, image, (write) => this.#write(write));
  }

  get<T = Json>(cell: string): T | undefined {
    return this.#image.cells.get(cell) as T | undefined;
  }

  cells(prefix = ""): string[] {
    return [...this.#image.cells.keys()].filter((cell) => cell.startsWith(prefix));
  }

  set(first: string | { readonly [cell: string]: unknown }, value?: unknown): void {
    if (typeof first === "string") {
      const copied = storable(value, `${this.#self} wrote`, () => `to cell "${first}"`);
      this.#write({ write: "set", cells: { [first]: copied } });
      return;
    }
    const kept: Record<string, unknown> = {};
    const gone: string[] = [];
    for (const cell in first) {
      if (first[cell] === undefined) gone.push(cell);
      else kept[cell] = first[cell];
    }
    const what = `${this.#self} wrote`;
    const cells = storable(kept, what, () => `to cells ${Object.keys(kept).join(", ")}`) as Record<
      string,
      Json
    >;
    this.#write(gone.length === 0 ? { write: "set", cells } : { write: "delete", cells: gone, set: cells });
  }

  delete(cell: string): void {
    this.set({ [cell]: undefined });
  }

  sync(): void {
    this.#emit("sync");
  }

  #write(change: DiskWrite): void {
    this.#image.apply(change);
    this.#emit(change);
  }
}

class LogView implements DiskLog {
  readonly #self: NodeId;
  readonly #image: DiskImage;
  readonly #write: (write: DiskWrite) => void;

  constructor(self: NodeId, image: DiskImage, write: (write: DiskWrite) => void) {
    this.#self = self;
    this.#image = image;
    this.#write = write;
  }

  get first(): number {
    return this.#image.first;
  }

  get end(): number {
    return this.#image.first + this.#image.entries.length;
  }

  get<T = Json>(index: number): T | undefined {
    return this.#image.entries[index - this.#image.first] as T | undefined;
  }

  append(entry: unknown): void {
    this.#write({ write: "append", entry: storable(entry, `${this.#self} appended`, () => "to its log") });
  }

  truncate(index: number): void {
    this.#write({ write: "truncate", index: this.#index(index, "truncate") });
  }

  dropHead(index: number): void {
    this.#write({ write: "dropHead", index: this.#index(index, "dropHead") });
  }

  #index(index: number, call: string): number {
    if (Number.isInteger(index)) return index;
    throw misuse(`${this.#self} called log.${call}(${canonical(index)}): an index is a whole number`);
  }
}

/**
 * The disk itself, which the kernel keeps: what is safe, and the writes that are not yet. `survive` is what a crash does:
 * each unsynced write is kept or lost by a bit of the mask (the 30 first ones; the others are lost).
 */
export class DurableDisk {
  safe = new DiskImage();
  unsynced: DiskWrite[] = [];

  write(change: DiskWrite): void {
    this.unsynced.push(change);
  }

  sync(): void {
    for (const change of this.unsynced) this.safe.apply(change);
    this.unsynced.length = 0;
  }

  /** Loses the writes whose bit is not set. A log write survives only if those before it did: a log has no holes. */
  survive(mask: number): void {
    let logTorn = false;
    for (let i = 0; i < this.unsynced.length; i++) {
      const change = this.unsynced[i] as DiskWrite;
      const isLog = change.write !== "set" && change.write !== "delete";
      const kept = i < 30 && (mask & (1 << i)) !== 0 && !(isLog && logTorn);
      if (kept) this.safe.apply(change);
      else if (isLog) logTorn = true;
    }
    this.unsynced.length = 0;
  }
}
