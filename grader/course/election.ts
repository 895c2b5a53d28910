import { agreement } from "#lib/check";
import type { ExploreOptions } from "#lib/explore";
import { app, type Context, type Node, type NodeId } from "#lib/sim";

/*
 * The election of a leader by votes, small and right, and what people get wrong in it: for the explorer's tests.
 */

type Message =
  | { readonly type: "RequestVote"; readonly term: number }
  | { readonly type: "Vote"; readonly term: number }
  /** To the application. */
  | { readonly type: "Leader"; readonly term: number };

type Ctx = Context<Message, "election">;

/** One mistake; none is right. */
export type Slip =
  | "the vote is not saved"
  | "the vote is sent before the sync"
  | "the own vote is not saved"
  | "a vote counts twice"
  | "a vote of an old term counts"
  | "a second vote in the term"
  | "half is a majority"
  | "none";

class Voter implements Node<Message, "election"> {
  readonly others: readonly NodeId[];
  readonly slip: Slip;
  term = 0;
  votedFor: NodeId | null = null;
  isCandidate = false;
  /** Who votes for this node, in order. */
  votes: NodeId[] = [];

  constructor(others: readonly NodeId[], slip: Slip) {
    this.others = others;
    this.slip = slip;
  }

  onStart(ctx: Ctx): void {
    this.term = ctx.disk.get<number>("term") ?? 0;
    this.votedFor = ctx.disk.get<NodeId>("votedFor") ?? null;
    ctx.setTimer("election", ctx.random.between(150, 300));
  }

  onTimer(ctx: Ctx): void {
    this.term++;
    this.votedFor = ctx.self;
    this.isCandidate = true;
    this.votes = [ctx.self];
    if (this.slip !== "the own vote is not saved") this.#save(ctx);
    for (const to of this.others) ctx.send(to, { type: "RequestVote", term: this.term });
    ctx.setTimer("election", ctx.random.between(150, 300));
  }

  onMessage(ctx: Ctx, from: NodeId, message: Message): void {
    if (message.type === "RequestVote") this.#answer(ctx, from, message.term);
    if (message.type === "Vote") this.#count(ctx, from, message.term);
  }

  #answer(ctx: Ctx, from: NodeId, term: number): void {
    if (term < this.term) return;
    if (term > this.term) {
      this.term = term;
      this.votedFor = null;
      this.isCandidate = false;
    }
    if (this.votedFor !== null && this.votedFor !== from && this.slip !== "a second vote in the term") return;
    this.votedFor = from;
    if (this.slip === "the vote is sent before the sync") ctx.send(from, { type: "Vote", term });
    if (this.slip !== "the vote is not saved") this.#save(ctx);
    if (this.slip !== "the vote is sent before the sync") ctx.send(from, { type: "Vote", term });
  }

  #count(ctx: Ctx, from: NodeId, term: number): void {
    if (!this.isCandidate || (term !== this.term && this.slip !== "a vote of an old term counts")) return;
    if (this.votes.includes(from) && this.slip !== "a vote counts twice") return;
    this.votes = [...this.votes, from].sort();
    const nodeCount = this.others.length + 1;
    const enough = this.slip === "half is a majority" ? nodeCount / 2 : Math.floor(nodeCount / 2) + 1;
    if (this.votes.length < enough) return;
    this.isCandidate = false;
    ctx.send(app, { type: "Leader", term: this.term });
  }

  #save(ctx: Ctx): void {
    ctx.disk.set({ term: this.term, votedFor: this.votedFor });
    ctx.disk.sync();
  }
}

const oneLeader = agreement<Message>("a term has at most one leader", (deed) =>
  deed.deed === "tell" && deed.message.type === "Leader"
    ? {
        key: `the leader of term ${deed.message.term}`,
        value: deed.node,
        text: `${deed.node} leads term ${deed.message.term}`,
      }
    : undefined,
);

/** Nodes `n1` …, with so many elections in all. */
export function election(nodeCount: number, slip: Slip = "none", elections = 2, crashes = 1): ExploreOptions {
  const ids = Array.from({ length: nodeCount }, (_, i) => `n${i + 1}`);
  const nodes = ids.map((id) => [
    id,
    () =>
      new Voter(
        ids.filter((other) => other !== id),
        slip,
      ),
  ]);
  return {
    nodes: Object.fromEntries(nodes),
    budgets: [{ crashes }, { timers: elections, kind: "election" }],
    claims: [oneLeader],
  };
}
