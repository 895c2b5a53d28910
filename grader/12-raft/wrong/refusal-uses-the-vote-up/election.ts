import { app, type NodeId } from "#lib/sim";
import type { LastEntry, RaftContext, RequestVote, RequestVoteReply } from "#protocol/12-raft";
import { lastIndex, termAt } from "./log.ts";
import { askBeforeStanding, checkQuorumLater, followsALeader } from "./pre-vote.ts";
import type { Raft } from "./raft.ts";
import { sendToAll } from "./replication.ts";
import { save } from "./storage.ts";

/** Whether those who voted are a majority of the members. */
export function isQuorum(votes: readonly NodeId[], members: readonly NodeId[]): boolean {
  // Counted from the members' side: a vote of a stranger, or a second one of the same server, is not found twice.
  return 2 * members.filter((member) => votes.includes(member)).length > members.length;
}

/** Whether a candidate's log is at least as up to date as the voter's: the later last term wins, then the longer log (§5.4.1). */
export function isUpToDate(candidate: LastEntry, voter: LastEntry): boolean {
  if (candidate.lastLogTerm !== voter.lastLogTerm) return candidate.lastLogTerm > voter.lastLogTerm;
  return candidate.lastLogIndex >= voter.lastLogIndex;
}

export function lastEntry({ disk }: RaftContext): LastEntry {
  const lastLogIndex = lastIndex(disk);
  return { lastLogIndex, lastLogTerm: termAt(disk, lastLogIndex) as number };
}

/** A new time-out each time: servers that timed out together must not do so for ever (§5.2). */
export function resetElectionTimer({ config }: Raft, ctx: RaftContext): void {
  ctx.setTimer("election", ctx.random.between(config.electionMinMs, config.electionMaxMs));
}

/** Somebody is in a later term: whatever this server was, it is a follower now (§5.1). The caller saves. */
export function stepDown(raft: Raft, ctx: RaftContext, term: number): void {
  const led = raft.role === "leader";
  raft.role = "follower";
  if (term > raft.term) {
    raft.term = term;
    // Only with a new term: a vote in this term stays given.
    raft.votedFor = null;
  }
  if (!led) return;
  ctx.cancelTimer("heartbeat");
  ctx.cancelTimer("quorum");
  resetElectionTimer(raft, ctx);
}

export function onElectionTimeout(raft: Raft, ctx: RaftContext): void {
  if (raft.role === "leader") return;
  resetElectionTimer(raft, ctx);
  // Who knows of no members waits to be added. Who is to be removed stands: its log may be the only one that says so (thesis §4.2.2).
  if (raft.members.length === 0) return;
  if (raft.config.preVote) return askBeforeStanding(raft, ctx);
  stand(raft, ctx);
}

/** Begins an election (§5.2). */
export function stand(raft: Raft, ctx: RaftContext): void {
  raft.role = "candidate";
  raft.term++;
  raft.votedFor = ctx.self;
  raft.votes = [ctx.self];
  save(raft, ctx);
  if (isQuorum(raft.votes, raft.members)) return becomeLeader(raft, ctx);
  for (const member of raft.members) {
    if (member !== ctx.self) {
      ctx.send(member, { type: "RequestVote", term: raft.term, ...lastEntry(ctx) });
    }
  }
}

export function onRequestVote(raft: Raft, ctx: RaftContext, from: NodeId, message: RequestVote): void {
  if (raft.config.preVote && followsALeader(raft)) return;
  const { term: termBefore, votedFor: votedBefore } = raft;
  if (message.term > raft.term) stepDown(raft, ctx, message.term);
  if (message.term === raft.term) raft.votedFor ??= from;
  const isFree = raft.votedFor === null || raft.votedFor === from;
  const voteGranted = message.term === raft.term && isFree && isUpToDate(message, lastEntry(ctx));
  if (voteGranted) {
    raft.votedFor = from;
    resetElectionTimer(raft, ctx);
  }
  // A yes that is said again was made safe when it was said first.
  if (raft.term > termBefore || raft.votedFor !== votedBefore) save(raft, ctx);
  ctx.send(from, { type: "RequestVoteReply", term: raft.term, voteGranted });
}

export function onRequestVoteReply(
  raft: Raft,
  ctx: RaftContext,
  from: NodeId,
  message: RequestVoteReply,
): void {
  if (message.term > raft.term) {
    stepDown(raft, ctx, message.term);
    return save(raft, ctx);
  }
  // A vote is for one term: one that comes from an earlier election elects nobody now.
  if (raft.role !== "candidate" || message.term < raft.term || !message.voteGranted) return;
  if (!raft.votes.includes(from)) raft.votes.push(from);
  if (isQuorum(raft.votes, raft.members)) becomeLeader(raft, ctx);
}

function becomeLeader(raft: Raft, ctx: RaftContext): void {
  raft.role = "leader";
  raft.nextIndex = {};
  raft.matchIndex = {};
  ctx.cancelTimer("election");
  ctx.send(app, { type: "BecameLeader", term: raft.term });
  if (raft.config.preVote) checkQuorumLater(raft, ctx);
  sendToAll(raft, ctx);
}
