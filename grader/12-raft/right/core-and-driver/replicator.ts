import { app, type NodeId } from "#lib/sim";
import type {
  AddServer,
  AppendEntries,
  AppendEntriesReply,
  Entry,
  InstallSnapshot,
  InstallSnapshotReply,
  Propose,
  RemoveServer,
  Rpc,
  Snapshot,
} from "#protocol/12-raft";
import { Core } from "./core.ts";
import { isQuorum, majorityIndex } from "./majority.ts";
import { Progress } from "./progress.ts";
import type { HardState, Ready } from "./ready.ts";

/** What a leader and its followers do with the log. */
export class Replicator extends Core {
  #tracker = new Map<NodeId, Progress>();
  /** No change before everything up to here is committed. */
  #settledAt = 0;
  #unsafeSnapshot: Snapshot | undefined;
  #saved: HardState = { term: this.term, vote: this.vote };

  // What is to be done.

  ready(): Ready | undefined {
    const { term, vote, log } = this;
    const isSaved = term === this.#saved.term && vote === this.#saved.vote;
    const committed = log
      .between(log.applied + 1, log.committed)
      .map((entry, i) => ({ index: log.applied + 1 + i, entry }));
    const ready: Ready = {
      timers: this.timers,
      hardState: isSaved ? undefined : { term, vote },
      snapshot: this.#unsafeSnapshot,
      unstable: log.unstable(),
      leads: this.leads,
      messages: this.messages,
      sendsFirst: this.role === "leader" && isSaved,
      committed,
    };
    const { timers, hardState, snapshot, unstable, leads, messages } = ready;
    const isIdle = !hardState && !snapshot && !unstable && leads === undefined && committed.length === 0;
    if (isIdle && timers.length === 0 && messages.length === 0) return undefined;
    this.timers = [];
    this.messages = [];
    this.leads = undefined;
    return ready;
  }

  /** All of that is done. */
  advance({ hardState, unstable, committed }: Ready): void {
    if (hardState) this.#saved = hardState;
    this.#unsafeSnapshot = undefined;
    if (unstable) this.log.stableUpTo(unstable.from + unstable.entries.length - 1);
    this.log.applied += committed.length;
    if (this.role === "leader" && unstable) this.#commit();
  }

  // A leader.

  protected beginTerm(): void {
    this.#tracker.clear();
    this.#settledAt = this.log.last + 1;
    this.order("heartbeat", this.config.heartbeatMs);
    if (this.config.preVote) this.order("quorum", this.config.electionMaxMs);
    this.#track();
    // With an entry of its own it can tell what is committed, without a command that may never come.
    this.#append({ type: "NoOp", term: this.term });
  }

  protected endTerm(): void {
    this.order("heartbeat", "stop");
    this.order("quorum", "stop");
    this.#tracker.clear();
  }

