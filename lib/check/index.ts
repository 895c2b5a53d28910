/**
 * Checkers: programs that look at what clients saw, or at what nodes did, and say whether a promise was kept.
 */

export { type Deed, DeedsOfRun, deedsOf, savedBy } from "./deeds.ts";
export {
  agreement,
  type Claim,
  type Fact,
  factsOf,
  invariantsOf,
  type Known,
  type LateFact,
  never,
  precedence,
} from "./invariants.ts";
export type { Verdict, Witness } from "./verdict.ts";
