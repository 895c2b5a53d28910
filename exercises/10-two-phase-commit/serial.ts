import { todo } from "#lib/exercise";
import type { TransactionHistory } from "#protocol/10-two-phase-commit";

/**
 * Could these transactions have run one at a time? If so, an order: the names of all of them, the first one first, so that if each
 * runs alone, in this order, on what was there before, every read finds the value that it found. If there are several such orders,
 * any of them. If there is none: null.
 *
 * A transaction that has written a key reads its own value from then on. A history has at most seven transactions, and its list is
 * in no particular order. What the work is given is not to be changed.
 */
export function serialOrder(history: TransactionHistory): string[] | null {
  return todo("10.1");
}
