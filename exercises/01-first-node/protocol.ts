import type { Node, NodeId } from "#lib/sim";

/*
 * What is given in chapter 01: histories to judge, the messages that nodes send, and at the end `Exercise`,
 * the list of what you write.
 */

// ---- 01.1 Histories -------------------------------------------------------------------------------------------------

/** One operation on one counter, as its caller saw it. The times are ms on a clock that nobody in the system can see. */
export interface Observed {
  /** What this operation is called in an order: `a`. */
  readonly name: string;
  readonly client: NodeId;
  /** `"add"` adds `amount` to the counter and answers its new value; `"read"` answers its value. */
  readonly does: "add" | "read";
  /** 0 for a read. */
  readonly amount: number;
  /** When the client asked. */
  readonly beganMs: number;
  /** When the client had its answer; null if no answer ever came. */
  readonly endedMs: number | null;
  /** The value that the client was told; null if no answer ever came. */
  readonly answer: number | null;
}

/** What all clients of one counter saw. The counter is 0 at the start. */
export type CounterHistory = readonly Observed[];

export type HistoryName = keyof typeof histories;

/** Could one machine, doing one operation after another, have given all these answers? */
export type Verdict =
  | {
      readonly possible: true;
      /** The names of the operations, in an order in which one machine could have done them. */
      readonly order: readonly string[];
    }
  | {
      readonly possible: false;
      /** The name of an operation whose answer is to blame: had it been another one, an order would exist. */
      readonly blame: string;
    };

function add(
  name: string,
  client: NodeId,
  amount: number,
  beganMs: number,
  endedMs: number | null,
  answer: number | null,
): Observed {
  return { name, client, does: "add", amount, beganMs, endedMs, answer };
}

function read(name: string, client: NodeId, beganMs: number, endedMs: number, answer: number): Observed {
  return { name, client, does: "read", amount: 0, beganMs, endedMs, answer };
}

/** The histories that part 01.1 asks about. The chapter draws them. */
export const histories = {
  quiet: [add("a", "c1", 1, 0, 10, 1), read("b", "c2", 20, 30, 1)],
  stale: [add("a", "c1", 1, 0, 10, 1), read("b", "c2", 20, 30, 0)],
  overlap: [add("a", "c1", 1, 0, 30, 1), read("b", "c2", 10, 20, 0)],
  flicker: [add("a", "c1", 1, 0, 50, 1), read("b", "c2", 5, 15, 1), read("c", "c3", 20, 30, 0)],
  overtake: [add("a", "c1", 1, 0, 40, 2), add("b", "c2", 1, 10, 20, 1), read("c", "c3", 25, 35, 1)],
  twins: [add("a", "c1", 1, 0, 20, 1), add("b", "c2", 1, 10, 30, 1)],
  silence: [add("a", "c1", 5, 0, null, null), read("b", "c2", 40, 50, 0), read("c", "c2", 60, 70, 5)],
  never: [add("a", "c1", 5, 0, null, null), add("b", "c2", 2, 20, 30, 2), read("c", "c3", 60, 70, 2)],
  ghost: [add("a", "c1", 5, 0, null, null), read("b", "c2", 20, 30, 5), read("c", "c3", 40, 50, 0)],
  twice: [add("a", "c1", 5, 0, null, null), read("b", "c2", 20, 30, 5), read("c", "c3", 40, 50, 10)],
  knot: [
    add("a", "c1", 1, 0, 40, 3),
    add("b", "c2", 2, 10, 60, 2),
    read("c", "c3", 20, 30, 2),
    read("d", "c4", 45, 55, 3),
    add("e", "c5", 4, 5, null, null),
  ],
} satisfies { readonly [name: string]: CounterHistory };

// ---- 01.2 to 01.4: a server of counters and its clients --------------------------------------------------------------

/** Asks the server to add `amount` to a counter. A counter that was never added to is 0; none may fall below 0. */
export interface Add {
  readonly type: "Add";
  /** The number of this request among those of its client. Every copy of one request has the same number. */
  readonly request: number;
  /** The smallest number among the requests for whose answer the client still waits, this one included. */
  readonly oldest: number;
  readonly counter: string;
  /** A whole number, which may be negative. */
  readonly amount: number;
}

