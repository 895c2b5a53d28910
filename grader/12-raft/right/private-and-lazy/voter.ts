import { app, type Context, type NodeId } from "#lib/sim";
import type {
  PreVote,
  RaftConfig,
  RaftMessage,
  RaftTimer,
  RequestVote,
  RequestVoteReply,
} from "#protocol/12-raft";
import { isQuorum, isUpToDate } from "./election.ts";
import { endOf } from "./log.ts";
import { Ballot } from "./storage.ts";

/** What else runs out: the time until committed entries are applied, and a leader's patience with one member. */
export type Timer = RaftTimer | "apply" | `silent ${NodeId}`;
export type Ctx = Context<RaftMessage, Timer>;
type Members = readonly NodeId[];

/** Terms, votes and who leads. Whatever is sent goes through `tell`, and that makes safe first what has changed. */
export abstract class Voter {
  protected readonly config: RaftConfig;
  protected readonly ballot = new Ballot();
  protected isLogSafe = true;
  protected role: "follower" | "candidate" | "leader" = "follower";
  protected members: Members;
  #votes = new Set<NodeId>();
  /** Who would vote; undefined if there is no question open. */
  #promises: Set<NodeId> | undefined;
  #hearsLeader = false;

  constructor(config: RaftConfig) {
    this.config = config;
    this.members = config.members;
  }

  abstract startLeading(ctx: Ctx): void;
  abstract stopLeading(ctx: Ctx): void;
  abstract isNeeded(ctx: Ctx): boolean;

  protected tell(ctx: Ctx, to: NodeId, message: RaftMessage): void {
    this.makeSafe(ctx);
    ctx.send(to, message);
  }

  protected makeSafe(ctx: Ctx): void {
    if (this.ballot.isSafe && this.isLogSafe) return;
    this.ballot.write(ctx.disk);
    ctx.disk.sync();
    this.isLogSafe = true;
  }

  protected others({ self }: Ctx): Members {
    return this.members.filter((id) => id !== self);
  }

  protected waitForLeader(ctx: Ctx): void {
    const { electionMinMs, electionMaxMs } = this.config;
    ctx.setTimer("election", ctx.random.between(electionMinMs, electionMaxMs));
  }

  protected follow(ctx: Ctx, term: number): void {
    if (term > this.ballot.term) {
      this.ballot.enter(term);
      this.#promises = undefined;
    }
    const led = this.role === "leader";
    this.role = "follower";
    if (!led) return;
    this.stopLeading(ctx);
    this.waitForLeader(ctx);
  }

  protected hear(ctx: Ctx, term: number): void {
    this.follow(ctx, term);
    this.waitForLeader(ctx);
    this.#promises = undefined;
    if (!this.config.preVote) return;
    this.#hearsLeader = true;
    ctx.setTimer("quorum", this.config.electionMinMs);
  }

  protected onElection(ctx: Ctx): void {
    if (this.role === "leader") return;
    this.waitForLeader(ctx);
    if (!this.isNeeded(ctx)) return;
    const others = this.others(ctx);
    if (!this.config.preVote || others.length === 0) return this.#stand(ctx);
    this.#promises = new Set([ctx.self]);
    const question = { type: "PreVote", term: this.ballot.term + 1, ...endOf(ctx.disk) } as const;
    for (const id of others) this.tell(ctx, id, question);
  }

  #stand(ctx: Ctx): void {
    this.follow(ctx, this.ballot.term + 1);
    this.role = "candidate";
    this.ballot.give(ctx.self);
    this.#votes = new Set([ctx.self]);
    const request = { type: "RequestVote", term: this.ballot.term, ...endOf(ctx.disk) } as const;
    for (const id of this.others(ctx)) this.tell(ctx, id, request);
    this.#countVotes(ctx);
  }

  #countVotes(ctx: Ctx): void {
    if (!isQuorum([...this.#votes], this.members)) return;
    this.role = "leader";
    this.#promises = undefined;
    ctx.cancelTimer("election");
    this.tell(ctx, app, { type: "BecameLeader", term: this.ballot.term });
    this.startLeading(ctx);
  }

  #needsNoOther(): boolean {
    return this.config.preVote && (this.role === "leader" || this.#hearsLeader);
  }

  protected onRequestVote(ctx: Ctx, from: NodeId, message: RequestVote): void {
    if (this.#needsNoOther()) return;
    if (message.term > this.ballot.term) this.follow(ctx, message.term);
    const isFree = this.ballot.isFreeFor(from);
    const voteGranted = message.term === this.ballot.term && isFree && isUpToDate(message, endOf(ctx.disk));
    if (voteGranted) {
      this.ballot.give(from);
      this.waitForLeader(ctx);
    }
    this.tell(ctx, from, { type: "RequestVoteReply", term: this.ballot.term, voteGranted });
  }

  protected onPreVote(ctx: Ctx, from: NodeId, message: PreVote): void {
    const isLater = message.term > this.ballot.term;
    const voteGranted = isLater && isUpToDate(message, endOf(ctx.disk)) && !this.#needsNoOther();
    const { term } = voteGranted ? message : { term: this.ballot.term };
    this.tell(ctx, from, { type: "PreVoteReply", term, voteGranted });
  }

  protected onPromise(ctx: Ctx, from: NodeId, term: number): void {
    if (!this.#promises || term !== this.ballot.term + 1) return;
    this.#promises.add(from);
    if (isQuorum([...this.#promises], this.members)) this.#stand(ctx);
  }

  protected onVote(ctx: Ctx, from: NodeId, { voteGranted }: RequestVoteReply): void {
    if (this.role !== "candidate" || !voteGranted) return;
    this.#votes.add(from);
    this.#countVotes(ctx);
  }

  protected forgetLeader(): void {
    this.#hearsLeader = false;
  }
}
