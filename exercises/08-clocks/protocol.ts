/** What is given in chapter 08: timestamps of five kinds, the words that nodes exchange, and the contract of your work. */
import type { Node, NodeId } from "#lib/sim";

/** A Lamport clock of one node. What happens on the node is told to it, one event after another, and it gives each its timestamp. */
export interface LamportClock {
  /** Something happens on the node that no other node knows of. */
  local(): number;
  /** The node sends a message, which will carry this timestamp. */
  send(): number;
  /** A message arrives that carries this timestamp. */
  receive(timestamp: number): number;
  /** Somebody looks at the clock: no less than any timestamp that it has given, and less than those that it will give. */
  time(): number;
}

/** A Lamport timestamp, and the node whose clock gave it. A node gives no time twice. */
export interface Stamp {
  readonly time: number;
  readonly node: NodeId;
}

/** A number for each node. A node that is missing has 0. */
export interface Vector {
  readonly [node: NodeId]: number;
}

/** How two vectors stand to each other, seen from the first: "before" says that the first is before the second. */
export type Relation = "before" | "after" | "equal" | "concurrent";

/** A vector clock of one node. */
export interface VectorClock {
  local(): Vector;
  send(): Vector;
  /** A message arrives that carries this vector. */
  receive(vector: Vector): Vector;
}

/** The name of one write: the server that took it, and a number that this server gives once for a key. */
export interface Dot {
  readonly node: NodeId;
  readonly counter: number;
}

/** A value, and the write that it came from. */
export interface Version {
  readonly dot: Dot;
  readonly value: string;
}

/**
 * What a server knows of one key. `seen` names all writes of the key that it knows of, replaced or not: of each node, those with counters
 * up to this number. `versions` are those of them that nothing has replaced: the siblings, in any order.
 */
export interface Siblings {
  readonly seen: Vector;
  readonly versions: readonly Version[];
}

/** Client → server: what does the key hold? */
export interface Get {
  readonly type: "Get";
  readonly request: number;
  readonly key: string;
}

/** All siblings' values, in any order, and `seen` of the key: whoever writes with this context has seen these values. */
export interface GetReply {
  readonly type: "GetReply";
  readonly request: number;
  readonly values: readonly string[];
  readonly context: Vector;
}

/** Client → server: write a value that replaces what I have seen. The context is from a GetReply of any server, or {}. */
export interface Put {
  readonly type: "Put";
  readonly request: number;
  readonly key: string;
  readonly value: string;
  readonly context: Vector;
}

/** The value is safe. */
export interface PutReply {
  readonly type: "PutReply";
  readonly request: number;
}

/** Server → server: this is what I know of the key. */
export interface Share {
  readonly type: "Share";
  readonly key: string;
  readonly siblings: Siblings;
}

export type StoreMessage = Get | GetReply | Put | PutReply | Share;

export interface StoreConfig {
  /** The other servers. */
  readonly peers: readonly NodeId[];
  /** How often each of them is told everything. */
  readonly shareMs: number;
}

/** A reading of a hybrid clock: ms since 1970, less than 2⁴⁸, and a counter, less than 2¹⁶. */
export interface HlcTime {
  readonly ms: number;
  readonly counter: number;
}

/** A hybrid logical clock of one node. `clockMs` is what the machine's own clock shows at that moment; it may be wrong, and may jump. */
export interface Hlc {
  /** Something happens on the node, or it sends a message: the timestamp of that, as 16 hex digits. */
  now(clockMs: number): string;
  /** A message arrives that carries this timestamp. Gives the timestamp of the arrival; null if the message's is refused. */
  receive(clockMs: number, timestamp: string): string | null;
}

/** Client → server: set these keys at once, and tell me what they held. It may come again; a transaction is known by its `txn`. */
export interface Transact {
  readonly type: "Transact";
  readonly txn: string;
  readonly writes: { readonly [key: string]: string };
}

/** It is done, at this timestamp. `before`: what each of the keys held before it; null is nothing. */
export interface Committed {
  readonly type: "Committed";
  readonly txn: string;
  readonly timestamp: number;
  readonly before: { readonly [key: string]: string | null };
}

export type TransactionMessage = Transact | Committed;

/** What your files export, as the grader uses it. */
export interface Exercise {
  createLamportClock(): LamportClock;
  compareStamps(a: Stamp, b: Stamp): number;
  canPrecede(a: Stamp, b: Stamp): boolean;
  compareVectors(a: Vector, b: Vector): Relation;
  createVectorClock(self: NodeId): VectorClock;
  writeVersion(siblings: Siblings, self: NodeId, value: string, context: Vector): Siblings;
  mergeSiblings(a: Siblings, b: Siblings): Siblings;
  Store: new (config: StoreConfig) => Node<StoreMessage, unknown>;
  encodeHlc(time: HlcTime): string;
  decodeHlc(timestamp: string): HlcTime;
  createHlc(maxOffsetMs: number): Hlc;
  TransactionServer: new () => Node<TransactionMessage, unknown>;
}