  /** One progress for each other member. */
  #track(): void {
    for (const id of this.others) {
      if (!this.#tracker.has(id)) this.#tracker.set(id, new Progress(this.log.last + 1));
    }
    for (const id of [...this.#tracker.keys()]) if (!this.members.includes(id)) this.#tracker.delete(id);
  }

  propose(request: Propose | AddServer | RemoveServer): void {
    if (this.role !== "leader") return this.say(app, { type: "Refused", request, why: "not leader" });
    if (request.type === "Propose") {
      return this.#append({ type: "Command", term: this.term, command: request.command });
    }
    const { members: before } = this;
    const members = before.filter((id) => id !== request.server);
    if (request.type === "AddServer") members.push(request.server);
    const isChange = members.length > 0 && members.length !== before.length;
    if (!isChange || this.log.committed < this.#settledAt)
      return this.say(app, { type: "Refused", request, why: "not now" });
    this.#settledAt = this.log.last + 1;
    this.#append({ type: "Configuration", term: this.term, members });
  }

  #append(entry: Entry): void {
    if (entry.type === "Configuration") {
      this.members = entry.members;
      this.#track();
    }
    this.log.append(entry);
    this.#broadcast();
  }

  #broadcast(): void {
    for (const id of this.others) this.#send(id, true);
  }

  beat(): void {
    if (this.role !== "leader") return;
    this.order("heartbeat", this.config.heartbeatMs);
    for (const progress of this.#tracker.values()) progress.wake();
    this.#broadcast();
  }

  checkQuorum(): void {
    if (this.role !== "leader") return;
    const active = [...this.#tracker].filter(([, { isActive }]) => isActive).map(([id]) => id);
    for (const progress of this.#tracker.values()) progress.isActive = false;
    if (!isQuorum([this.self, ...active], this.members)) return this.follow(this.term);
    this.order("quorum", this.config.electionMaxMs);
  }

  /** Sends a member what comes next, if it is not paused. Whether anything was sent. */
  #send(to: NodeId, evenIfEmpty: boolean): boolean {
    const { log, term } = this;
    const progress = this.#tracker.get(to);
    if (!progress || progress.isPaused) return false;
    const prevLogIndex = progress.next - 1;
    const prevLogTerm = log.termOf(prevLogIndex);
    if (prevLogTerm === undefined) {
      const snapshot = log.snapshot as Snapshot;
      this.say(to, { type: "InstallSnapshot", term, snapshot });
      progress.sentSnapshot(snapshot.lastIncludedIndex);
      return true;
    }
    const entries = log.between(progress.next, Math.min(log.last, prevLogIndex + this.config.maxEntries));
    if (entries.length === 0 && !evenIfEmpty) return false;
    this.say(to, {
      type: "AppendEntries",
      term,
      prevLogIndex,
      prevLogTerm,
      entries,
      leaderCommit: log.committed,
    });
    progress.sentEntries(prevLogIndex + entries.length);
    return true;
  }

  #onAppendReply(from: NodeId, { success, matchIndex, hintIndex }: AppendEntriesReply): void {
    const progress = this.#tracker.get(from);
    if (!progress) return;
    progress.isActive = true;
    if (success) return this.#onMatch(from, progress, matchIndex);
    if (progress.lacks(hintIndex)) this.#send(from, true);
  }

  #onMatch(from: NodeId, progress: Progress, index: number): void {
    const wasAt = progress.match;
    const isNews = progress.has(index);
    if (!isNews && !(progress.state === "probe" && index === wasAt)) return;
    if (progress.state === "probe") progress.replicate();
    if (progress.state === "snapshot" && progress.match >= this.log.base) progress.replicate();
    this.#commit();
    while (this.role === "leader" && this.#send(from, false));
  }

  #commit(): void {
    const { log } = this;
    const reached = (id: NodeId) => (id === this.self ? log.stable : (this.#tracker.get(id)?.match ?? 0));
    const index = majorityIndex(this.members.map(reached));
    if (index <= log.committed || log.termOf(index) !== this.term) return;
    log.committed = index;
    // The others hear of it at once.
    this.#broadcast();
    if (!this.members.includes(this.self) && index >= this.#settledAt) this.follow(this.term);
  }

  // A follower.

  protected stepLog(from: NodeId, message: Rpc): void {
    if (message.type === "AppendEntries") return this.#onAppend(from, message);
    if (message.type === "InstallSnapshot") return this.#onInstall(from, message);
    if (this.role !== "leader" || message.term < this.term) return;
    if (message.type === "AppendEntriesReply") this.#onAppendReply(from, message);
    if (message.type === "InstallSnapshotReply") this.#onInstallReply(from, message);
  }

  #onInstallReply(from: NodeId, { matchIndex }: InstallSnapshotReply): void {
    const progress = this.#tracker.get(from);
    if (!progress) return;
    progress.isActive = true;
    this.#onMatch(from, progress, matchIndex);
  }

  #onAppend(from: NodeId, message: AppendEntries): void {
    const { term, prevLogIndex, prevLogTerm, entries, leaderCommit } = message;
    const answer = (success: boolean, matchIndex: number, hintIndex: number) =>
      this.say(from, { type: "AppendEntriesReply", term: this.term, success, matchIndex, hintIndex });
    if (term < this.term) return answer(false, 0, 0);
    this.hearLeader(from, term);
    const { log } = this;
    if (!log.fits(prevLogIndex, prevLogTerm))
      return answer(false, 0, log.whereItMayFit(prevLogIndex, prevLogTerm));
    if (log.take(prevLogIndex, entries)) this.members = log.members();
    const matchIndex = prevLogIndex + entries.length;
    log.committed = Math.max(log.committed, Math.min(leaderCommit, matchIndex));
    answer(true, matchIndex, 0);
  }

  #onInstall(from: NodeId, { term, snapshot }: InstallSnapshot): void {
    const isOld = term < this.term;
    if (!isOld) {
      this.hearLeader(from, term);
      if (snapshot.lastIncludedIndex > this.log.committed) {
        this.log.restore(snapshot);
        this.members = this.log.members();
        this.#unsafeSnapshot = snapshot;
      }
    }
    const matchIndex = isOld ? 0 : snapshot.lastIncludedIndex;
    this.say(from, { type: "InstallSnapshotReply", term: this.term, matchIndex });
  }
}
