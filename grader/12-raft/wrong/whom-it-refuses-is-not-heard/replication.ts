import { app, type NodeId } from "#lib/sim";
import type { AppendEntries, AppendEntriesReply, Entry, Propose, RaftContext } from "#protocol/12-raft";
import { resetElectionTimer, stepDown } from "./election.ts";
import { lastBatched } from "./flow.ts";
import { entriesBetween, lastIndex, snapshotOn, termAt } from "./log.ts";
import { noteMembers, stepDownIfRemoved } from "./membership.ts";
import { hearLeader, hearMember } from "./pre-vote.ts";
import type { Raft } from "./raft.ts";
import { sendSnapshot } from "./snapshots.ts";
import { save } from "./storage.ts";

/** The largest index that a majority of these have reached. */
export function majorityIndex(matchIndexes: readonly number[]): number {
  const descending = [...matchIndexes].sort((a, b) => b - a);
  return descending[Math.floor(descending.length / 2)] as number;
}

export function onPropose(raft: Raft, ctx: RaftContext, request: Propose): void {
  if (raft.role !== "leader") {
    return ctx.send(app, { type: "Refused", request, why: "not leader" });
  }
  append(raft, ctx, { type: "Command", term: raft.term, command: request.command });
}

/** Appends an entry of this leader, and sends it to everybody. */
export function append(raft: Raft, ctx: RaftContext, entry: Entry): void {
  ctx.disk.log.append(entry);
  if (entry.type === "Configuration") noteMembers(raft, ctx);
  // The leader counts itself when it counts who has the entry.
  ctx.disk.sync();
  sendToAll(raft, ctx);
  advanceCommitIndex(raft, ctx);
}

export function onHeartbeatTimeout(raft: Raft, ctx: RaftContext): void {
  if (raft.role === "leader") sendToAll(raft, ctx);
}

/** Tells every other member that this leader lives, and what the member lacks as far as this leader knows. */
export function sendToAll(raft: Raft, ctx: RaftContext): void {
  ctx.setTimer("heartbeat", raft.config.heartbeatMs);
  for (const member of raft.members) if (member !== ctx.self) sendTo(raft, ctx, member);
}

export function sendTo(raft: Raft, ctx: RaftContext, to: NodeId): void {
  const last = lastIndex(ctx.disk);
  raft.nextIndex[to] ??= last + 1;
  const prevLogIndex = raft.nextIndex[to] - 1;
  const prevLogTerm = termAt(ctx.disk, prevLogIndex);
  if (prevLogTerm === undefined) return sendSnapshot(raft, ctx, to);
  ctx.send(to, {
    type: "AppendEntries",
    term: raft.term,
    prevLogIndex,
    prevLogTerm,
    entries: entriesBetween(
      ctx.disk,
      prevLogIndex + 1,
      lastBatched(prevLogIndex, last, raft.config.maxEntries),
    ),
    leaderCommit: raft.commitIndex,
  });
}

export function onAppendEntries(raft: Raft, ctx: RaftContext, from: NodeId, message: AppendEntries): void {
  const termBefore = raft.term;
  if (message.term < raft.term) return reply(raft, ctx, from, false, 0, 0);
  // In this term too: who sends AppendEntries has won the election (§5.2).
  stepDown(raft, ctx, message.term);
  resetElectionTimer(raft, ctx);
  const { prevLogIndex, prevLogTerm, entries } = message;
  const isBeforeSnapshot = prevLogIndex < snapshotOn(ctx.disk).lastIncludedIndex;
  if (!isBeforeSnapshot && termAt(ctx.disk, prevLogIndex) !== prevLogTerm) {
    if (raft.term > termBefore) save(raft, ctx);
    return reply(raft, ctx, from, false, 0, hint(ctx, prevLogIndex));
  }
  hearLeader(raft, ctx);
  const hasNew = store(raft, ctx, prevLogIndex, entries);
  if (hasNew || raft.term > termBefore) save(raft, ctx);
  const matchIndex = prevLogIndex + entries.length;
  reply(raft, ctx, from, true, matchIndex, 0);
  // What lies after the entries of this message may be a dead leader's.
  raft.commitIndex = Math.max(raft.commitIndex, Math.min(message.leaderCommit, matchIndex));
  applyCommitted(raft, ctx);
}

