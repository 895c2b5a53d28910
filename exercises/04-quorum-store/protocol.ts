/** What is given in chapter 04: the words that nodes exchange, a hash, and the contract of your work. */
import type { Node, NodeId } from "#lib/sim";

/** Tells of two rows of one key which is newer: the larger counter; of equal counters, the larger node id by `<`. */
export interface Version {
  readonly counter: number;
  /** The node that coordinated the write. */
  readonly node: NodeId;
}

/** A key's value at one version, or its absence at that version (null: a tombstone). */
export interface Row {
  readonly key: string;
  readonly version: Version;
  readonly value: string | null;
}

/**
 * Application → its node: write this. Several operations may be open at a time; `id` tells them apart. It dies with its node, and when it
 * has started again it may begin with the same ids.
 */
export interface Put {
  readonly type: "Put";
  readonly id: number;
  readonly key: string;
  readonly value: string;
}

/** Application → its node: remove the key. */
export interface Delete {
  readonly type: "Delete";
  readonly id: number;
  readonly key: string;
}

/** Application → its node: what is the value of the key? */
export interface Get {
  readonly type: "Get";
  readonly id: number;
  readonly key: string;
}

/**
 * Node → its application, once for each Put and Delete. `ok`: W replicas have it safe, at this version. `info`: nobody can know; it may
 * be read one day, or never. `fail`: it was not written, and never will be. The version is null unless the outcome is `ok`.
 */
export interface WriteReply {
  readonly type: "WriteReply";
  readonly id: number;
  readonly outcome: "ok" | "fail" | "info";
  readonly version: Version | null;
}

/** Node → its application, once for each Get. The value is null if there is none, and the version is null if there is no row. */
export interface ReadReply {
  readonly type: "ReadReply";
  readonly id: number;
  readonly outcome: "ok" | "fail";
  readonly value: string | null;
  readonly version: Version | null;
}

/** Coordinator → replica: which row of this key do you have? `op` names the question among all that this coordinator ever asks. */
export interface Fetch {
  readonly type: "Fetch";
  readonly op: string;
  readonly key: string;
}

/** Replica → whoever asked: the row that I have; null if there is none. */
export interface FetchReply {
  readonly type: "FetchReply";
  readonly op: string;
  readonly key: string;
  readonly row: Row | null;
}

/** Anyone → replica: keep this row, unless you have a newer one. */
export interface Store extends Row {
  readonly type: "Store";
}

/** Replica → whoever sent the Store: I have this version, or a newer one, safe on my disk. */
export interface StoreReply {
  readonly type: "StoreReply";
  readonly key: string;
  readonly version: Version;
}

/** Coordinator → replica (04.4): every replica has this tombstone. After `graceMs` it may go. */
export interface Collect {
  readonly type: "Collect";
  readonly key: string;
  readonly version: Version;
}

/** Coordinator → spare (04.5): keep this row for that replica, and hand it over when it can be reached. */
export interface Hint extends Row {
  readonly type: "Hint";
  readonly home: NodeId;
}

/** Spare → coordinator: I have this hint, or a newer one for the same key and replica, safe on my disk. */
export interface HintReply {
  readonly type: "HintReply";
  readonly home: NodeId;
  readonly key: string;
  readonly version: Version;
}

/** Replica → replica (04.6): my hashes of some nodes of my tree, by their paths. You choose what a path looks like. */
export interface Compare {
  readonly type: "Compare";
  readonly hashes: { readonly [path: string]: string };
}

/** Replica → replica (04.6): some rows of mine, and paths whose rows I want if they are newer than mine. */
export interface Rows {
  readonly type: "Rows";
  readonly paths: readonly string[];
  readonly rows: readonly Row[];
}

export type Request = Put | Delete | Get;
export type Answer = WriteReply | ReadReply;
export type PeerMessage =
  | Fetch
  | FetchReply
  | Store
  | StoreReply
  | Collect
  | Hint
  | HintReply
  | Compare
  | Rows;
