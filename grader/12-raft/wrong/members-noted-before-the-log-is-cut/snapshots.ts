import { app, type NodeId } from "#lib/sim";
import type {
  Compact,
  InstallSnapshot,
  InstallSnapshotReply,
  RaftContext,
  Snapshot,
} from "#protocol/12-raft";
import { resetElectionTimer, stepDown } from "./election.ts";
import { entriesBetween, snapshotOn, termAt } from "./log.ts";
import { latestMembers, membersBefore, noteMembers } from "./membership.ts";
import { hearLeader, hearMember } from "./pre-vote.ts";
import type { Raft } from "./raft.ts";
import { advance } from "./replication.ts";
import { dropLogFor, save } from "./storage.ts";

/** The application has a snapshot. Of what is not applied yet, it cannot have one. */
export function onCompact(raft: Raft, ctx: RaftContext, { lastIncludedIndex, data }: Compact): void {
  const last = snapshotOn(ctx.disk);
  if (lastIncludedIndex <= last.lastIncludedIndex || lastIncludedIndex > raft.lastApplied) return;
  const replaced = entriesBetween(ctx.disk, last.lastIncludedIndex + 1, lastIncludedIndex);
  keep(ctx, {
    lastIncludedIndex,
    lastIncludedTerm: termAt(ctx.disk, lastIncludedIndex) as number,
    members: latestMembers(membersBefore(raft, ctx), replaced),
    data,
  });
}

/** The snapshot is safe before anything that it replaces is gone. */
function keep(ctx: RaftContext, snapshot: Snapshot): void {
  ctx.disk.set("snapshot", snapshot);
  ctx.disk.sync();
  dropLogFor(ctx, snapshot.lastIncludedIndex, snapshot.lastIncludedTerm);
  ctx.disk.sync();
}

export function sendSnapshot({ term }: Raft, ctx: RaftContext, to: NodeId): void {
  ctx.send(to, { type: "InstallSnapshot", term, snapshot: snapshotOn(ctx.disk) });
}

export function onInstallSnapshot(
  raft: Raft,
  ctx: RaftContext,
  from: NodeId,
  { term, snapshot }: InstallSnapshot,
): void {
  if (term < raft.term) {
    return ctx.send(from, { type: "InstallSnapshotReply", term: raft.term, matchIndex: 0 });
  }
  const termBefore = raft.term;
  stepDown(raft, ctx, term);
  resetElectionTimer(raft, ctx);
  hearLeader(raft, ctx);
  if (raft.term > termBefore) save(raft, ctx);
  const { lastIncludedIndex, data } = snapshot;
  // An older one would take back what is applied.
  if (lastIncludedIndex > raft.commitIndex) {
    ctx.disk.set("snapshot", snapshot);
    ctx.disk.sync();
    noteMembers(raft, ctx);
    dropLogFor(ctx, lastIncludedIndex, snapshot.lastIncludedTerm);
    ctx.disk.sync();
    ctx.send(app, { type: "Restore", lastIncludedIndex, data });
    raft.commitIndex = raft.lastApplied = lastIncludedIndex;
  }
  ctx.send(from, { type: "InstallSnapshotReply", term: raft.term, matchIndex: lastIncludedIndex });
}

export function onInstallSnapshotReply(
  raft: Raft,
  ctx: RaftContext,
  from: NodeId,
  message: InstallSnapshotReply,
): void {
  if (message.term > raft.term) {
    stepDown(raft, ctx, message.term);
    return save(raft, ctx);
  }
  if (raft.role !== "leader" || message.term < raft.term) return;
  hearMember(raft, from);
  advance(raft, ctx, from, message.matchIndex);
}
