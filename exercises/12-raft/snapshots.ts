import { todo } from "#lib/exercise";
import type { NodeId } from "#lib/sim";
import type { Compact, InstallSnapshot, InstallSnapshotReply, RaftContext } from "#protocol/12-raft";
import type { Raft } from "./raft.ts";

/*
 * In 12.4 your other files change too. A leader that no longer has the entry before a member's next one sends InstallSnapshot instead of
 * AppendEntries. AppendEntries may begin before a snapshot's end: what the snapshot has replaced is committed, and so the same. And after
 * a crash, `recover` tells the application the snapshot first (Restore); what that has is known to be committed, and entries are told from
 * the one after it on. The crash may have come when the snapshot was safe and the log was still as before: then `recover` does to the log
 * all that was left to do, also where the log went another way. Members (12.5) are computed from what is left of it after that.
 *
 * `termAt` goes by the snapshot that is on the disk now: ask it before you write another. `ctx.disk.log.dropHead(index)` drops the entries
 * before that index.
 */

/**
 * The application has a snapshot. It is made safe, with the term and the configuration that Raft must remember (until 12.5 that is
 * `raft.members`), and the entries up to lastIncludedIndex go from the log, in this order: wherever a crash falls, nothing is missing
 * and nothing is twice. A request for what has not been told to the application yet, or for what an earlier snapshot has, changes
 * nothing.
 */
export function onCompact(raft: Raft, ctx: RaftContext, request: Compact): void {
  todo("12.4");
}

/**
 * A leader's snapshot (Figure 13, in one piece; it counts as hearing from the leader). If it says more than this server knows to be
 * committed, it is made safe, the application is told (Restore), and the entries that it replaces go. What lies behind it in the log
 * stays if the log has the snapshot's last entry, with its term; otherwise the whole log goes. An older one changes nothing. It is
 * answered with matchIndex = lastIncludedIndex; an old term with 0.
 */
export function onInstallSnapshot(
  raft: Raft,
  ctx: RaftContext,
  from: NodeId,
  message: InstallSnapshot,
): void {
  todo("12.4");
}

/** As AppendEntriesReply: a later term makes a follower, an old one says nothing, and the member has everything up to matchIndex. */
export function onInstallSnapshotReply(
  raft: Raft,
  ctx: RaftContext,
  from: NodeId,
  message: InstallSnapshotReply,
): void {
  todo("12.4");
}
