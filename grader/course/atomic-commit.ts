import { agreement, type Claim, type Deed, precedence } from "#lib/check";
import type { ExploreOptions } from "#lib/explore";
import { app, type Context, type Node, type NodeId } from "#lib/sim";

/*
 * Two-phase commit of one transaction, small and right, and what people get wrong in it: for the explorer's tests and its bench.
 */

type Outcome = "commit" | "abort";

type Message =
  | { readonly type: "Prepare" }
  | { readonly type: "Vote"; readonly yes: boolean }
  | { readonly type: "Decision"; readonly outcome: Outcome }
  | { readonly type: "Inquiry" }
  /** From the application of a participant: this transaction cannot commit here. */
  | { readonly type: "Refuse" }
  /** To the application. */
  | { readonly type: "Outcome"; readonly outcome: Outcome };

type Timer = "late" | "inquire";
type Ctx = Context<Message, Timer>;

/** One mistake; none is right. */
export type Slip =
  | "a yes is counted twice"
  | "the announcement comes before the log"
  | "the decision is not synced"
  | "a missing vote counts as yes"
  | "the coordinator forgets a commit"
  | "the vote is not saved"
  | "the vote is sent before the sync"
  | "a participant aborts alone after yes"
  | "a participant commits alone after yes"
  | "a no is not saved"
  | "none";

class Coordinator implements Node<Message, Timer> {
  readonly participants: readonly NodeId[];
  readonly slip: Slip;
  decision: Outcome | null = null;
  /** Who has voted yes, in order. */
  votes: NodeId[] = [];

  constructor(participants: readonly NodeId[], slip: Slip) {
    this.participants = participants;
    this.slip = slip;
  }

  onStart(ctx: Ctx): void {
    const known = ctx.disk.get<Outcome>("decision");
    if (known !== undefined) {
      this.#announce(ctx, known);
      return;
    }
    if (this.slip === "the coordinator forgets a commit" && ctx.disk.get("began")) {
      this.#decide(ctx, "abort");
      return;
    }
    if (this.slip === "the coordinator forgets a commit") {
      ctx.disk.set("began", true);
      ctx.disk.sync();
    }
    for (const to of this.participants) ctx.send(to, { type: "Prepare" });
    ctx.setTimer("late", 100);
  }

  onMessage(ctx: Ctx, from: NodeId, message: Message): void {
    if (message.type === "Inquiry" && this.decision) {
      ctx.send(from, { type: "Decision", outcome: this.decision });
    }
    if (message.type !== "Vote" || this.decision) return;
    if (!message.yes) {
      this.#decide(ctx, "abort");
      return;
    }
    if (this.slip !== "a yes is counted twice" && this.votes.includes(from)) return;
    // Kept in one order, whatever the order of arrival: two equal sets of votes are one state.
    this.votes = [...this.votes, from].sort();
    if (this.votes.length === this.participants.length) this.#decide(ctx, "commit");
  }

  onTimer(ctx: Ctx): void {
    if (this.decision) return;
    this.#decide(ctx, this.slip === "a missing vote counts as yes" ? "commit" : "abort");
  }

  #decide(ctx: Ctx, outcome: Outcome): void {
    if (this.slip === "the announcement comes before the log") this.#announce(ctx, outcome);
    if (this.slip !== "the coordinator forgets a commit") ctx.disk.set("decision", outcome);
    if (this.slip !== "the decision is not synced") ctx.disk.sync();
    if (this.slip !== "the announcement comes before the log") this.#announce(ctx, outcome);
  }

  #announce(ctx: Ctx, outcome: Outcome): void {
    this.decision = outcome;
    ctx.cancelTimer("late");
    for (const to of this.participants) ctx.send(to, { type: "Decision", outcome });
    ctx.send(app, { type: "Outcome", outcome });
  }
}

class Participant implements Node<Message, Timer> {
  readonly slip: Slip;
  state: "working" | "refused" | "prepared" | Outcome = "working";

  constructor(slip: Slip) {
    this.slip = slip;
  }

  onStart(ctx: Ctx): void {
    this.state = ctx.disk.get<Participant["state"]>("state") ?? "working";
    if (this.state === "prepared") ctx.setTimer("inquire", 100);
  }

  onMessage(ctx: Ctx, from: NodeId, message: Message): void {
    if (message.type === "Refuse" && this.state === "working") this.state = "refused";
    if (message.type === "Prepare") this.#vote(ctx, from);
    if (message.type === "Decision") this.#learn(ctx, message.outcome);
  }

