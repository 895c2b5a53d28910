import type { NodeId } from "#lib/sim";
import type { PreVote, PreVoteReply, RaftContext } from "#protocol/12-raft";
import { isQuorum, isUpToDate, lastEntry, stand, stepDown } from "./election.ts";
import type { Raft } from "./raft.ts";
import { save } from "./storage.ts";

/** Asks whether an election could be won, before a new term disturbs everybody (thesis §9.6). */
export function askBeforeStanding(raft: Raft, ctx: RaftContext): void {
  raft.role = "follower";
  raft.hearsLeader = false;
  raft.preVotes = [ctx.self];
  if (isQuorum(raft.preVotes, raft.members)) return stand(raft, ctx);
  for (const member of raft.members) {
    if (member !== ctx.self) ctx.send(member, { type: "PreVote", term: raft.term + 1, ...lastEntry(ctx) });
  }
}

/** Whoever hears a leader, or is one, needs no other (thesis §4.2.3). */
export function followsALeader({ role, hearsLeader }: Raft): boolean {
  return role === "leader" || hearsLeader;
}

export function hearLeader(raft: Raft, ctx: RaftContext): void {
  if (!raft.config.preVote) return;
  raft.hearsLeader = true;
  raft.preVotes = [];
  ctx.setTimer("quorum", raft.config.electionMinMs);
}

export function hearMember(raft: Raft, from: NodeId): void {
  if (raft.config.preVote && !raft.heard.includes(from)) raft.heard.push(from);
}

export function onPreVote(raft: Raft, ctx: RaftContext, from: NodeId, message: PreVote): void {
  const isNew = message.term > raft.term;
  const voteGranted = isNew && !followsALeader(raft) && isUpToDate(message, lastEntry(ctx));
  const term = voteGranted ? message.term : raft.term;
  ctx.send(from, { type: "PreVoteReply", term, voteGranted });
}

export function onPreVoteReply(raft: Raft, ctx: RaftContext, from: NodeId, message: PreVoteReply): void {
  if (!message.voteGranted) {
    if (message.term <= raft.term) return;
    stepDown(raft, ctx, message.term);
    return save(raft, ctx);
  }
  if (raft.role !== "follower" || message.term !== raft.term + 1 || raft.preVotes.length === 0) return;
  if (!raft.preVotes.includes(from)) raft.preVotes.push(from);
  if (!isQuorum(raft.preVotes, raft.members)) return;
  raft.preVotes = [];
  stand(raft, ctx);
}

/** From now on this leader counts who answers. */
export function checkQuorumLater(raft: Raft, ctx: RaftContext): void {
  raft.heard = [ctx.self];
  ctx.setTimer("quorum", 2 * raft.config.electionMaxMs);
}

/** A follower has not heard a leader for a while; or a leader counts who has answered it (thesis §6.2). */
export function onQuorumTimeout(raft: Raft, ctx: RaftContext): void {
  raft.hearsLeader = false;
  if (raft.role !== "leader") return;
  if (isQuorum(raft.heard, raft.members)) return checkQuorumLater(raft, ctx);
  stepDown(raft, ctx, raft.term);
}
