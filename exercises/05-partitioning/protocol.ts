/** What is given in chapter 05: the words that nodes exchange, two functions, and the contract of your work. */
import type { Node, NodeId } from "#lib/sim";

/**
 * FNV-1a, 32 bits (Fowler, Noll and Vo), over the UTF-16 code units of a text. It takes any string, and it is quick.
 * It is a start and no more: texts that differ only in their last letters have hashes that stand close together.
 */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** The number of fixed slots between keys and nodes: as many as in Redis Cluster. */
export const slotCount = 16_384;

/** The owner of each slot: `slots[17]` is the node that has slot 17. Its length is `slotCount`. */
export type SlotTable = readonly NodeId[];

/** A ring of points. It is an object with a state of its own: `add` and `remove` change it. */
export interface Ring {
  /** A node joins. One that is there already changes nothing. */
  add(node: NodeId): void;
  /** A node leaves. One that is not there changes nothing. */
  remove(node: NodeId): void;
  /** The node whose point is the first at or after the key's position, around the ring; null on an empty ring. */
  owner(key: string): NodeId | null;
  /** The first `count` different nodes from the key's position on, the owner first; all of them if there are fewer. */
  preferred(key: string, count: number): NodeId[];
}

export type ShardId = string;

/** The keys from `from` on, without `to`. `null` is "no bound" on that side. */
export interface Range {
  readonly from: string | null;
  readonly to: string | null;
}

/** One shard of a range store: its keys are those in its range. */
export interface RangeShard extends Range {
  readonly shard: ShardId;
  /** How many rows it holds. */
  readonly rowCount: number;
}

/** What a scan found, as pairs of key and value, and the shards that it had to read, both in the order of the keys. */
export interface Scan {
  readonly rows: readonly (readonly [key: string, value: string])[];
  readonly shards: readonly ShardId[];
}

/** A table cut into ranges. Keys are in the order of their UTF-16 code units, the order of `<` between strings. */
export interface RangeStore {
  /** The shards in the order of their keys. A new store has one, without bounds. */
  shards(): RangeShard[];
  /** Stores a value under a key, over an older one; gives the shard that took it. */
  put(key: string, value: string): ShardId;
  /** The value of a key; null if there is none. */
  get(key: string): string | null;
  /** Removes a key; says whether it was there. */
  delete(key: string): boolean;
  /** The rows with `from` ≤ key < `to`, in order; reads no shard whose range does not overlap, and none for an empty range. */
  scan(from: string | null, to: string | null): Scan;
  /**
   * Splits a shard at its `splitKey`. The left half keeps the id; gives the new id of the right half, which has never been
   * used in this store. Changes nothing and gives null when there is no such shard, or no such key.
   */
  split(shard: ShardId): ShardId | null;
  /** Joins a shard with its right neighbour, under its own id. False, and no change, without such a shard or neighbour. */
  merge(shard: ShardId): boolean;
}

/** The shard of a key in 05.4 and 05.5: one of "s0", "s1", "s2", "s3". */
export function shardOf(key: string): ShardId {
  return `s${fnv1a(key) % 4}`;
}

/** Who owns which shard. A change makes a new map with the next version. */
export interface ShardMap {
  readonly version: number;
  readonly owners: { readonly [shard: ShardId]: NodeId };
}

/** Anyone → directory or mover: which map is the newest? */
export interface GetMap {
  readonly type: "GetMap";
}

/** The newest map. It may arrive late, behind a newer one. */
export interface MapReply {
  readonly type: "MapReply";
  readonly map: ShardMap;
}

/** What can be done with a key. `value` is for `put`; it is null for the others. */
export interface Action {
  readonly op: "get" | "put" | "delete";
  readonly key: string;
  readonly value: string | null;
}

/** Router or client → server. The same request may come again, with the same client and seq, and a newer version. */
export interface Request extends Action {
  readonly type: "Request";
  readonly client: NodeId;
  /** Names the request among those of its client. */
  readonly seq: number;
  /** The version of the map that led the request here. */
  readonly version: number;
}

/** The action was done. `value` is what the key had *before* it: for a `get` what was asked, for the others what was replaced. */
export interface Done {
  readonly type: "Done";
  readonly seq: number;
  readonly value: string | null;
}

/** I do not serve the shard of that key. `version` is the one that the request came with. */
export interface WrongShard {
  readonly type: "WrongShard";
  readonly seq: number;
  readonly version: number;
}

/** Administrator → directory: give a shard to a node, if the map still has the version that I know. */
export interface Assign {
  readonly type: "Assign";
  readonly shard: ShardId;
  readonly to: NodeId;
  readonly expectedVersion: number;
}

/** Whether it was done, and the version that the map has now. */
export interface AssignReply {
  readonly type: "AssignReply";
  readonly done: boolean;
  readonly version: number;
}

