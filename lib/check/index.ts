/**
 * Checkers: programs that look at what clients saw, or at what nodes did, and say whether a promise was kept.
 */
export type { Verdict, Witness } from "./verdict.ts";
