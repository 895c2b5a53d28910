import { agreement, type Claim, type Deed, type Fact, type LateFact, precedence } from "#lib/check";
import type { NodeId } from "#lib/sim";
import type {
  CoordinatorMessage,
  Outcome,
  ParticipantMessage,
  Result,
  TransactionId,
  Vote,
} from "#protocol/10-two-phase-commit";

export type Message = CoordinatorMessage | ParticipantMessage;

const outcomeKey = (id: TransactionId) => `the outcome of ${id}`;
const yesText = (node: NodeId, id: TransactionId) => `${node} had voted yes for ${id}`;

/** Coordinator and participants tell their applications the same outcome, whenever and however often they tell it. */
export function oneOutcome(): Claim {
  return agreement<Message>(
    "a transaction has one outcome, for everybody and for ever (invariant 2)",
    (deed) => {
      if (deed.deed !== "tell") return undefined;
      const { node, message } = deed;
      if (message.type !== "Told" && message.type !== "Decided") return undefined;
      const { id, outcome } = message;
      const text = `${node} told its application that ${id} is ${article(outcome)}`;
      return { key: outcomeKey(id), value: outcome, text };
    },
  ) as Claim;
}

/** Nobody says commit before each participant has voted yes. */
export function allYes(): Claim {
  return precedence<Message>("a commit needs a yes of every participant (invariant 3)", (deed) => {
    if (deed.deed !== "send" && deed.deed !== "tell") return undefined;
    const { node, message } = deed;
    if (message.type === "Prepare") {
      const { id, participants } = message;
      return participants.map((other) => ({ key: `part in ${id}`, value: other, text: "" }));
    }
    if (message.type === "Vote" && message.yes) {
      const text = yesText(node, message.id);
      return { key: text, text };
    }
    if (message.type === "Told" && message.outcome === "commit") {
      const after = Object.keys(message.results ?? {}).map((other) => yesText(other, message.id));
      return {
        key: `commit of ${message.id}`,
        text: `${node} told its application that ${message.id} is a commit`,
        after,
      };
    }
    return undefined;
  }) as Claim;
}

/** Commit is said by nobody who was not told so: the coordinator first, and only after every yes. */
export function commitAfterYes(participants: readonly NodeId[]): Claim {
  return precedence<Message>(
    "a commit needs a yes of every participant (invariant 3)",
    (deed): LateFact | undefined => {
      if (deed.deed !== "send" && deed.deed !== "tell") return undefined;
      const { node, message } = deed;
      if (message.type === "Vote" && message.yes) {
        const text = yesText(node, message.id);
        return { key: text, text };
      }
      const text = saysCommit(deed as Deed<Message>);
      if (text === undefined) return undefined;
      const { id } = message as { id: TransactionId };
      return { key: text, text, after: participants.map((other) => yesText(other, id)) };
    },
  ) as Claim;
}

function saysCommit(deed: Deed<Message>): string | undefined {
  if (deed.deed === "send" && deed.message.type === "Commit") {
    return `${deed.node} sent Commit of ${deed.message.id} to ${deed.to}`;
  }
  if (deed.deed !== "tell") return undefined;
  const { message, node } = deed;
  const isCommit = (message.type === "Told" || message.type === "Decided") && message.outcome === "commit";
  return isCommit ? `${node} told its application that ${message.id} is a commit` : undefined;
}

/** A look at one account of one participant while another transaction is under way. */
export interface Look {
  /** Who looks, with a transaction of its own that reads the account, and its id. */
  readonly by: NodeId;
  readonly id: TransactionId;
  readonly at: NodeId;
  /** What the account holds before the other transaction, and after its commit. */
  readonly before: number;
  readonly after: number;
  /** The `ref` of the other transaction. */
  readonly ref: string;
}

/** What the look finds is what the other transaction has become; while that is open, it finds nothing. */
export function honestLook({ by, id, at, before, after, ref }: Look): Claim {
  return {
    name: `what ${by} reads at ${at} is decided, and what is decided can be read (invariants 4, 6, 7 and 8)`,
    facts(deed): Fact | undefined {
      if (deed.deed === "ask") return undefined;
      if (deed.deed === "tell") return toldOutcome(deed as Deed<Message>, id);
      if (deed.deed !== "send") return undefined;
      const message = deed.message as Message;
      if (message.type === "Vote" && message.yes && deed.node === at) {
        return deed.to === by
          ? { key: "seen", value: deed.message as never, text: `${at} let ${by} read` }
          : { key: "yes", text: `${at} had voted yes` };
      }
      const isOutcome = message.type === "Commit" || message.type === "Abort";
      if (isOutcome && deed.to === at && deed.node !== by) {
        return { key: "sent", text: `${deed.node} sent ${message.type} to ${at}` };
      }
      return undefined;
    },
    objection(fact, known) {
      const commit = [...known("outcome")].find(({ value }) => value === "commit");
      const abort = [...known("outcome")].find(({ value }) => value === "abort");
      if (fact.key !== "seen") return undefined;
      const seen = ((fact.value as unknown as Vote<Result>).result ?? [])[0];
      if (!seen) return `${at} voted yes for ${by}'s work, to read ${at}'s account, and gave no result.`;
      const found = `${at} let ${by} read that its account holds ${seen.balance}`;
      if (known("yes").length > 0 && known("sent").length === 0) {
        return `${at} had voted yes and heard of no outcome. Yet ${found}: what is in doubt is locked, also after a crash (invariant 6).`;
      }
      if (commit && seen.ref !== ref) {
        return `${commit.text}. Yet ${found}, as before that commit: ${at}'s yes, or its commit, was not safe (invariant 4).`;
      }
      if (abort && seen.ref === ref) return `${abort.text}. Yet ${found}, changed by it (invariant 2).`;
      const right = seen.ref === ref ? after : before;
      if (seen.balance === right) return undefined;
      return `${found}, and it should be ${right}: a commit changes an account once (invariant 8).`;
    },
  };
}

function toldOutcome(deed: Deed<Message>, look: TransactionId): Fact | undefined {
  if (deed.deed !== "tell") return undefined;
  const { node, message } = deed;
  if ((message.type !== "Told" && message.type !== "Decided") || message.id === look) return undefined;
  const text = `${node} told its application that ${message.id} is ${article(message.outcome)}`;
  return { key: "outcome", value: message.outcome, text };
}

function article(outcome: Outcome): string {
  return outcome === "abort" ? "an abort" : "a commit";
}