export type Message = Request | Answer | PeerMessage;

export interface ReplicaConfig {
  /** The N nodes that keep every key, in the same order for all. A node that is not among them coordinates all the same. */
  readonly replicas: readonly NodeId[];
  /** How many replicas must have a write safe before it is acknowledged. */
  readonly w: number;
  /** How many replicas must have answered before the newest answer is taken. */
  readonly r: number;
  /** Whoever has not answered after this time is asked again. */
  readonly retryMs: number;
  /** After this time the operation is answered with `info` or `fail`. Several times `retryMs`. */
  readonly timeoutMs: number;
  /** 04.3: reads repair what they find out of date. */
  readonly readRepair: boolean;
  /** 04.4: how long a tombstone that all replicas have is kept; null: for ever. No message is as long on its way. */
  readonly graceMs: number | null;
  /** 04.5: nodes that keep hints for replicas that do not answer. Empty: there are no hints. */
  readonly spares: readonly NodeId[];
  /** 04.5: whether spares count to W and to R. */
  readonly sloppy: boolean;
  /** 04.5: how often a spare tries to hand its hints over. */
  readonly handOffMs: number;
  /** 04.6: how often a replica compares itself with another; null: never. */
  readonly compareMs: number | null;
  /** 04.7: a read answers only with what W replicas have safe. */
  readonly writeBack: boolean;
}

/** What a choice of N, W and R promises, as long as W and R are from 1 to N. */
export interface Promises {
  /** Whether every read of R replicas meets every write of W replicas. */
  readonly readsMeetWrites: boolean;
  /** How many replicas may be down, whichever they are, so that writes still succeed. */
  readonly writeDown: number;
  /** How many may be down so that reads still succeed. */
  readonly readDown: number;
  /** How many disks may be lost, whichever they are, so that an acknowledged write is still on one. */
  readonly lostDisks: number;
}

export interface Sizes {
  readonly n: number;
  readonly w: number;
  readonly r: number;
}

/** What one replica answered to a read. */
export interface Found {
  readonly node: NodeId;
  readonly row: Row | null;
}

/** A row that a replica should be sent. */
export interface Repair {
  readonly to: NodeId;
  readonly row: Row;
}

/** A hash of a text, as 16 hex digits: FNV-1a in two lanes of 32 bits, each finished as in chapter 05. */
export function digest(text: string): string {
  let [low, high] = [0x811c9dc5, 0x2545f491];
  for (let i = 0; i < text.length; i++) {
    low = Math.imul(low ^ text.charCodeAt(i), 0x01000193);
    high = Math.imul(high ^ text.charCodeAt(i) ^ (low >>> 13), 0x01000193);
  }
  return finished(high) + finished(low);
}

function finished(lane: number): string {
  let hash = Math.imul(lane ^ (lane >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return ((hash ^ (hash >>> 16)) >>> 0).toString(16).padStart(8, "0");
}

/** What your files export, as the grader uses it. */
export interface Exercise {
  isNewer(version: Version, other: Version | null): boolean;
  newest(rows: readonly (Row | null)[]): Row | null;
  isQuorum(repliers: readonly NodeId[], members: readonly NodeId[], needed: number): boolean;
  promises(sizes: Sizes): Promises;
  sizesFor(writeDown: number, readDown: number): Sizes;
  canStill(copies: readonly number[], needed: number, zonesLost: number, moreLost: number): boolean;
  repairsOf(found: readonly Found[]): Repair[];
  fallbacks(replicas: readonly NodeId[], answered: readonly NodeId[], spares: readonly NodeId[]): Fallback[];
  treeHashes(rows: readonly Row[]): { readonly [path: string]: string };
  rowToWriteBack(found: readonly Found[], w: number): Row | null;
  Replica: new (config: ReplicaConfig) => Node<Message, unknown>;
}

/** A spare that stands in for a replica. */
export interface Fallback {
  readonly spare: NodeId;
  readonly home: NodeId;
}
