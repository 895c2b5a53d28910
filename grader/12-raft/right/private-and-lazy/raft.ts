import { app, type Node, type NodeId } from "#lib/sim";
import type {
  AddServer,
  AppendEntries,
  AppendEntriesReply,
  Compact,
  Entry,
  InstallSnapshot,
  InstallSnapshotReply,
  PreVoteReply,
  Propose,
  RaftMessage,
  RemoveServer,
  RequestVoteReply,
  Snapshot,
} from "#protocol/12-raft";

import { isQuorum } from "./election.ts";
import { keep, lastOf, membersUpTo, slice, snapshotIn, takeOver, termOf, trim } from "./log.ts";
import { Followers, majorityIndex } from "./replication.ts";
import { type Ctx, type Timer, Voter } from "./voter.ts";

/** What a leader and its followers do with the log. */
export class Raft extends Voter implements Node<RaftMessage, Timer> {
  #committed = 0;
  #applied = 0;
  #isApplySet = false;
  readonly #followers = new Followers();
  /** Whose silence is noticed in this term. */
  readonly #known = new Set<NodeId>();
  /** Who has answered within electionMaxMs. */
  readonly #lively = new Set<NodeId>();
  #isSendSet = false;

  onStart(ctx: Ctx): void {
    if (ctx.disk.log.end === 0) ctx.disk.log.dropHead(1);
    this.ballot.load(ctx.disk);
    const snapshot = snapshotIn(ctx.disk);
    if (snapshot) this.#restore(ctx, snapshot);
    this.#noteMembers(ctx);
    this.waitForLeader(ctx);
  }

  onMessage(ctx: Ctx, from: NodeId, message: RaftMessage): void {
    this.#handle(ctx, from, message);
    this.makeSafe(ctx);
  }

  onTimer(ctx: Ctx, timer: Timer): void {
    if (timer === "election") this.onElection(ctx);
    else if (timer === "heartbeat") this.#sendAll(ctx);
    else if (timer === "quorum") this.forgetLeader();
    else if (timer === "apply") this.#apply(ctx);
    else this.#onSilence(ctx, timer.slice("silent ".length));
    this.makeSafe(ctx);
  }

