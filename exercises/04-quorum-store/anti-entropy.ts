import { todo } from "#lib/exercise";
import type { NodeId } from "#lib/sim";
import type { Compare, ReplicaConfig, Row, Rows } from "#protocol/04-quorum-store";
import type { ReplicaContext } from "./rows.ts";

/*
 * Two replicas compare themselves, and then both have the newer of each row; an older one replaces nothing, and what has come is safe.
 *
 * The bytes of all their messages are counted (in the canonical text of each message). Two that agree need at most 300 for one comparison.
 * Two that differ in d rows need at most 1,000 + 3,000 · d for a comparison begun by the one and another begun by the other, however many rows
 * they have, up to 4,000.
 */

/**
 * The hashes of a tree over these rows, by paths of your own: the root's is "". A row belongs to one leaf, and changes the hashes from there
 * to the root: at most 16. Two sets of rows that differ in anything, a version or a tombstone too, have different roots; equal ones
 * have equal hashes, in whatever order they stand. The digest that is given will do.
 */
export function treeHashes(rows: readonly Row[]): { readonly [path: string]: string } {
  return todo("04.6");
}

/** This replica has started: it will compare itself in `compareMs`. A node that is no replica will not. */
export function beginComparison(ctx: ReplicaContext, config: ReplicaConfig): void {
  todo("04.6");
}

/** Sends Compare to one of the other replicas, and again in compareMs to one of them: within some twenty times to each. */
export function compareWithOne(ctx: ReplicaContext, config: ReplicaConfig): void {
  todo("04.6");
}

/** Another replica's hashes. Where they differ from this one's, go down: Compare with the hashes of children, or Rows for a leaf. */
export function compare(ctx: ReplicaContext, from: NodeId, compare: Compare): void {
  todo("04.6");
}

/** Another replica's rows, and the paths whose rows it wants, if there are newer ones here. */
export function exchange(ctx: ReplicaContext, from: NodeId, exchange: Rows): void {
  todo("04.6");
}
