import { todo } from "#lib/exercise";
import type { NodeId } from "#lib/sim";
import type { LastEntry, RaftContext, RequestVote, RequestVoteReply } from "#protocol/12-raft";
import type { Raft } from "./raft.ts";

/** Whether those who voted are a quorum, a majority of the members: more than half. A server counts once, a stranger not at all. */
export function isQuorum(votes: readonly NodeId[], members: readonly NodeId[]): boolean {
  return todo("12.1");
}

/** Whether a candidate's log is at least as up to date as the voter's: the later last term wins; of equal ones the longer log (§5.4.1). */
export function isUpToDate(candidate: LastEntry, voter: LastEntry): boolean {
  return todo("12.1");
}

/** Sets the election timer anew, to a time-out drawn with `ctx.random.between(electionMinMs, electionMaxMs)` (§5.2). */
export function resetElectionTimer(raft: Raft, ctx: RaftContext): void {
  todo("12.1");
}

/**
 * Becomes a follower in this term, which is not lower than the server's own (§5.1). A new term begins without a vote; in the same term, a
 * vote that was given stays given. Who led until now needs an election timer again; all others have one.
 */
export function stepDown(raft: Raft, ctx: RaftContext, term: number): void {
  todo("12.1");
}

/**
 * No leader was heard for too long: a new term, a vote for itself, RequestVote to every other member, and a new time-out in case nobody
 * wins (§5.2). A server that is the only member has won already. A leader does not stand, nor does a server that knows of
 * no members: it waits to be added (12.5).
 */
export function onElectionTimeout(raft: Raft, ctx: RaftContext): void {
  todo("12.1");
}

/**
 * Somebody wants a vote (Figure 2, "RequestVote RPC"). A later term is taken over, whatever the answer is. The vote is granted if the
 * term is the server's own, if it has voted for nobody else in it, and if the candidate's log is up to date. A candidate that is no
 * member of this server's configuration gets it all the same (thesis §4.1).
 *
 * Every RequestVote is answered, with the server's term. Only a vote that is granted resets the election timer.
 */
export function onRequestVote(raft: Raft, ctx: RaftContext, from: NodeId, message: RequestVote): void {
  todo("12.1");
}

/**
 * A later term makes a follower. A vote counts for who still stands in its term. With a quorum of votes the server leads: it tells its
 * application so (BecameLeader, by `ctx.send(app, …)`; `app` is in #lib/sim), needs no election timer, and sends AppendEntries to every
 * other member at once (§5.2).
 */
export function onRequestVoteReply(
  raft: Raft,
  ctx: RaftContext,
  from: NodeId,
  message: RequestVoteReply,
): void {
  todo("12.1");
}
