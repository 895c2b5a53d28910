import type { DiskImage, DiskWrite, NodeId } from "#lib/sim";
import type { Entry, RaftMessage, Snapshot } from "#protocol/12-raft";
import { termSaid } from "./claims.ts";

/** What can be known of one server from outside: its log as it sees it, how much of that is safe, and what it has said. */
export class ServerMirror {
  readonly id: NodeId;
  /** The log with the writes that are not safe yet. */
  first = 0;
  entries: Entry[] = [];
  /** The term of the entry before the first; undefined if nobody knows. */
  baseTerm: number | undefined = 0;
  /** The configuration before the first entry. */
  baseMembers: readonly NodeId[];
  /** The entries before this index are on the safe disk as they are here. */
  safeEnd = 0;
  /** How many cells were written since the last sync, and how many syncs have made cells safe. */
  unsafeCells = 0;
  saves = 0;
  /** The latest term that it has said or heard in this life, whatever became of it then. */
  term = 0;
  /** The term that it leads, as far as it can know. */
  leads: number | undefined;
  /** The last index that its application was told of, in this life. */
  applied = 0;
  /** When this life began. */
  restartedMs = 0;
  #installed: Snapshot | undefined;
  #unsyncedDrop: { readonly baseTerm: number | undefined; readonly members: readonly NodeId[] } | undefined;

  constructor(id: NodeId, members: readonly NodeId[]) {
    this.id = id;
    this.baseMembers = members;
  }

  get end(): number {
    return this.first + this.entries.length;
  }

  entryAt(index: number): Entry | undefined {
    return this.entries[index - this.first];
  }

  termAt(index: number): number | undefined {
    return index === this.first - 1 ? this.baseTerm : this.entries[index - this.first]?.term;
  }

  /** Whether its log has this entry, or a snapshot that has replaced it. */
  has(index: number, term: number, isSafe: boolean): boolean {
    if (index < this.first) return true;
    return this.termAt(index) === term && (!isSafe || index < this.safeEnd);
  }

  /** The configuration that it must use, and the index of the entry with it. */
  latestMembers(before = this.end): { readonly members: readonly NodeId[]; readonly index: number } {
    for (let index = Math.min(before, this.end) - 1; index >= this.first; index--) {
      const entry = this.entryAt(index) as Entry;
      if (entry.type === "Configuration") return { members: entry.members, index };
    }
    return { members: this.baseMembers, index: this.first - 1 };
  }

  hear(message: RaftMessage): void {
    if (message.type === "InstallSnapshot") this.#installed = message.snapshot;
    const term = termSaid(message);
    if (term === undefined) return;
    if (term > this.term) this.term = term;
    if (this.leads !== undefined && term > this.leads) this.leads = undefined;
  }

  say(term: number): void {
    if (term > this.term) this.term = term;
    if (this.leads !== undefined && term > this.leads) this.leads = undefined;
  }

  write(change: DiskWrite): void {
    switch (change.write) {
      case "append":
        this.entries.push(change.entry as unknown as Entry);
        return;
      case "truncate":
        this.entries.length = Math.min(this.entries.length, Math.max(0, change.index - this.first));
        this.safeEnd = Math.min(this.safeEnd, this.end);
        return;
      case "dropHead":
        return this.#drop(change.index);
      default:
        this.unsafeCells++;
    }
  }

  sync(): void {
    if (this.unsafeCells > 0) this.saves++;
    this.unsafeCells = 0;
    this.safeEnd = this.end;
    this.#unsyncedDrop = undefined;
  }

  /** What is left is what its disk has. */
  crash({ first, entries }: DiskImage): void {
    if (this.#unsyncedDrop && first < this.first) {
      this.baseTerm = this.#unsyncedDrop.baseTerm;
      this.baseMembers = this.#unsyncedDrop.members;
    }
    this.first = first;
    this.entries = entries.slice() as unknown as Entry[];
    this.safeEnd = this.end;
    // Some may have lived: nobody can know, and it need not know itself.
    if (this.unsafeCells > 0) this.saves++;
    this.unsafeCells = 0;
    this.leads = undefined;
    // If it has forgotten its term, a leader of an earlier one is all that there will be.
    this.term = 0;
    this.applied = 0;
    this.#unsyncedDrop = undefined;
  }

  #drop(index: number): void {
    if (index <= this.first) return;
    this.#unsyncedDrop ??= { baseTerm: this.baseTerm, members: this.baseMembers };
    const isWhole = index > this.end;
    const installed = this.#installed?.lastIncludedIndex === index - 1 ? this.#installed : undefined;
    const baseTerm = isWhole ? installed?.lastIncludedTerm : this.termAt(index - 1);
    this.baseTerm = index === 1 ? 0 : baseTerm;
    this.baseMembers = (isWhole ? installed?.members : undefined) ?? this.latestMembers(index).members;
    this.entries.splice(0, index - this.first);
    this.first = index;
    this.safeEnd = Math.max(this.safeEnd, index);
  }
}
