import { todo } from "#lib/exercise";
import type { LamportClock, Stamp } from "#protocol/08-clocks";

/**
 * A new Lamport clock. Every event of its node gets a timestamp, a whole number above 0:
 *
 * - An event's timestamp is larger than that of the event before it on the same node.
 * - The timestamp of an arrival is larger than that of the sending.
 *
 * Nothing else is asked for: there may be gaps.
 */
export function createLamportClock(): LamportClock {
  return todo("08.1");
}

/**
 * A total order of all events that does not contradict happened-before, for Array.prototype.sort: less than 0 if `a` comes first, more
 * than 0 if `b` does, and 0 only for one and the same stamp. The smaller time comes first. Equal times are ordered by their nodes, in
 * the order of `<` between strings.
 */
export function compareStamps(a: Stamp, b: Stamp): number {
  return todo("08.1");
}

/** What two stamps of Lamport clocks tell: false if they prove that `a` did not happen before `b`; true if it may have. */
export function canPrecede(a: Stamp, b: Stamp): boolean {
  return todo("08.1");
}
