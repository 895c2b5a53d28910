/** What is given in chapter 12: the words that servers exchange, what their disks hold, and the contract of your work. */
import type { Context, Json, Node, NodeId } from "#lib/sim";

/** An entry of the log. Every kind carries the term in which a leader received it. */
export type Entry = CommandEntry | ConfigurationEntry | NoOpEntry;

/** Something for the state machine. Raft does not look into it. */
export interface CommandEntry {
  readonly type: "Command";
  readonly term: number;
  readonly command: Json;
}

/** From here on in the log, these servers are the cluster (12.5). */
export interface ConfigurationEntry {
  readonly type: "Configuration";
  readonly term: number;
  readonly members: readonly NodeId[];
}

/** Nothing. A leader may append one at the start of its term, if its design wants it. */
export interface NoOpEntry {
  readonly type: "NoOp";
  readonly term: number;
}

/** Candidate → server (§5.2). The paper's `candidateId` is who sent it. */
export interface RequestVote {
  readonly type: "RequestVote";
  readonly term: number;
  /** The index of the candidate's last entry, 0 if it has none, and the term of that entry, 0 likewise. */
  readonly lastLogIndex: number;
  readonly lastLogTerm: number;
}

export interface RequestVoteReply {
  readonly type: "RequestVoteReply";
  /** The voter's term, for the candidate to update itself. */
  readonly term: number;
  readonly voteGranted: boolean;
}

/** Leader → server (§5.3). Without entries it is a heartbeat. The paper's `leaderId` is who sent it. */
export interface AppendEntries {
  readonly type: "AppendEntries";
  readonly term: number;
  /** The index of the entry before the new ones, and its term; 0 and 0 before the first entry. */
  readonly prevLogIndex: number;
  readonly prevLogTerm: number;
  readonly entries: readonly Entry[];
  /** The leader's commit index. */
  readonly leaderCommit: number;
}

/** The paper pairs a reply with its call. A message stands alone, so this one says what it is about. */
export interface AppendEntriesReply {
  readonly type: "AppendEntriesReply";
  readonly term: number;
  /** False if the term was old, or if the log has no entry at `prevLogIndex` with the term `prevLogTerm`. */
  readonly success: boolean;
  /** Success: prevLogIndex + the number of entries. So far this log is now equal to the leader's. Otherwise 0. */
  readonly matchIndex: number;
  /**
   * No success though the term was right: which `prevLogIndex` the leader should try next. It is less than the one that was refused;
   * one less is always right. Otherwise 0.
   */
  readonly hintIndex: number;
}

/** A state machine with everything up to an index applied, and what Raft must know of the entries that it replaces. */
export interface Snapshot {
  readonly lastIncludedIndex: number;
  readonly lastIncludedTerm: number;
  /**
   * The latest configuration up to that index: that of the last Configuration entry, or else the members with which the server that
   * took the snapshot was started. It may have been started with none. Then this is empty and says nothing: whoever has the snapshot
   * goes by the members with which it was started itself.
   */
  readonly members: readonly NodeId[];
  /** The application's own. Raft does not look into it. */
  readonly data: Json;
}

/** Leader → a server that lacks entries which the leader no longer has (§7). It is sent whole, in one message. */
export interface InstallSnapshot {
  readonly type: "InstallSnapshot";
  readonly term: number;
  readonly snapshot: Snapshot;
}

export interface InstallSnapshotReply {
  readonly type: "InstallSnapshotReply";
  readonly term: number;
  /** The snapshot's lastIncludedIndex: up to there this server has everything. 0 if the term was old. */
  readonly matchIndex: number;
}

/** Would you vote for me (12.7; thesis §9.6)? Nobody's term changes by the question, or by the answer. */
export interface PreVote {
  readonly type: "PreVote";
  /** The term in which the sender would stand: its own + 1. */
  readonly term: number;
  readonly lastLogIndex: number;
  readonly lastLogTerm: number;
}

export interface PreVoteReply {
  readonly type: "PreVoteReply";
  /** Granted: the term that was asked about. Otherwise the term of the server that answers. */
  readonly term: number;
  readonly voteGranted: boolean;
}

