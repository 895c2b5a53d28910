import type { Node, NodeId } from "#lib/sim";
import type { RaftConfig, RaftContext, RaftMessage, RaftTimer } from "#protocol/12-raft";
import { onElectionTimeout, onRequestVote, onRequestVoteReply, resetElectionTimer } from "./election.ts";
import { onChange } from "./membership.ts";
import { onPreVote, onPreVoteReply, onQuorumTimeout } from "./pre-vote.ts";
import { onAppendEntries, onAppendEntriesReply, onHeartbeatTimeout, onPropose } from "./replication.ts";
import { onCompact, onInstallSnapshot, onInstallSnapshotReply } from "./snapshots.ts";
import { recover } from "./storage.ts";

export type Role = "follower" | "candidate" | "leader";

/**
 * One server of a Raft cluster (Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", extended version, 2014). The
 * fields are the box "State" of Figure 2; the log is on the disk. What a server does stands beside this class, a file for each part.
 */
export class Raft implements Node<RaftMessage, RaftTimer> {
  readonly config: RaftConfig;

  // What the disk keeps too (12.3).
  term = 0;
  votedFor: NodeId | null = null;

  // What every server has.
  role: Role = "follower";
  commitIndex = 0;
  lastApplied = 0;
  /** The latest configuration in the log, committed or not. */
  members: readonly NodeId[];

  // What a candidate has: who votes for it; before that, who would (12.7).
  votes: NodeId[] = [];
  preVotes: NodeId[] = [];

  // What a leader has, for each other member.
  nextIndex: Record<NodeId, number> = {};
  matchIndex: Record<NodeId, number> = {};
  /** Who has answered since the quorum was last checked (12.7). */
  heard: NodeId[] = [];

  /** Whether a leader was heard within the shortest election time-out (12.7). */
  hearsLeader = false;

  /** Whether a change of this server is on its way. */
  isChanging = false;

  constructor(config: RaftConfig) {
    this.config = config;
    this.members = config.members;
  }

  onStart(ctx: RaftContext): void {
    // The first entry is entry 1, as in the paper.
    if (ctx.disk.log.end === 0) ctx.disk.log.dropHead(1);
    if (ctx.disk.cells().length > 0) recover(this, ctx);
    resetElectionTimer(this, ctx);
  }

  onMessage(ctx: RaftContext, from: NodeId, message: RaftMessage): void {
    switch (message.type) {
      case "RequestVote":
        return onRequestVote(this, ctx, from, message);
      case "RequestVoteReply":
        return onRequestVoteReply(this, ctx, from, message);
      case "AppendEntries":
        return onAppendEntries(this, ctx, from, message);
      case "AppendEntriesReply":
        return onAppendEntriesReply(this, ctx, from, message);
      case "InstallSnapshot":
        return onInstallSnapshot(this, ctx, from, message);
      case "InstallSnapshotReply":
        return onInstallSnapshotReply(this, ctx, from, message);
      case "PreVote":
        return onPreVote(this, ctx, from, message);
      case "PreVoteReply":
        return onPreVoteReply(this, ctx, from, message);
      case "Propose":
        return onPropose(this, ctx, message);
      case "Compact":
        return onCompact(this, ctx, message);
      case "AddServer":
      case "RemoveServer":
        return onChange(this, ctx, message);
    }
  }

  onTimer(ctx: RaftContext, timer: RaftTimer): void {
    switch (timer) {
      case "election":
        return onElectionTimeout(this, ctx);
      case "heartbeat":
        return onHeartbeatTimeout(this, ctx);
      case "quorum":
        return onQuorumTimeout(this, ctx);
    }
  }
}
