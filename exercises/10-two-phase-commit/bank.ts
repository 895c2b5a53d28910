import { todo } from "#lib/exercise";
import type { NodeId } from "#lib/sim";
import type { Action, Booking, Cost, Placement, Result } from "#protocol/10-two-phase-commit";

/**
 * The work of a transfer: an `add` for each booking, with this ref, in the same order, at the participant that keeps the account.
 * Participants without a booking are not in it.
 */
export function transferWork(
  placement: Placement,
  bookings: readonly Booking[],
  ref: string,
): { [participant: NodeId]: Action[] } {
  return todo("10.6");
}

/** The work of an audit: a `read` for each account of the placement, at the participant that keeps it. */
export function auditWork(placement: Placement): { [participant: NodeId]: Action[] } {
  return todo("10.6");
}

/** The sum of all balances that an audit found. */
export function totalOf(results: { readonly [participant: NodeId]: Result }): number {
  return todo("10.6");
}

/** What a commit costs by presumed abort, with two participants or more, when each votes yes and nothing goes wrong. */
export function commitCost(participantCount: number): Cost {
  return todo("10.6");
}

/** What it costs when one of them votes no, after all others have voted yes: the least that keeps every promise. */
export function abortCost(participantCount: number): Cost {
  return todo("10.6");
}
