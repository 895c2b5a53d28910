import type { Disk, NodeId } from "#lib/sim";
import type { Entry, LastEntry, Snapshot } from "#protocol/12-raft";
import { Configurations } from "./configurations.ts";

interface Metadata {
  readonly version: number;
  readonly term: number;
  readonly vote: NodeId | null;
}

const copies = ["metadata 1", "metadata 2"] as const;

/** What the disk has: term and vote, twice, so that one copy is always whole; the log; a snapshot. */
export class Store {
  term = 0;
  vote: NodeId | null = null;
  readonly configurations: Configurations;
  readonly #disk: Disk;
  #version = 0;
  /** The last entry that is safe. */
  #safeIndex = 0;

  constructor(disk: Disk, started: readonly NodeId[]) {
    this.#disk = disk;
    this.configurations = new Configurations(started);
    if (disk.log.end === 0) disk.log.dropHead(1);
    for (const cell of copies) {
      const read = disk.get<Metadata>(cell);
      if (!read || read.version < this.#version) continue;
      this.#version = read.version;
      this.term = read.term;
      this.vote = read.vote;
    }
    const snapshot = this.snapshot;
    if (snapshot) this.#trimFor(snapshot);
    for (let index = disk.log.first; index <= this.lastIndex; index++) {
      this.configurations.add(index, this.entry(index) as Entry);
    }
    this.#safeIndex = this.lastIndex;
  }

  get snapshot(): Snapshot | undefined {
    return this.#disk.get<Snapshot>("snapshot");
  }

  get lastIndex(): number {
    return this.#disk.log.end - 1;
  }

  get safeIndex(): number {
    return this.#safeIndex;
  }

  get last(): LastEntry {
    return { lastLogIndex: this.lastIndex, lastLogTerm: this.termOf(this.lastIndex) ?? 0 };
  }

  /** The index before the first entry that is kept. */
  get base(): number {
    return this.#disk.log.first - 1;
  }

  entry(index: number): Entry | undefined {
    return this.#disk.log.get<Entry>(index);
  }

  termOf(index: number): number | undefined {
    return index === this.base ? (this.snapshot?.lastIncludedTerm ?? 0) : this.entry(index)?.term;
  }

  entries(from: number, count: number): Entry[] {
    const found: Entry[] = [];
    for (let index = from; index < from + count && index <= this.lastIndex; index++) {
      found.push(this.entry(index) as Entry);
    }
    return found;
  }

  append(entry: Entry): void {
    this.#disk.log.append(entry);
    this.configurations.add(this.lastIndex, entry);
  }

  removeFrom(index: number): void {
    this.#disk.log.truncate(index);
    this.configurations.truncateSuffix(index);
    this.#safeIndex = Math.min(this.#safeIndex, index - 1);
  }

  /** Takes the place of the older copy, and makes the log safe too. */
  saveMetadata(): void {
    this.#version++;
    const { term, vote } = this;
    this.#disk.set(copies[this.#version % 2] as string, { version: this.#version, term, vote });
    this.#sync();
  }

  saveLog(): void {
    if (this.#safeIndex < this.lastIndex) this.#sync();
  }

  saveSnapshot(snapshot: Snapshot): void {
    this.#disk.set("snapshot", snapshot);
    this.#sync();
    this.#trimFor(snapshot);
    this.#sync();
  }

  #sync(): void {
    this.#disk.sync();
    this.#safeIndex = this.lastIndex;
  }

  #trimFor({ lastIncludedIndex, lastIncludedTerm, members }: Snapshot): void {
    const { log } = this.#disk;
    const goesOn = lastIncludedIndex < log.first || this.entry(lastIncludedIndex)?.term === lastIncludedTerm;
    if (!goesOn) this.removeFrom(log.first);
    if (lastIncludedIndex >= log.first) log.dropHead(lastIncludedIndex + 1);
    this.configurations.truncatePrefix(lastIncludedIndex, members);
  }
}
