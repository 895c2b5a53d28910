import { defaultSeeds } from "./settings.ts";

/** How long things may take, in ms. Only what no count of rounds can stop ever meets these. */
export interface Limits {
  /**
   * For one test, or for what it does between two words of its progress; before any has hung, and after one has: a hang costs patience.
   * After the last, the other tests do not run.
   */
  readonly testMs: readonly number[];
  /** For one file of the work to be loaded. */
  readonly loadMs: number;
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
    testMs: [4000, 2000].map((ms) => ms * growth),
    loadMs: 2000,
    partMs: 30_000 * growth,
    chapterMs: 100_000 * growth,
    residentBytes: 1.2e9,
  };
}

/** "5 s", "0.5 s". */
export function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