  onTimer(ctx: Ctx): void {
    if (this.state !== "prepared") return;
    if (this.slip === "a participant aborts alone after yes") this.#learn(ctx, "abort");
    else if (this.slip === "a participant commits alone after yes") this.#learn(ctx, "commit");
    else {
      ctx.send("c", { type: "Inquiry" });
      ctx.setTimer("inquire", 100);
    }
  }

  #vote(ctx: Ctx, to: NodeId): void {
    if (this.state === "working") this.#prepare(ctx, to);
    else if (this.state === "refused") this.#refuse(ctx, to);
    else if (this.state === "prepared") ctx.send(to, { type: "Vote", yes: true });
    else if (this.state === "abort") ctx.send(to, { type: "Vote", yes: false });
  }

  #prepare(ctx: Ctx, to: NodeId): void {
    this.state = "prepared";
    if (this.slip === "the vote is sent before the sync") ctx.send(to, { type: "Vote", yes: true });
    if (this.slip !== "the vote is not saved") {
      ctx.disk.set("state", "prepared");
      ctx.disk.sync();
    }
    if (this.slip !== "the vote is sent before the sync") ctx.send(to, { type: "Vote", yes: true });
    ctx.setTimer("inquire", 100);
  }

  #refuse(ctx: Ctx, to: NodeId): void {
    if (this.slip === "a no is not saved") ctx.send(app, { type: "Outcome", outcome: "abort" });
    else this.#learn(ctx, "abort");
    ctx.send(to, { type: "Vote", yes: false });
  }

  #learn(ctx: Ctx, outcome: Outcome): void {
    if (this.state === "commit" || this.state === "abort") return;
    this.state = outcome;
    ctx.disk.set("state", outcome);
    ctx.disk.sync();
    ctx.cancelTimer("inquire");
    ctx.send(app, { type: "Outcome", outcome });
  }
}

const oneOutcome = agreement<Message>("all are told the same outcome", (deed) =>
  deed.deed === "tell" && deed.message.type === "Outcome"
    ? { key: "outcome", value: deed.message.outcome, text: `${deed.node} was told ${deed.message.outcome}` }
    : undefined,
);

const votes = (participants: readonly NodeId[]) =>
  precedence<Message>("a commit is announced when all have voted yes", (deed) => {
    if (deed.deed !== "send") return undefined;
    const { node, to, message } = deed;
    if (message.type === "Vote" && message.yes) {
      return { key: `${node} voted yes`, text: `${node} voted yes` };
    }
    if (message.type !== "Decision" || message.outcome !== "commit") return undefined;
    return {
      key: "commit",
      text: `${node} said commit to ${to}`,
      after: participants.map((id) => `${id} voted yes`),
    };
  });

const log = precedence<Message>("what is said is safe on the disk before", (deed) => {
  if (deed.deed === "save") {
    const key = `${deed.value} is safe on ${deed.node}`;
    return { key, text: key };
  }
  if (deed.deed !== "send") return undefined;
  const said = saidBy(deed);
  if (said === undefined) return undefined;
  const text = `${deed.node} said ${said}`;
  return { key: text, text, after: [`${said} is safe on ${deed.node}`] };
});

function saidBy({ message }: Extract<Deed<Message>, { deed: "send" }>): string | undefined {
  if (message.type === "Vote" && message.yes) return "prepared";
  return message.type === "Decision" ? message.outcome : undefined;
}

/** The claims: about outcomes alone, or about each step towards them. */
export function commitClaims(participants: readonly NodeId[], which: "outcome" | "steps"): Claim[] {
  return which === "outcome" ? [oneOutcome] : [oneOutcome, votes(participants), log];
}

/** A coordinator `c` and participants `p1` …, each of which may be asked to refuse; any one node may crash. */
export function atomicCommit(participantCount: number, slip: Slip = "none", crashes = 1): ExploreOptions {
  const participants = Array.from({ length: participantCount }, (_, i) => `p${i + 1}`);
  return {
    nodes: {
      c: () => new Coordinator(participants, slip),
      ...Object.fromEntries(participants.map((id) => [id, () => new Participant(slip)])),
    },
    asks: Object.fromEntries(participants.map((id) => [id, [{ type: "Refuse" }]])),
    budgets: crashes > 0 ? [{ crashes }] : [],
    claims: commitClaims(participants, "outcome"),
  };
}
