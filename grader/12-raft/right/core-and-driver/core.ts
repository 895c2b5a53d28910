import type { NodeId } from "#lib/sim";
import type {
  PreVote,
  PreVoteReply,
  RaftConfig,
  RequestVote,
  RequestVoteReply,
  Rpc,
} from "#protocol/12-raft";
import { isQuorum, isUpToDate } from "./majority.ts";
import type { RaftLog } from "./raft-log.ts";
import type { HardState, Outgoing, TimerOrder } from "./ready.ts";

/** Who a server is in its term: terms, votes and time-outs. It does nothing itself; it notes what is to be done. */
export abstract class Core {
  readonly self: NodeId;
  protected readonly config: RaftConfig;
  readonly log: RaftLog;
  protected term: number;
  protected vote: NodeId | null;
  protected role: "follower" | "asking" | "candidate" | "leader" = "follower";
  /** Who leads this term, as far as this server has heard. */
  #lead: NodeId | null = null;
  #heardMs = 0;
  protected nowMs = 0;
  protected members: readonly NodeId[];
  #answers = new Map<NodeId, boolean>();
  protected messages: Outgoing[] = [];
  protected timers: TimerOrder[] = [];
  protected leads: number | undefined;

  constructor(self: NodeId, config: RaftConfig, log: RaftLog, { term, vote }: HardState) {
    this.self = self;
    this.config = config;
    this.log = log;
    this.term = term;
    this.vote = vote;
    this.members = log.members();
    this.order("election", "draw");
  }

  /** It has won: what it does first in its term. */
  protected abstract beginTerm(): void;
  protected abstract endTerm(): void;
  protected abstract stepLog(from: NodeId, message: Rpc): void;

  protected order(...order: TimerOrder): void {
    this.timers.push(order);
  }

  protected say(to: NodeId, message: Outgoing["message"]): void {
    this.messages.push({ to, message });
  }

  protected get others(): NodeId[] {
    return this.members.filter((id) => id !== this.self);
  }

  step(nowMs: number, from: NodeId, message: Rpc): void {
    this.nowMs = nowMs;
    if (message.type === "RequestVote" && this.#isLeased()) return;
    // A term that somebody asks about, or would vote in, is nobody's yet.
    const isReal = message.type !== "PreVote" && !(message.type === "PreVoteReply" && message.voteGranted);
    if (isReal && message.term > this.term) this.follow(message.term);
    switch (message.type) {
      case "RequestVote":
        return this.#onRequestVote(from, message);
      case "PreVote":
        return this.#onPreVote(from, message);
      case "RequestVoteReply":
        return this.#onVote(from, message);
      case "PreVoteReply":
        return this.#onPreVoteReply(from, message);
      default:
        this.stepLog(from, message);
    }
  }

  protected follow(term: number, lead: NodeId | null = null): void {
    if (term > this.term) {
      this.term = term;
      this.vote = null;
    }
    const led = this.role === "leader";
    this.role = "follower";
    this.#lead = lead;
    this.#answers.clear();
    if (led) {
      this.endTerm();
      this.order("election", "draw");
    }
  }

  protected hearLeader(from: NodeId, term: number): void {
    this.follow(term, from);
    this.#heardMs = this.nowMs;
    this.order("election", "draw");
  }

  /** Nobody was heard for an election time-out. */
  hup(nowMs: number): void {
    this.nowMs = nowMs;
    if (this.role === "leader") return;
    this.order("election", "draw");
    if (this.members.length === 0) return;
    if (!this.config.preVote || this.others.length === 0) return this.#campaign();
    this.follow(this.term);
    this.role = "asking";
    this.#answers.set(this.self, true);
    for (const id of this.others) this.say(id, { type: "PreVote", term: this.term + 1, ...this.log.end });
  }

  #campaign(): void {
    this.follow(this.term + 1);
    this.role = "candidate";
    this.vote = this.self;
    for (const id of this.others) this.say(id, { type: "RequestVote", term: this.term, ...this.log.end });
    this.#count(this.self, true);
  }

  #won(): boolean {
    const yes = [...this.#answers.keys()].filter((id) => this.#answers.get(id));
    return isQuorum(yes, this.members);
  }

  #lost(): boolean {
    const no = [...this.#answers.keys()].filter((id) => !this.#answers.get(id));
    return isQuorum(no, this.members);
  }

  #count(from: NodeId, isYes: boolean): void {
    // The first answer is the answer.
    if (!this.#answers.has(from)) this.#answers.set(from, isYes);
    if (this.#won()) {
      this.role = "leader";
      this.leads = this.term;
      this.order("election", "stop");
      this.beginTerm();
    } else if (this.#lost()) {
      this.follow(this.term);
    }
  }

  #onVote(from: NodeId, { term, voteGranted }: RequestVoteReply): void {
    if (this.role === "candidate" && term === this.term) this.#count(from, voteGranted);
  }

  #onPreVoteReply(from: NodeId, { term, voteGranted }: PreVoteReply): void {
    if (this.role !== "asking" || !voteGranted || term !== this.term + 1) return;
    this.#answers.set(from, true);
    if (this.#won()) this.#campaign();
  }

  /** Whether there is a leader that deserves to be let alone. */
  #isLeased(): boolean {
    if (!this.config.preVote) return false;
    if (this.role === "leader") return true;
    return this.#lead !== null && this.nowMs - this.#heardMs < this.config.electionMinMs;
  }

  #onRequestVote(from: NodeId, message: RequestVote): void {
    const isFree = this.vote === null || this.vote === from;
    const voteGranted = message.term === this.term && isFree && isUpToDate(message, this.log.end);
    if (voteGranted) {
      this.vote = from;
      this.order("election", "draw");
    }
    this.say(from, { type: "RequestVoteReply", term: this.term, voteGranted });
  }

  #onPreVote(from: NodeId, message: PreVote): void {
    const voteGranted = message.term > this.term && !this.#isLeased() && isUpToDate(message, this.log.end);
    const term = voteGranted ? message.term : this.term;
    this.say(from, { type: "PreVoteReply", term, voteGranted });
  }
}
