import type { Disk, NodeId } from "#lib/sim";
import type { Entry, LastEntry, Snapshot } from "#protocol/12-raft";

const beginning = { lastIncludedIndex: 0, lastIncludedTerm: 0 };

export function latestMembers(before: readonly NodeId[], entries: readonly Entry[]): readonly NodeId[] {
  let latest = before;
  for (const entry of entries) if (entry.type === "Configuration") latest = entry.members;
  return latest;
}

export function snapshotIn(disk: Disk): Snapshot | undefined {
  return disk.get<Snapshot>("state");
}

export function lastOf(disk: Disk): number {
  return disk.log.end - 1;
}

export function termOf(disk: Disk, index: number): number | undefined {
  const { log } = disk;
  if (index >= log.first) return log.get<Entry>(index)?.term;
  const { lastIncludedIndex, lastIncludedTerm } = snapshotIn(disk) ?? beginning;
  return index === lastIncludedIndex ? lastIncludedTerm : undefined;
}

export function endOf(disk: Disk): LastEntry {
  const lastLogIndex = lastOf(disk);
  return { lastLogIndex, lastLogTerm: termOf(disk, lastLogIndex) ?? 0 };
}

export function slice({ log }: Disk, from: number, to: number): Entry[] {
  const first = Math.max(from, log.first);
  return Array.from({ length: Math.max(0, to - first + 1) }, (_, i) => log.get<Entry>(first + i) as Entry);
}

/** The configuration after an entry, for a server that was started with these members. */
export function membersUpTo(disk: Disk, started: readonly NodeId[], index = lastOf(disk)): readonly NodeId[] {
  const known = snapshotIn(disk)?.members ?? [];
  return latestMembers(known.length > 0 ? known : started, slice(disk, 0, index));
}

/** Takes over what a leader has sent. False if nothing of it is new. */
export function takeOver({ log }: Disk, prevLogIndex: number, entries: readonly Entry[]): boolean {
  const from = entries.findIndex((entry, i) => {
    const index = prevLogIndex + 1 + i;
    return index >= log.first && log.get<Entry>(index)?.term !== entry.term;
  });
  if (from < 0) return false;
  if (prevLogIndex + 1 + from < log.end) log.truncate(prevLogIndex + 1 + from);
  for (const entry of entries.slice(from)) log.append(entry);
  return true;
}

export function keep(disk: Disk, snapshot: Snapshot): void {
  disk.set("state", snapshot);
  disk.sync();
  trim(disk, snapshot);
  disk.sync();
}

/** What a safe snapshot has replaced goes, and all of the log if it does not go on from there. */
export function trim({ log }: Disk, { lastIncludedIndex: index, lastIncludedTerm }: Snapshot): void {
  if (index < log.first) return;
  if (log.get<Entry>(index)?.term !== lastIncludedTerm) log.truncate(log.first);
  log.dropHead(index + 1);
}