function reply(
  { term }: Raft,
  ctx: RaftContext,
  to: NodeId,
  success: boolean,
  matchIndex: number,
  hintIndex: number,
): void {
  ctx.send(to, { type: "AppendEntriesReply", term, success, matchIndex, hintIndex });
}

/** Brings the entries into the log. Tells whether that has changed it. */
function store(raft: Raft, ctx: RaftContext, prevLogIndex: number, entries: readonly Entry[]): boolean {
  const { log } = ctx.disk;
  let isChanged = false;
  let movesMembers = false;
  for (const [i, entry] of entries.entries()) {
    const index = prevLogIndex + 1 + i;
    // What a snapshot has replaced is committed, and so the same.
    if (index < log.first || log.get<Entry>(index)?.term === entry.term) continue;
    // Only for a conflict: a message that comes late must not take away what a later one has brought.
    if (index < log.end) {
      log.truncate(index);
      movesMembers = true;
    }
    log.append(entry);
    if (entry.type === "Configuration") movesMembers = true;
    isChanged = true;
  }
  if (movesMembers) noteMembers(raft, ctx);
  return isChanged;
}

/** Before the end of this log, and before the term in which it went another way than the leader's (§5.3, last paragraphs). */
function hint({ disk }: RaftContext, refused: number): number {
  const { lastIncludedIndex } = snapshotOn(disk);
  const conflict = termAt(disk, refused);
  let index = Math.min(refused - 1, lastIndex(disk));
  while (conflict !== undefined && index > lastIncludedIndex && termAt(disk, index) === conflict) index--;
  return index;
}

export function onAppendEntriesReply(
  raft: Raft,
  ctx: RaftContext,
  from: NodeId,
  message: AppendEntriesReply,
): void {
  if (message.term > raft.term) {
    stepDown(raft, ctx, message.term);
    return save(raft, ctx);
  }
  if (raft.role !== "leader" || message.term < raft.term) return;
  hearMember(raft, from);
  if (message.success) return advance(raft, ctx, from, message.matchIndex);
  const { matchIndex, nextIndex } = raft;
  const next = Math.max((matchIndex[from] ?? 0) + 1, message.hintIndex + 1);
  // A refusal that comes a second time says nothing new.
  if (next >= (nextIndex[from] ?? 0)) return;
  nextIndex[from] = next;
  sendTo(raft, ctx, from);
}

/** A member has everything up to an index; what a late reply says was said before. */
export function advance(raft: Raft, ctx: RaftContext, member: NodeId, index: number): void {
  if (index <= (raft.matchIndex[member] ?? 0)) return;
  raft.matchIndex[member] = index;
  raft.nextIndex[member] = Math.max(raft.nextIndex[member] ?? 0, index + 1);
  advanceCommitIndex(raft, ctx);
  if (raft.role === "leader" && index < lastIndex(ctx.disk)) sendTo(raft, ctx, member);
}

function advanceCommitIndex(raft: Raft, ctx: RaftContext): void {
  const { members, matchIndex } = raft;
  const own = lastIndex(ctx.disk);
  const index = majorityIndex(members.map((id) => (id === ctx.self ? own : (matchIndex[id] ?? 0))));
  // An entry of an earlier term is not safe on a majority: Figure 8. It is committed with the first one of this term.
  if (index <= raft.commitIndex || termAt(ctx.disk, index) !== raft.term) return;
  raft.commitIndex = index;
  applyCommitted(raft, ctx);
  stepDownIfRemoved(raft, ctx);
}

/** Tells the application what is committed and was not told before. */
export function applyCommitted(raft: Raft, ctx: RaftContext): void {
  while (raft.lastApplied < raft.commitIndex) {
    const index = ++raft.lastApplied;
    const entry = ctx.disk.log.get<Entry>(index) as Entry;
    if (entry.type === "Command") ctx.send(app, { type: "Apply", index, command: entry.command });
    if (entry.type === "Configuration") {
      ctx.send(app, { type: "ApplyConfiguration", index, members: entry.members });
    }
  }
}
