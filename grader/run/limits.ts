import { defaultSeeds } from "./settings.ts";

/** How long things may take, in ms. Only what no count of rounds can stop ever meets these. */
export interface Limits {
  /** For one test, in the first attempt, the second, and so on: after a hang the next ones get less patience. */
  readonly testMs: readonly number[];
  /** For one part, all attempts together. */
  readonly partMs: number;
  /** For one chapter, all attempts together. */
  readonly chapterMs: number;
  /** What a fork may hold in memory, whatever its heap's own limit says. */
  readonly residentBytes: number;
}

/** A campaign of more seeds may take longer, in proportion. */
export function limitsFor(seeds: number): Limits {
  const growth = Math.max(1, seeds / defaultSeeds);
  return {
    testMs: [5000, 1500, 700].map((ms) => ms * growth),
    partMs: 9000 * growth,
    chapterMs: 27_000 * growth,
    residentBytes: 1.2e9,
  };
}

/** "5 s", "0.5 s". */
export function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
