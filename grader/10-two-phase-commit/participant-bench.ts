import { app, type NodeId, Solo } from "#lib/sim";
import { formatValue } from "#lib/trace";
import type {
  Exercise,
  Outcome,
  ParticipantMessage,
  Seen,
  TransactionId,
  Vote,
  Work,
} from "#protocol/10-two-phase-commit";
import { type Crash, claim, crashesAmong } from "../suite/index.ts";

export type ParticipantClass = Exercise["Participant"];
export type Sent = readonly { readonly to: NodeId; readonly message: ParticipantMessage }[];

export const retryMs = 200;
export const accounts = { a: 100, b: 50, e: 0 };
export const everybody = ["p1", "p2", "p3"];

export const add = (account: string, amount: number, ref: string) =>
  ({ op: "add", account, amount, ref }) as const;
export const read = (account: string) => ({ op: "read", account }) as const;

export function prepare(id: TransactionId, work: Work, participants = everybody): ParticipantMessage {
  return { type: "Prepare", id, work, participants };
}

/** The participant p1 alone; the test is everyone else: the coordinators c and d, the participants p2 and p3. */
export class ParticipantBench {
  readonly solo: Solo<ParticipantMessage, unknown>;
  readonly #make: () => InstanceType<ParticipantClass>;
  #looks = 0;

  constructor(Participant: ParticipantClass, asksOthers = false) {
    this.#make = () => new Participant({ accounts, retryMs, asksOthers });
    this.solo = new Solo(this.#make(), { self: "p1", peers: ["c", "d", "p2", "p3"] });
  }

  /** c asks for a vote. */
  prepare(id: TransactionId, work: Work, from = "c"): Vote<readonly Seen[]> | undefined {
    return votesIn(this.solo.receive(from, prepare(id, work)), from, id).at(-1);
  }

  /** The same, and the vote is a yes. */
  prepared(id: TransactionId, work: Work, when = ""): Vote<readonly Seen[]> {
    const vote = this.prepare(id, work);
    const text = `p1 keeps a = 100, b = 50 and e = 0.${when} c asked it to prepare ${id}, with ${workText(work)}: it should vote yes, and it ${voteText(vote)}`;
    claim(vote?.yes === true, text);
    return vote;
  }

  tell(id: TransactionId, outcome: Outcome, from = "c"): Sent {
    return this.solo.receive(from, { type: outcome === "commit" ? "Commit" : "Abort", id });
  }

  crash(): void {
    this.solo.crash("none");
    this.#restart();
  }

  /** What d only looked at it has aborted; but an abort need not be safe, so p1 may be in doubt about it again. */
  #restart(): void {
    this.solo.restart(this.#make());
    for (let i = 1; i <= this.#looks; i++) this.solo.receive("d", { type: "Abort", id: `d-look-${i}` });
  }

  /** Every way in which it can crash when this message comes. It takes the message, so it is of no use after that. */
  crashesAt(from: NodeId, message: ParticipantMessage): Crash[] {
    this.solo.receive(from, message);
    return crashesAmong("p1", this.solo.effects);
  }

  /** A message comes, p1 crashes in its handler and starts again. Gives what it sent before the crash. */
  receiveAndCrash(from: NodeId, message: ParticipantMessage, { count, kept }: Crash): Sent {
    const sent = this.solo.receiveAndCrash(from, message, count, kept);
    this.#restart();
    return sent;
  }

  /** What d can read of an account, in a transaction that it ends at once: "a = 90 by t1", or that it is locked. */
  look(account: string): string {
    const id = `d-look-${++this.#looks}`;
    const vote = votesIn(this.solo.receive("d", prepare(id, [read(account)], ["p1"])), "d", id).at(-1);
    this.solo.receive("d", { type: "Abort", id });
    if (!vote) return "no vote";
    const seen = vote.result?.[0];
    if (!vote.yes) return "locked";
    return seen ? accountText(seen) : "a yes without a result";
  }

  /** Fails unless d can read this of an account. */
  holds(account: string, balance: number, ref: string | null, sentence: string): void {
    const found = this.look(account);
    const right = accountText({ account, balance, ref });
    claim(
      found === right,
      `${sentence}. Then d reads ${account}: it should find ${right}, and it finds ${found}`,
    );
  }

  /** Fails if d can add to an account. (Two that only read it need not keep each other out.) */
  isLocked(account: string, sentence: string): void {
    const id = `d-look-${++this.#looks}`;
    const work = [add(account, 1, id)];
    const vote = votesIn(this.solo.receive("d", prepare(id, work, ["p1"])), "d", id).at(-1);
    this.solo.receive("d", { type: "Abort", id });
    claim(
      vote?.yes === false,
      `${sentence}. Then d asks to ${workText(work)}: p1 is in doubt about ${account} and should vote no, and it ${voteText(vote)}`,
    );
  }
}

function accountText({ account, balance, ref }: Seen): string {
  return `${account} = ${balance}${ref === null ? "" : ` by ${ref}`}`;
}

export function workText(work: Work): string {
  const actions = work.map((action) =>
    action.op === "read" ? `read ${action.account}` : `add ${action.amount} to ${action.account}`,
  );
  return actions.join(" and ");
}

export function votesIn(sent: Sent, to: NodeId, id: TransactionId): Vote<readonly Seen[]>[] {
  return sent.flatMap((it) => {
    const { message } = it;
    return it.to === to && message.type === "Vote" && message.id === id ? [message] : [];
  });
}

export function voteText(vote: Vote<readonly Seen[]> | undefined): string {
  if (!vote) return "does not vote";
  return vote.yes ? `votes yes with ${formatValue(vote.result)}` : "votes no";
}

/** "Ack of c-1", for each message to somebody. */
export function saidTo(sent: Sent, to: NodeId): string[] {
  return sent.flatMap((it) => {
    if (it.to !== to) return [];
    const { message } = it;
    const yes = message.type === "Vote" ? (message.yes ? " yes" : " no") : "";
    const outcome = message.type === "Decided" ? ` ${message.outcome}` : "";
    return [`${message.type}${yes}${outcome} of ${message.id}`];
  });
}

export function decidedIn(sent: Sent): string[] {
  return saidTo(sent, app).filter((text) => text.startsWith("Decided"));
}
