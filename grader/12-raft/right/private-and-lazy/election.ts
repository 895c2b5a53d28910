import type { NodeId } from "#lib/sim";
import type { LastEntry } from "#protocol/12-raft";

export function isQuorum(votes: readonly NodeId[], members: readonly NodeId[]): boolean {
  const counted = new Set(votes.filter((id) => members.includes(id)));
  return counted.size > members.length / 2;
}

export function isUpToDate(candidate: LastEntry, voter: LastEntry): boolean {
  const terms = candidate.lastLogTerm - voter.lastLogTerm;
  return terms > 0 || (terms === 0 && candidate.lastLogIndex >= voter.lastLogIndex);
}