  #handle(ctx: Ctx, from: NodeId, message: RaftMessage): void {
    switch (message.type) {
      case "RequestVote":
        return this.onRequestVote(ctx, from, message);
      case "AppendEntries":
        return this.#onAppendEntries(ctx, from, message);
      case "InstallSnapshot":
        return this.#onInstallSnapshot(ctx, from, message);
      case "PreVote":
        return this.onPreVote(ctx, from, message);
      case "RequestVoteReply":
      case "AppendEntriesReply":
      case "InstallSnapshotReply":
      case "PreVoteReply":
        return this.#onReply(ctx, from, message);
      case "Propose":
        return this.#onPropose(ctx, message);
      case "Compact":
        return this.#onCompact(ctx, message);
      case "AddServer":
      case "RemoveServer":
        return this.#onChange(ctx, message);
    }
  }

  // The disk.

  startLeading(ctx: Ctx): void {
    this.#followers.forget();
    this.#known.clear();
    this.#lively.clear();
    for (const id of this.others(ctx)) this.#bearWith(ctx, id, true);
    this.#sendAll(ctx);
  }

  stopLeading(ctx: Ctx): void {
    ctx.cancelTimer("heartbeat");
    this.#isSendSet = false;
    for (const id of this.#lively) ctx.cancelTimer(`silent ${id}`);
  }

  #noteMembers(ctx: Ctx): void {
    this.members = membersUpTo(ctx.disk, this.config.members);
    if (this.role === "leader") for (const id of this.others(ctx)) this.#bearWith(ctx, id, false);
  }

  #onReply(
    ctx: Ctx,
    from: NodeId,
    message: RequestVoteReply | AppendEntriesReply | InstallSnapshotReply | PreVoteReply,
  ): void {
    if (message.type === "PreVoteReply" && message.voteGranted)
      return this.onPromise(ctx, from, message.term);
    if (message.term > this.ballot.term) return this.follow(ctx, message.term);
    if (message.term < this.ballot.term || message.type === "PreVoteReply") return;
    if (message.type === "RequestVoteReply") return this.onVote(ctx, from, message);
    if (this.role !== "leader") return;
    this.#bearWith(ctx, from, true);
    if (message.type === "InstallSnapshotReply" || message.success) {
      return this.#onMatch(ctx, from, message.matchIndex);
    }
    if (this.#followers.lacks(from, message.hintIndex)) this.#send(ctx, from);
  }

  /** This member counts as one that answers, for a while; with `isAnswer` false, only if it is new. */
  #bearWith(ctx: Ctx, id: NodeId, isAnswer: boolean): void {
    if (!this.config.preVote || (!isAnswer && this.#known.has(id))) return;
    this.#known.add(id);
    this.#lively.add(id);
    ctx.setTimer(`silent ${id}`, this.config.electionMaxMs);
  }

  #onSilence(ctx: Ctx, id: NodeId): void {
    this.#lively.delete(id);
    if (this.role !== "leader" || isQuorum([...this.#lively, ctx.self], this.members)) return;
    this.follow(ctx, this.ballot.term);
  }

  // The log of a leader.

  #onPropose(ctx: Ctx, request: Propose): void {
    if (this.role !== "leader") {
      return this.tell(ctx, app, { type: "Refused", request, why: "not leader" });
    }
    this.#append(ctx, { type: "Command", term: this.ballot.term, command: request.command });
  }

  #append(ctx: Ctx, entry: Entry): void {
    ctx.disk.log.append(entry);
    this.isLogSafe = false;
    if (entry.type === "Configuration") this.#noteMembers(ctx);
    // Several that come together go out together.
    if (!this.#isSendSet) ctx.setTimer("heartbeat", 2);
    this.#isSendSet = true;
    this.#commit(ctx);
  }

  #sendAll(ctx: Ctx): void {
    if (this.role !== "leader") return;
    this.#isSendSet = false;
    ctx.setTimer("heartbeat", this.config.heartbeatMs);
    for (const id of this.others(ctx)) this.#send(ctx, id);
  }

  #send(ctx: Ctx, to: NodeId): void {
    const last = lastOf(ctx.disk);
    const next = this.#followers.next(to, last);
    const prevLogIndex = next - 1;
    const prevLogTerm = termOf(ctx.disk, prevLogIndex);
    const term = this.ballot.term;
    if (prevLogTerm === undefined) {
      const snapshot = snapshotIn(ctx.disk) as Snapshot;
      return this.tell(ctx, to, { type: "InstallSnapshot", term, snapshot });
    }
    const entries = slice(ctx.disk, next, Math.min(last, prevLogIndex + this.config.maxEntries));
    const leaderCommit = this.#committed;
    this.tell(ctx, to, { type: "AppendEntries", term, prevLogIndex, prevLogTerm, entries, leaderCommit });
  }

  #onMatch(ctx: Ctx, id: NodeId, index: number): void {
    if (!this.#followers.hasUpTo(id, index)) return;
    this.#commit(ctx);
    if (this.role === "leader" && index < lastOf(ctx.disk)) this.#send(ctx, id);
  }

  #commit(ctx: Ctx): void {
    const last = lastOf(ctx.disk);
    const indexes = this.members.map((id) => (id === ctx.self ? last : this.#followers.match(id)));
    if (indexes.length === 0) return;
    const index = majorityIndex(indexes);
    if (index <= this.#committed || termOf(ctx.disk, index) !== this.ballot.term) return;
    this.#knowCommitted(ctx, index);
    if (!this.isNeeded(ctx)) this.follow(ctx, this.ballot.term);
  }

  /** Who is no member has nothing left to do once that is committed. */
  isNeeded(ctx: Ctx): boolean {
    return this.members.includes(ctx.self) || (this.members.length > 0 && this.#isChanging(ctx));
  }

  #isChanging(ctx: Ctx): boolean {
    const pending = slice(ctx.disk, this.#committed + 1, lastOf(ctx.disk));
    return pending.some((entry) => entry.type === "Configuration");
  }

  #onChange(ctx: Ctx, request: AddServer | RemoveServer): void {
    const isMine = termOf(ctx.disk, this.#committed) === this.ballot.term;
    const { type, server } = request;
    const rest = this.members.filter((id) => id !== server);
    const members = type === "AddServer" ? rest.concat(server) : rest;
    const isChange = members.length > 0 && members.length !== this.members.length;
    if (this.role !== "leader" || !isMine || !isChange || this.#isChanging(ctx)) {
      const why = this.role === "leader" ? "not now" : "not leader";
      return this.tell(ctx, app, { type: "Refused", request, why });
    }
    this.#append(ctx, { type: "Configuration", term: this.ballot.term, members });
  }

  // The log of a follower.

  #onAppendEntries(ctx: Ctx, from: NodeId, message: AppendEntries): void {
    const { term, prevLogIndex, prevLogTerm, entries, leaderCommit } = message;
    const answer = (success: boolean, matchIndex: number, hintIndex: number) =>
      this.tell(ctx, from, {
        type: "AppendEntriesReply",
        term: this.ballot.term,
        success,
        matchIndex,
        hintIndex,
      });
    if (term < this.ballot.term) return answer(false, 0, 0);
    this.hear(ctx, term);
    const { log } = ctx.disk;
    if (prevLogIndex >= log.first - 1 && termOf(ctx.disk, prevLogIndex) !== prevLogTerm) {
      return answer(false, 0, Math.min(lastOf(ctx.disk), prevLogIndex - 1));
    }
    if (takeOver(ctx.disk, prevLogIndex, entries)) {
      this.isLogSafe = false;
      this.#noteMembers(ctx);
    }
    const matchIndex = prevLogIndex + entries.length;
    answer(true, matchIndex, 0);
    const known = Math.min(leaderCommit, matchIndex);
    if (known > this.#committed) this.#knowCommitted(ctx, known);
  }

  #knowCommitted(ctx: Ctx, index: number): void {
    this.#committed = index;
    if (this.#isApplySet) return;
    this.#isApplySet = true;
    ctx.setTimer("apply", ctx.random.between(0, 5));
  }

  #apply(ctx: Ctx): void {
    this.#isApplySet = false;
    while (this.#applied < this.#committed) {
      const index = ++this.#applied;
      const entry = ctx.disk.log.get<Entry>(index);
      if (entry?.type === "Command") this.tell(ctx, app, { type: "Apply", index, command: entry.command });
      if (entry?.type === "Configuration") {
        this.tell(ctx, app, { type: "ApplyConfiguration", index, members: entry.members });
      }
    }
  }

  // Snapshots.

  #onCompact(ctx: Ctx, { lastIncludedIndex, data }: Compact): void {
    const { log } = ctx.disk;
    if (lastIncludedIndex < log.first || lastIncludedIndex > this.#applied) return;
    const lastIncludedTerm = termOf(ctx.disk, lastIncludedIndex) as number;
    const members = membersUpTo(ctx.disk, this.config.members, lastIncludedIndex);
    keep(ctx.disk, { lastIncludedIndex, lastIncludedTerm, members, data });
  }

  #restore(ctx: Ctx, snapshot: Snapshot): void {
    trim(ctx.disk, snapshot);
    const { lastIncludedIndex, data } = snapshot;
    this.#committed = this.#applied = lastIncludedIndex;
    this.tell(ctx, app, { type: "Restore", lastIncludedIndex, data });
  }

  #onInstallSnapshot(ctx: Ctx, from: NodeId, { term, snapshot }: InstallSnapshot): void {
    const isOld = term < this.ballot.term;
    if (!isOld) {
      this.hear(ctx, term);
      if (snapshot.lastIncludedIndex > this.#committed) {
        this.makeSafe(ctx);
        keep(ctx.disk, snapshot);
        this.#restore(ctx, snapshot);
        this.#noteMembers(ctx);
      }
    }
    const matchIndex = isOld ? 0 : snapshot.lastIncludedIndex;
    this.tell(ctx, from, { type: "InstallSnapshotReply", term: this.ballot.term, matchIndex });
  }
}
