import type { NodeId } from "#lib/sim";
import type { Action, Booking, Cost, Placement, Result } from "#protocol/10-two-phase-commit";

export function transferWork(
  placement: Placement,
  bookings: readonly Booking[],
  ref: string,
): { [participant: NodeId]: Action[] } {
  return byParticipant(
    placement,
    bookings
      .filter(({ amount }) => amount !== 0)
      .map(({ account, amount }) => ({ op: "add", account, amount, ref })),
  );
}

export function auditWork(placement: Placement): { [participant: NodeId]: Action[] } {
  return byParticipant(
    placement,
    Object.keys(placement).map((account) => ({ op: "read", account })),
  );
}

function byParticipant(
  placement: Placement,
  actions: readonly Action[],
): { [participant: NodeId]: Action[] } {
  const work: { [participant: NodeId]: Action[] } = {};
  for (const action of actions) {
    const participant = placement[action.account]!;
    work[participant] = [...(work[participant] ?? []), action];
  }
  return work;
}

export function totalOf(results: { readonly [participant: NodeId]: Result }): number {
  let total = 0;
  for (const { balance } of Object.values(results).flat()) total += balance;
  return total;
}

/** Prepare, Vote, Commit and Ack for each; each syncs its vote and its commit, and the coordinator the decision. */
export function commitCost(participantCount: number): Cost {
  return {
    messages: 4 * participantCount,
    forcedWrites: 2 * participantCount + 1,
    hopsToTold: 2,
    hopsToEnd: 4,
  };
}

/** Prepare and Vote for each; Abort, and a vote that was synced, for each but the one that refused. */
export function abortCost(participantCount: number): Cost {
  return {
    messages: 3 * participantCount - 1,
    forcedWrites: participantCount - 1,
    hopsToTold: 2,
    hopsToEnd: 3,
  };
}
