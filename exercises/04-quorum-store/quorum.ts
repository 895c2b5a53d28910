import { todo } from "#lib/exercise";
import type { NodeId } from "#lib/sim";
import type { Promises, Row, Sizes, Version } from "#protocol/04-quorum-store";

/** Whether a version is newer than another, as `Version` says. Any version is newer than null, which is that of no row. */
export function isNewer(version: Version, other: Version | null): boolean {
  return todo("04.1");
}

/** Whether two versions are the same one. */
export function isSame(a: Version, b: Version): boolean {
  return a.counter === b.counter && a.node === b.node;
}

/** The newest of some rows of one key; null stands for "no row", and is the result if there is none. A tombstone is a row. */
export function newest(rows: readonly (Row | null)[]): Row | null {
  return todo("04.1");
}

/** Whether at least `needed` different members are among the repliers, who may be in the list more than once, or be no members. */
export function isQuorum(repliers: readonly NodeId[], members: readonly NodeId[], needed: number): boolean {
  return todo("04.1");
}

/** What a choice of N, W and R promises: see `Promises`. W and R are from 1 to N. */
export function promises(sizes: Sizes): Promises {
  return todo("04.1");
}

/**
 * The smallest N, with its W and R, so that reads meet writes, writes succeed while any `writeDown` replicas are down, and reads succeed
 * while any `readDown` are.
 */
export function sizesFor(writeDown: number, readDown: number): Sizes {
  return todo("04.1");
}

/**
 * `copies[i]` is how many replicas there are in zone i. Whether `needed` replicas are left for sure when any `zonesLost` zones are lost,
 * and any `moreLost` replicas of the others.
 */
export function canStill(
  copies: readonly number[],
  needed: number,
  zonesLost: number,
  moreLost: number,
): boolean {
  return todo("04.1");
}
