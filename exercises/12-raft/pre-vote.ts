import { todo } from "#lib/exercise";
import type { NodeId } from "#lib/sim";
import type { PreVote, PreVoteReply, RaftContext } from "#protocol/12-raft";
import type { Raft } from "./raft.ts";

/*
 * Nothing of this happens unless `config.preVote` is true. Your other files change too:
 *
 * - When the election timer runs out, a server asks PreVote of every other member, and stands only when a quorum, itself included, would
 *   vote for it: then at once, with a new term and RequestVote. So it does each time, also after an election that nobody won. Its term
 *   and its vote stay as they are until then. A server that is the only member stands without asking. Whoever has not answered may be
 *   asked again meanwhile, as with any request (§5.1).
 * - A server that leads, or that has heard a leader within electionMinMs, does not answer RequestVote, and takes no term from it
 *   (thesis §4.2.3). What one hears from a leader is AppendEntries, refused for its prevLogIndex or not, and InstallSnapshot. If a later
 *   term becomes known otherwise, the leader of the one before may be forgotten at once, or not.
 * - A leader that a quorum, itself included, does not answer steps down, in its term (thesis §6.2). It leads on as long as a quorum has
 *   answered within the last electionMaxMs, and it has stepped down when none has for 2 × electionMaxMs: count anew from time to time,
 *   or remember who answered when. The time begins when it becomes the leader. Answers are AppendEntriesReply, success or not, and
 *   InstallSnapshotReply, of its term.
 */

/**
 * Would you vote for me? Every PreVote is answered: with yes if the term is later than this server's, the log is up to date, and this
 * server neither leads nor has heard a leader within electionMinMs. Nothing else changes, whatever the answer is: no term, no vote, no
 * timer. So it says yes to one after the other, even in the same term.
 */
export function onPreVote(raft: Raft, ctx: RaftContext, from: NodeId, message: PreVote): void {
  todo("12.7");
}

/**
 * A yes counts if it is about the term that was asked about last, which is this server's own + 1, and if the server does not lead; once
 * for each member. It changes no term. A no with a later term makes a follower in that; any other no says nothing. A server that has
 * heard a leader since it asked has not asked any more: however late a yes comes, it does not stand.
 */
export function onPreVoteReply(raft: Raft, ctx: RaftContext, from: NodeId, message: PreVoteReply): void {
  todo("12.7");
}

/** The timer `quorum` ran out: electionMinMs without a leader, or a leader's time to see who has answered. Use it as you like. */
export function onQuorumTimeout(raft: Raft, ctx: RaftContext): void {
  todo("12.7");
}
