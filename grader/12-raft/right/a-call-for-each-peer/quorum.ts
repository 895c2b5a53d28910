import type { NodeId } from "#lib/sim";

/** What more than half have reached: sorted, and counted from the lowest. */
export function majorityIndex(matchIndexes: readonly number[]): number {
  const ascending = [...matchIndexes].sort((a, b) => a - b);
  return ascending[Math.floor((ascending.length - 1) / 2)] ?? 0;
}

export function isQuorum(votes: readonly NodeId[], members: readonly NodeId[]): boolean {
  return members.length > 0 && majorityIndex(members.map((id) => (votes.includes(id) ? 1 : 0))) === 1;
}
