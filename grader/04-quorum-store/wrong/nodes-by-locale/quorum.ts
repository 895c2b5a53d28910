import type { NodeId } from "#lib/sim";
import type { Promises, Row, Sizes, Version } from "#protocol/04-quorum-store";

export function isNewer(version: Version, other: Version | null): boolean {
  if (other === null) return true;
  if (version.counter !== other.counter) return version.counter > other.counter;
  return version.node.localeCompare(other.node) > 0;
}

export function isSame(a: Version, b: Version): boolean {
  return a.counter === b.counter && a.node === b.node;
}

export function newest(rows: readonly (Row | null)[]): Row | null {
  let best: Row | null = null;
  for (const row of rows) if (row && isNewer(row.version, best?.version ?? null)) best = row;
  return best;
}

export function isQuorum(repliers: readonly NodeId[], members: readonly NodeId[], needed: number): boolean {
  return new Set(repliers.filter((node) => members.includes(node))).size >= needed;
}

export function promises({ n, w, r }: Sizes): Promises {
  return { readsMeetWrites: w + r > n, writeDown: n - w, readDown: n - r, lostDisks: w - 1 };
}

/** W = N − writeDown and R = N − readDown, and W + R > N: so N is at least one more than both together. */
export function sizesFor(writeDown: number, readDown: number): Sizes {
  const n = writeDown + readDown + 1;
  return { n, w: n - writeDown, r: n - readDown };
}

export function canStill(
  copies: readonly number[],
  needed: number,
  zonesLost: number,
  moreLost: number,
): boolean {
  // The worst zones to lose are those with most copies.
  const left = [...copies].sort((a, b) => b - a).slice(zonesLost);
  return left.reduce((sum, count) => sum + count, 0) - moreLost >= needed;
}
