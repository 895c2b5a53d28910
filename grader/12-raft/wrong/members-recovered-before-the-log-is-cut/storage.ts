import { app } from "#lib/sim";
import type { RaftContext } from "#protocol/12-raft";
import { snapshotOn } from "./log.ts";
import { noteMembers } from "./membership.ts";
import type { Raft } from "./raft.ts";

/** Makes term, vote and log safe: whatever is sent after this is still true after a crash (Figure 2, "persistent state"). */
export function save({ term, votedFor }: Raft, ctx: RaftContext): void {
  // One write: a new term beside an old vote, or the other way round, would be another server.
  ctx.disk.set({ term, votedFor });
  ctx.disk.sync();
}

/** After a crash. What is committed beyond the snapshot is not on the disk: only a leader knows it. */
export function recover(raft: Raft, ctx: RaftContext): void {
  raft.term = ctx.disk.get<number>("term") ?? 0;
  raft.votedFor = ctx.disk.get<string | null>("votedFor") ?? null;
  const { lastIncludedIndex, lastIncludedTerm, data } = snapshotOn(ctx.disk);
  raft.commitIndex = raft.lastApplied = lastIncludedIndex;
  noteMembers(raft, ctx);
  if (lastIncludedIndex > 0) {
    dropLogFor(ctx, lastIncludedIndex, lastIncludedTerm);
    ctx.send(app, { type: "Restore", lastIncludedIndex, data });
  }
}

/** Drops what a safe snapshot has replaced; all of the log, if it went another way (§7). A crash may come between the two: then again. */
export function dropLogFor({ disk }: RaftContext, index: number, term: number): void {
  const own = index < disk.log.first ? term : disk.log.get<{ term: number }>(index)?.term;
  if (own !== term) disk.log.truncate(disk.log.first);
  disk.log.dropHead(index + 1);
}