/** Application → its server: append this command. */
export interface Propose {
  readonly type: "Propose";
  readonly command: Json;
}

/** Application → its server: this is my state with everything applied up to an index. You may forget the log up to there. */
export interface Compact {
  readonly type: "Compact";
  readonly lastIncludedIndex: number;
  readonly data: Json;
}

/**
 * Application → its server: make this server, which is none, a member; or let this member be one no longer (thesis §4.1). Who was a
 * member before comes back with its disk: a machine with an empty one gets a new name.
 */
export interface AddServer {
  readonly type: "AddServer";
  readonly server: NodeId;
}

export interface RemoveServer {
  readonly type: "RemoveServer";
  readonly server: NodeId;
}

/** Server → its application: nothing was appended for this request. `not now` is for AddServer and RemoveServer alone. */
export interface Refused {
  readonly type: "Refused";
  readonly request: Propose | AddServer | RemoveServer;
  readonly why: "not leader" | "not now";
}

/** Server → its application: from here on I lead this term. It is told before anything is sent as leader. */
export interface BecameLeader {
  readonly type: "BecameLeader";
  readonly term: number;
}

/** Server → its application: this command is committed. Apply it. */
export interface Apply {
  readonly type: "Apply";
  readonly index: number;
  readonly command: Json;
}

/** Server → its application: this configuration is committed. */
export interface ApplyConfiguration {
  readonly type: "ApplyConfiguration";
  readonly index: number;
  readonly members: readonly NodeId[];
}

/** Server → its application: your state is this one, with everything applied up to the index. */
export interface Restore {
  readonly type: "Restore";
  readonly lastIncludedIndex: number;
  readonly data: Json;
}

export type Rpc =
  | RequestVote
  | RequestVoteReply
  | AppendEntries
  | AppendEntriesReply
  | InstallSnapshot
  | InstallSnapshotReply
  | PreVote
  | PreVoteReply;
/** What an application asks of its server. */
export type Request = Propose | Compact | AddServer | RemoveServer;
/** What a server tells its application. */
export type Report = Refused | BecameLeader | Apply | ApplyConfiguration | Restore;
export type RaftMessage = Rpc | Request | Report;

/** `election`: no leader was heard for too long. `heartbeat`: a leader speaks again. `quorum` is for 12.7. Use others if you like. */
export type RaftTimer = "election" | "heartbeat" | "quorum";
export type RaftContext = Context<RaftMessage, RaftTimer>;

export interface RaftConfig {
  /** The cluster before any change of it. Empty: a server that waits to be added. */
  readonly members: readonly NodeId[];
  /** An election time-out is drawn anew each time, from electionMinMs to electionMaxMs, both included (§5.2). */
  readonly electionMinMs: number;
  readonly electionMaxMs: number;
  /** A leader sends AppendEntries to every other member at least this often. */
  readonly heartbeatMs: number;
  /** No AppendEntries has more entries than this (12.6). */
  readonly maxEntries: number;
  /** Whether PreVote and the check of the quorum are used (12.7). */
  readonly preVote: boolean;
}

/** The last entry of a log, in two numbers. */
export interface LastEntry {
  readonly lastLogIndex: number;
  readonly lastLogTerm: number;
}

/**
 * What your files export, as the grader uses it.
 *
 * The log is on `ctx.disk.log`, with the paper's indexes: entry 1 is entry 1 there, and what a snapshot has replaced is dropped from the
 * head. What else is on the disk, and under which names, is your own affair.
 */
export interface Exercise {
  isQuorum(votes: readonly NodeId[], members: readonly NodeId[]): boolean;
  isUpToDate(candidate: LastEntry, voter: LastEntry): boolean;
  majorityIndex(matchIndexes: readonly number[]): number;
  latestMembers(before: readonly NodeId[], entries: readonly Entry[]): readonly NodeId[];
  Raft: new (config: RaftConfig) => Node<RaftMessage, RaftTimer>;
}
