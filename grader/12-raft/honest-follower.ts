import type { NodeId } from "#lib/sim";
import type { Entry, RaftMessage } from "#protocol/12-raft";

/** A follower that answers a leader as the protocol says, played by the test. It knows of nothing but its log. */
export class HonestFollower {
  readonly id: NodeId;
  /** Entry 1 is the first, or the first after `base`. */
  log: Entry[];
  term: number;
  /** What a snapshot has replaced. */
  base = 0;
  commitIndex = 0;
  /** Every prevLogIndex that it refused, in order. */
  readonly refused: number[] = [];

  constructor(id: NodeId, log: readonly Entry[] = [], term = log.at(-1)?.term ?? 0) {
    this.id = id;
    this.log = [...log];
    this.term = term;
  }

  /** Its answer; undefined to what is for somebody else's ears. */
  answer(message: RaftMessage): RaftMessage | undefined {
    if (message.type !== "AppendEntries" && message.type !== "InstallSnapshot") return undefined;
    const isOld = message.term < this.term;
    this.term = Math.max(this.term, message.term);
    if (message.type === "InstallSnapshot") {
      const { lastIncludedIndex } = message.snapshot;
      if (!isOld && lastIncludedIndex > this.commitIndex) {
        this.log = this.log.slice(lastIncludedIndex - this.base);
        this.base = this.commitIndex = lastIncludedIndex;
      }
      return { type: "InstallSnapshotReply", term: this.term, matchIndex: isOld ? 0 : lastIncludedIndex };
    }
    const { prevLogIndex, prevLogTerm, entries, leaderCommit } = message;
    const reply = { type: "AppendEntriesReply", term: this.term } as const;
    if (isOld) return { ...reply, success: false, matchIndex: 0, hintIndex: 0 };
    if (prevLogIndex > this.base && this.log[prevLogIndex - this.base - 1]?.term !== prevLogTerm) {
      this.refused.push(prevLogIndex);
      return { ...reply, success: false, matchIndex: 0, hintIndex: prevLogIndex - 1 };
    }
    let at = prevLogIndex - this.base - 1;
    for (const entry of entries) {
      at++;
      if (at < 0 || this.log[at]?.term === entry.term) continue;
      this.log.length = at;
      this.log.push(entry);
    }
    const end = prevLogIndex + entries.length;
    this.commitIndex = Math.max(this.commitIndex, Math.min(leaderCommit, end));
    return { ...reply, success: true, matchIndex: end, hintIndex: 0 };
  }
}