/** Application → its router: do this. Several may be under way; `seq` tells them apart. The answer is a `Done`. */
export interface Ask extends Action {
  readonly type: "Ask";
  readonly seq: number;
}

export type DirectoryMessage = GetMap | MapReply | Assign | AssignReply;
export type RouterMessage = Ask | Request | Done | WrongShard | GetMap | MapReply;

export interface DirectoryConfig {
  /** The map at the first start. */
  readonly map: ShardMap;
}

export interface RouterConfig {
  readonly directory: NodeId;
  /** How long to wait for an answer before sending again. */
  readonly retryMs: number;
}

/** A key's value, or its absence (null: a tombstone), and its version, which each change of the key raises. */
export interface Row {
  readonly key: string;
  readonly version: number;
  readonly value: string | null;
}

/** The last change that a client made in a shard, and what it was answered: for a request that comes again. */
export interface Session {
  readonly client: NodeId;
  readonly seq: number;
  readonly value: string | null;
}

/** Operator (the mover's application) → mover: move this shard there. It is repeated until it is answered. */
export interface Move {
  readonly type: "Move";
  readonly shard: ShardId;
  readonly to: NodeId;
}

/** Mover → operator: the shard is there, and nobody else holds anything of it. */
export interface Moved {
  readonly type: "Moved";
  readonly shard: ShardId;
  readonly to: NodeId;
}

/** One move of one shard. `version` is that of the map which the move will make: it names the move. */
export interface Step {
  readonly shard: ShardId;
  readonly version: number;
}

/** Mover → source: send your shard there. */
export interface BeginMove extends Step {
  readonly type: "BeginMove";
  readonly to: NodeId;
}

/** Source → target: some rows. At most `rowsPerMessage`. */
export interface Rows extends Step {
  readonly type: "Rows";
  readonly rows: readonly Row[];
}

/** Target → source: I have these rows, or newer ones, safe on my disk. */
export interface RowsOk extends Step {
  readonly type: "RowsOk";
  readonly rows: readonly { readonly key: string; readonly version: number }[];
}

/** Source → target: I serve the shard no more, and you have all its rows. These are its sessions. */
export interface Handover extends Step {
  readonly type: "Handover";
  readonly sessions: readonly Session[];
}

/** Target → source: I have the shard, rows and sessions, safe on my disk. */
export interface HandoverOk extends Step {
  readonly type: "HandoverOk";
}

/** Source → mover: the target has the shard safe. */
export interface Copied extends Step {
  readonly type: "Copied";
}

/** Mover → target: the map names you. Serve. */
export interface Take extends Step {
  readonly type: "Take";
}

/** Target → mover: I serve it, and will after a crash. */
export interface TakeOk extends Step {
  readonly type: "TakeOk";
}

/** Mover → source: the map names another. Forget the rows and the sessions. */
export interface Drop extends Step {
  readonly type: "Drop";
}

/** Source → mover: they are gone from my disk. */
export interface DropOk extends Step {
  readonly type: "DropOk";
}

export type StepMessage = BeginMove | Copied | Take | TakeOk | Drop | DropOk;
export type CopyMessage = Rows | RowsOk | Handover | HandoverOk;
export type MoverMessage = Move | Moved | GetMap | MapReply | StepMessage;
export type ServerMessage = Request | Done | WrongShard | StepMessage | CopyMessage;

export interface MoverConfig extends DirectoryConfig {
  readonly retryMs: number;
}

export interface ServerConfig {
  readonly mover: NodeId;
  /** The shards that it owns at its first start; it owns them in map version 1. */
  readonly shards: readonly ShardId[];
  readonly rowsPerMessage: number;
  readonly retryMs: number;
}

/** What your files export, as the grader uses it. */
export interface Exercise {
  hashKey(key: string): number;
  nodeByModulo(hash: number, nodeCount: number): number;
  slotOf(hash: number): number;
  spreadSlots(nodes: readonly NodeId[]): SlotTable;
  joinSlots(slots: SlotTable, node: NodeId): SlotTable;
  leaveSlots(slots: SlotTable, node: NodeId): SlotTable;
  createRing(virtualNodes: number): Ring;
  splitKey(sortedKeys: readonly string[]): string | null;
  createRangeStore(): RangeStore;
  saltedKey(key: string, saltCount: number): string;
  saltedRanges(range: Range, saltCount: number): Range[];
  Directory: new (config: DirectoryConfig) => Node<DirectoryMessage, unknown>;
  Router: new (config: RouterConfig) => Node<RouterMessage, unknown>;
  Mover: new (config: MoverConfig) => Node<MoverMessage, unknown>;
  Server: new (config: ServerConfig) => Node<ServerMessage, unknown>;
}
