/** What is given in chapter 10: the words that nodes exchange, and the contract of your work. */
import type { Json, Node, NodeId } from "#lib/sim";

/** One step of a transaction in 10.1: what it read from a key, or what it wrote to it. */
export interface Step {
  readonly op: "read" | "write";
  readonly key: string;
  readonly value: number;
}

/** A transaction that committed, and its steps in the order in which it did them. */
export interface Done {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** What was in the database before, and which transactions committed. The order of the list means nothing. */
export interface TransactionHistory {
  readonly before: { readonly [key: string]: number };
  readonly transactions: readonly Done[];
}

/** Names a transaction among all that there ever are. The coordinator gives it. */
export type TransactionId = string;

export type Outcome = "commit" | "abort";

/** Application → its coordinator: run this. `work` says what each participant has to do; the coordinator does not look into it. */
export interface Submit {
  readonly type: "Submit";
  /** The application's name for what it wants: it comes back in `Told`. */
  readonly request: string;
  readonly work: { readonly [participant: NodeId]: Json };
}

/** Coordinator → its application: how it ended. `results` is an object with those of the votes, of a commit; of an abort it is null. */
export interface Told {
  readonly type: "Told";
  readonly request: string;
  readonly id: TransactionId;
  readonly outcome: Outcome;
  readonly results: { readonly [participant: NodeId]: Json } | null;
}

/** Coordinator → participant: do this work so far that you can commit it and can undo it, and vote. */
export interface Prepare<Work = Json> {
  readonly type: "Prepare";
  readonly id: TransactionId;
  readonly work: Work;
  /** All who take part, the receiver too. */
  readonly participants: readonly NodeId[];
}

/** Participant → coordinator. Yes: I can do either, whatever happens to me. `result` is what the work gave; of a no it is null. */
export interface Vote<Result = Json> {
  readonly type: "Vote";
  readonly id: TransactionId;
  readonly yes: boolean;
  readonly result: Result | null;
}

/** Coordinator → participant, or participant → participant who asked: it is committed. */
export interface Commit {
  readonly type: "Commit";
  readonly id: TransactionId;
}

/** Coordinator → participant, or participant → participant who asked: it is aborted. Nobody acknowledges it. */
export interface Abort {
  readonly type: "Abort";
  readonly id: TransactionId;
}

/** Participant → whoever sent Commit: I have it safe, and shall never ask about it again. */
export interface Ack {
  readonly type: "Ack";
  readonly id: TransactionId;
}

/** Participant → coordinator, or → another participant (10.5): what became of it? */
export interface Inquire {
  readonly type: "Inquire";
  readonly id: TransactionId;
}

/** Participant → its application: a transaction for which it voted yes is decided. */
export interface Decided {
  readonly type: "Decided";
  readonly id: TransactionId;
  readonly outcome: Outcome;
}

/** What a participant of our bank can do with an account: read it, or add an amount (less than 0: take it away). */
export type Action = Read | Add;

export interface Read {
  readonly op: "read";
  readonly account: string;
}

export interface Add {
  readonly op: "add";
  readonly account: string;
  readonly amount: number;
  /** Who did it, as on a bank statement. It is kept with the new balance. */
  readonly ref: string;
}

/** An account: its balance, and the `ref` of the last transaction that changed it; null if none has. */
export interface Account {
  readonly balance: number;
  readonly ref: string | null;
}

/** What an action found, before the transaction itself changed anything. */
export interface Seen extends Account {
  readonly account: string;
}

/** A participant's work: each account at most once. Its result has what each action found, in the same order. */
export type Work = readonly Action[];
export type Result = readonly Seen[];

export type CoordinatorMessage = Submit | Told | Prepare | Vote | Commit | Abort | Ack | Inquire;
export type ParticipantMessage = Prepare<Work> | Vote<Result> | Commit | Abort | Ack | Inquire | Decided;

export interface CoordinatorConfig {
  /** How long to wait for votes. A vote that is missing then is a no. */
  readonly voteMs: number;
  /** How long to wait for an answer before sending again. */
  readonly retryMs: number;
}

export interface ParticipantConfig {
  /** The accounts that are kept here, with their balances at the first start. Their `ref` is null then. */
  readonly accounts: { readonly [account: string]: number };
  /** How long to be in doubt before asking, and before asking again. */
  readonly retryMs: number;
  /** Whether participants ask each other and answer each other (10.5). */
  readonly asksOthers: boolean;
}

/** Which participant keeps each account. */
export interface Placement {
  readonly [account: string]: NodeId;
}

/** One line of a transfer: an amount for an account. */
export interface Booking {
  readonly account: string;
  readonly amount: number;
}

/** What a transaction costs when nothing goes wrong (10.6). */
export interface Cost {
  /** Messages between nodes. */
  readonly messages: number;
  /** Syncs of disks. */
  readonly forcedWrites: number;
  /** How many messages, one after the other, until the application is told. */
  readonly hopsToTold: number;
  /** How many until the last message has arrived. */
  readonly hopsToEnd: number;
}

/** What your files export, as the grader uses it. */
export interface Exercise {
  serialOrder(history: TransactionHistory): string[] | null;
  Participant: new (config: ParticipantConfig) => Node<ParticipantMessage, unknown>;
  Coordinator: new (config: CoordinatorConfig) => Node<CoordinatorMessage, unknown>;
  transferWork(
    placement: Placement,
    bookings: readonly Booking[],
    ref: string,
  ): { [participant: NodeId]: Action[] };
  auditWork(placement: Placement): { [participant: NodeId]: Action[] };
  totalOf(results: { readonly [participant: NodeId]: Result }): number;
  commitCost(participantCount: number): Cost;
  abortCost(participantCount: number): Cost;
}
