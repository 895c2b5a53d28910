import type { NodeId } from "#lib/sim";
import type { LastEntry } from "#protocol/12-raft";

export function isQuorum(votes: readonly NodeId[], members: readonly NodeId[]): boolean {
  let missing = (members.length >> 1) + 1;
  for (const id of new Set(votes)) if (members.includes(id)) missing--;
  return missing <= 0;
}

export function majorityIndex(matchIndexes: readonly number[]): number {
  const sorted = [...matchIndexes].sort((a, b) => b - a);
  return sorted[sorted.length >> 1] ?? 0;
}

export function isUpToDate(candidate: LastEntry, voter: LastEntry): boolean {
  return candidate.lastLogTerm === voter.lastLogTerm
    ? candidate.lastLogIndex >= voter.lastLogIndex
    : candidate.lastLogTerm > voter.lastLogTerm;
}
