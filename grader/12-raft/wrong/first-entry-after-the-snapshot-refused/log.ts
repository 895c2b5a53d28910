import type { Disk } from "#lib/sim";
import type { Entry, Snapshot } from "#protocol/12-raft";

/*
 * The log, as Figure 2 speaks of it, on top of a disk's log. Given: entries 1, 2, 3 … are there under the same indexes. When a
 * snapshot has replaced the entries up to an index, `disk.log.first` is the index after it, and `snapshot` is the cell that has it.
 */

/** The snapshot on this disk; without one, the beginning of everything. */
export function snapshotOn(disk: Disk): Snapshot {
  return disk.get<Snapshot>("snapshot") ?? nothing;
}

const nothing: Snapshot = { lastIncludedIndex: 0, lastIncludedTerm: 0, members: [], data: null };

/** The index of the last entry; 0 if there never was one. */
export function lastIndex(disk: Disk): number {
  return disk.log.end - 1;
}

/** The term of the entry at an index; 0 at index 0; undefined if this log has no such entry, or no longer. */
export function termAt(disk: Disk, index: number): number | undefined {
  return index === 0 ? 0 : disk.log.get<Entry>(index)?.term;
}

/** The entries from one index to another, both included. */
export function entriesBetween(disk: Disk, from: number, to: number): Entry[] {
  const entries: Entry[] = [];
  for (let index = Math.max(from, disk.log.first); index <= to; index++) {
    entries.push(disk.log.get<Entry>(index) as Entry);
  }
  return entries;
}
