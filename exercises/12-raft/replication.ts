import { todo } from "#lib/exercise";
import type { NodeId } from "#lib/sim";
import type { AppendEntries, AppendEntriesReply, Propose, RaftContext } from "#protocol/12-raft";
import { resetElectionTimer, stepDown } from "./election.ts";
import { lastIndex } from "./log.ts";
import type { Raft } from "./raft.ts";

/**
 * A leader sends AppendEntries to every other member every `heartbeatMs` (§5.2). Who leads no more sends none.
 *
 * In 12.1 the logs are empty: prevLogIndex, prevLogTerm and leaderCommit are 0, and there are no entries. From 12.2 on it is an
 * AppendEntries like any other, and goes on for ever: it begins with the member's next entry, as far as this leader knows, and brings
 * what there is.
 */
export function onHeartbeatTimeout(raft: Raft, ctx: RaftContext): void {
  todo("12.1");
}

/** The largest index that a majority of these have reached: of [3, 5, 4] it is 4. There is at least one. */
export function majorityIndex(matchIndexes: readonly number[]): number {
  return todo("12.2");
}

/**
 * The application wants a command in the log. A leader appends it to its own log, and does not wait for the next heartbeat: it sends
 * AppendEntries within 10 ms, with what each member lacks as far as it knows. A member that has not answered the one before may
 * get it when it has, or with the next heartbeat. Whoever does not lead answers `Refused`, with why = "not leader".
 *
 * A new leader knows nothing of anybody's log, member or not, whatever it knew in an earlier term: it supposes that the others are like
 * its own (nextIndex), and that nothing of them is the same (matchIndex; Figure 2). This begins where it becomes the leader, in
 * election.ts, and with nothing left of what was noted before.
 */
export function onPropose(raft: Raft, ctx: RaftContext, request: Propose): void {
  todo("12.2");
}

/**
 * A leader speaks (Figure 2, "AppendEntries RPC"). The first lines are given: they are all that 12.1 needs. Every AppendEntries is
 * answered.
 *
 * Without an entry at prevLogIndex that has the term prevLogTerm: no success, and a hint (see the protocol). Otherwise the entries
 * come into the log. One that is there already, with the same term, stays, and so does what lies behind it; one with another term is
 * removed with everything behind it (`ctx.disk.log.truncate(index)`). The log of a server that answers success is equal to the leader's
 * up to matchIndex.
 *
 * A server learns from leaderCommit what is committed, as far as it knows that its log is the leader's: up to matchIndex, and no further.
 * Each Command that is committed is told to the application (Apply) within 10 ms, in the order of the log, once in a life.
 */
export function onAppendEntries(raft: Raft, ctx: RaftContext, from: NodeId, message: AppendEntries): void {
  const isOld = message.term < raft.term;
  if (!isOld) {
    stepDown(raft, ctx, message.term);
    resetElectionTimer(raft, ctx);
  }
  if (!isOld && (message.prevLogIndex > 0 || message.entries.length > 0)) todo("12.2");
  const reply = { type: "AppendEntriesReply", term: raft.term, success: !isOld } as const;
  ctx.send(from, { ...reply, matchIndex: 0, hintIndex: 0 });
}

/**
 * A later term makes a follower. An old one says nothing. Success: the member has everything up to matchIndex. No success: try again
 * at once, from the hint, or one entry further back than before.
 *
 * What a majority of the members has is committed, if it is of this leader's own term, with everything before it (§5.3, §5.4.2). The
 * leader counts itself. It tells its own application what is committed; the others learn it from its next AppendEntries.
 *
 * A reply that comes late or a second time changes nothing: a member has what it has once said to have, and is not sent that again. Who
 * is no member is not counted.
 */
export function onAppendEntriesReply(
  raft: Raft,
  ctx: RaftContext,
  from: NodeId,
  message: AppendEntriesReply,
): void {
  if (message.term > raft.term) return stepDown(raft, ctx, message.term);
  // Nobody lacks anything as long as there is nothing: so it is in 12.1.
  if (lastIndex(ctx.disk) === 0) return;
  todo("12.2");
}
