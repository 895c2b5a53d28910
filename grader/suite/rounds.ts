import { resetRounds, roundsUsed } from "#lib/exercise";

/** How many rounds of loops and entries of functions the work under test goes through in a call: a cost that no machine changes. */
export function rounds(call: () => unknown): number {
  resetRounds();
  call();
  return roundsUsed();
}