/** Asks the server for the value of a counter. */
export interface Read {
  readonly type: "Read";
  readonly request: number;
  readonly oldest: number;
  readonly counter: string;
}

export type Request = Add | Read;

/** The answer to a request that was done: the value of the counter, after it. */
export interface Counted {
  readonly type: "Counted";
  readonly request: number;
  readonly value: number;
}

/** The answer to an `Add` that would have taken the counter below 0. Nothing was added and nothing will be. */
export interface Refused {
  readonly type: "Refused";
  readonly request: number;
}

export type Reply = Counted | Refused;

/** What a server receives and sends. */
export type ServerMessage = Request | Reply;

/** What a program asks for: a request that has no number yet. */
export type Operation = Omit<Add, "request" | "oldest"> | Omit<Read, "request" | "oldest">;

/** The program beside a client asks for an operation, and wants to hear of it within so many ms. */
export interface Call {
  readonly type: "Call";
  /** The program's own name for this call. */
  readonly call: string;
  readonly operation: Operation;
  readonly withinMs: number;
}

/**
 * How an operation ended, as far as one can know:
 *
 * - `"ok"`: it was done.
 * - `"fail"`: it was not done, and it never will be.
 * - `"info"`: nobody here can tell. It may have been done, it may be done later, or never.
 */
export type Outcome = "ok" | "fail" | "info";

/** The client tells the program beside it how a call has ended. */
export interface Done {
  readonly type: "Done";
  readonly call: string;
  readonly outcome: Outcome;
  /** The value of the counter for `"ok"`, null otherwise. */
  readonly value: number | null;
}

/** What a client receives and sends: calls from and to its program, requests and replies over the network. */
export type ClientMessage = Call | Done | Request | Reply;

export interface ClientConfig {
  readonly server: NodeId;
  /** The scale of the wait after the first send of a request. */
  readonly baseMs: number;
  /** The longest wait between two sends of a request. */
  readonly capMs: number;
}

// ---- 01.5: a chain ---------------------------------------------------------------------------------------------------

/** From a client to the front, and from the front to the backend: add `amount` to a counter. */
export interface Ask {
  readonly type: "Ask";
  /** The client that asked first, whoever passes the question on. */
  readonly client: NodeId;
  /** The number of this request among those of its client. A retry has the same number. */
  readonly request: number;
  readonly counter: string;
  readonly amount: number;
  /** For so many ms the asker will wait for the answer, counted from when the message arrives. */
  readonly withinMs: number;
}

/** From the backend to the front, and from the front to the client. */
export interface Answer {
  readonly type: "Answer";
  readonly client: NodeId;
  readonly request: number;
  /** The backend says `"ok"` or `"fail"`. Only the front says `"info"`. */
  readonly outcome: Outcome;
  /** The value of the counter for `"ok"`, null otherwise. */
  readonly value: number | null;
}

export type FrontMessage = Ask | Answer;

export interface FrontConfig {
  readonly backend: NodeId;
  /** What the front keeps of a deadline for its own answer's way back. */
  readonly marginMs: number;
}

// ---- What you write --------------------------------------------------------------------------------------------------

/** The whole of chapter 01. A node's timers are its own affair. */
export interface Exercise {
  /** 01.1, histories.ts */
  explains(history: CounterHistory, order: readonly string[]): boolean;
  /** 01.1, histories.ts */
  verdict(name: HistoryName): Verdict;
  /** 01.2, server.ts */
  Server: new () => Node<ServerMessage>;
  /** 01.3, client.ts */
  Client: new (
    config: ClientConfig,
  ) => Node<ClientMessage, never>;
  /** 01.4, once-server.ts */
  OnceServer: new () => Node<ServerMessage>;
  /** 01.5, front.ts */
  Front: new (
    config: FrontConfig,
  ) => Node<FrontMessage, never>;
}
