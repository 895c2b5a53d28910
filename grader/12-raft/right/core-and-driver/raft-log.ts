import type { NodeId } from "#lib/sim";
import type { Entry, LastEntry, Snapshot } from "#protocol/12-raft";

export function latestMembers(before: readonly NodeId[], entries: readonly Entry[]): readonly NodeId[] {
  return entries.reduce(
    (members, entry) => (entry.type === "Configuration" ? entry.members : members),
    before,
  );
}

/** What is to be written: from this index on the log is these entries. */
export interface Unstable {
  readonly from: number;
  readonly entries: readonly Entry[];
}

/** The whole log in memory, with the snapshot before it. The disk follows: up to `stable` it has the same. */
export class RaftLog {
  readonly #started: readonly NodeId[];
  #snapshot: Snapshot | undefined;
  #entries: Entry[];
  #firstUnstable: number;
  /** The index of the last entry that the snapshot has replaced. */
  base: number;
  committed: number;
  applied: number;

  constructor(started: readonly NodeId[], snapshot: Snapshot | undefined, entries: readonly Entry[]) {
    this.#started = started;
    this.#snapshot = snapshot;
    this.#entries = [...entries];
    this.base = this.committed = this.applied = snapshot?.lastIncludedIndex ?? 0;
    this.#firstUnstable = this.last + 1;
  }

  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  get last(): number {
    return this.base + this.#entries.length;
  }

  get stable(): number {
    return this.#firstUnstable - 1;
  }

  get end(): LastEntry {
    return { lastLogIndex: this.last, lastLogTerm: this.termOf(this.last) ?? 0 };
  }

  termOf(index: number): number | undefined {
    if (index === this.base) return this.#snapshot?.lastIncludedTerm ?? 0;
    return this.#entries[index - this.base - 1]?.term;
  }

  /** From one index to another, both included. */
  between(from: number, to: number): Entry[] {
    return this.#entries.slice(Math.max(0, from - this.base - 1), Math.max(0, to - this.base));
  }

  members(upTo = this.last): readonly NodeId[] {
    const known = this.#snapshot?.members ?? [];
    return latestMembers(known.length > 0 ? known : this.#started, this.between(0, upTo));
  }

  /** What a snapshot has replaced is committed, so a leader has the same there. */
  fits(index: number, term: number): boolean {
    return index < this.base || this.termOf(index) === term;
  }

  /** The last index before this one at which a log with this term here can be the same: terms never go down in a log. */
  whereItMayFit(index: number, term: number): number {
    let at = Math.min(index - 1, this.last);
    while ((this.termOf(at) ?? 0) > term) at--;
    return at;
  }

  append(...entries: readonly Entry[]): void {
    this.#entries.push(...entries);
  }

  /** Entries of a leader that fit. Whether any is new. */
  take(prevIndex: number, entries: readonly Entry[]): boolean {
    const offset = entries.findIndex((entry, i) => !this.fits(prevIndex + 1 + i, entry.term));
    if (offset < 0) return false;
    const from = prevIndex + 1 + offset;
    this.#entries.length = from - this.base - 1;
    this.append(...entries.slice(offset));
    this.#firstUnstable = Math.min(this.#firstUnstable, from);
    return true;
  }

  unstable(): Unstable | undefined {
    const from = this.#firstUnstable;
    return from > this.last ? undefined : { from, entries: this.between(from, this.last) };
  }

  stableUpTo(index: number): void {
    this.#firstUnstable = Math.max(this.#firstUnstable, index + 1);
  }

  /** The state machine has made this snapshot of what it has applied. */
  compact(snapshot: Snapshot): void {
    this.#entries.splice(0, snapshot.lastIncludedIndex - this.base);
    this.base = snapshot.lastIncludedIndex;
    this.#snapshot = snapshot;
  }

  /** A leader's snapshot takes the place of what it says. */
  restore(snapshot: Snapshot): void {
    const { lastIncludedIndex, lastIncludedTerm } = snapshot;
    const goesOn = this.termOf(lastIncludedIndex) === lastIncludedTerm;
    this.#entries = goesOn ? this.between(lastIncludedIndex + 1, this.last) : [];
    this.#snapshot = snapshot;
    this.base = this.committed = this.applied = lastIncludedIndex;
    this.#firstUnstable = Math.max(goesOn ? this.#firstUnstable : 0, lastIncludedIndex + 1);
  }
}
