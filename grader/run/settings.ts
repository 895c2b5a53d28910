import type { RetellSettings } from "./retold.ts";

/** What a run is told from outside. It crosses into the forks, so it is data. */
export interface RunSettings {
  /** The base seed: the same one gives the same verdict. */
  readonly seed: number;
  /** How many nemesis runs a campaign does. */
  readonly seeds: number;
  /** Where the forks write what happens. */
  readonly journal?: string;
  /** Tests, by test file, that an earlier attempt has finished: they do not run again. */
  readonly finished?: { readonly [testFile: string]: readonly string[] };
  /** Files of the work, by name, that never come back from being loaded, and the sentence that says so: they are left out. */
  readonly broken?: { readonly [file: string]: string };
  /** Whether a part ends with its first test that does not pass. */
  readonly stopAtFirstLoss?: boolean;
  /** For `npm run replay`: the string, and where the chapter's scenarios are. */
  readonly replay?: { readonly line: string; readonly slug: string; readonly scenarios: string };
  /** For what a failing run is told by. */
  readonly retell?: RetellSettings;
  /** For a chapter without suites: the examples that it prints, each a module of its own. */
  readonly tried?: { readonly slug: string; readonly examples: readonly TriedExample[] };
}

export interface TriedExample {
  readonly place: string;
  readonly file: string;
  readonly prints: readonly string[];
}

declare module "vitest" {
  interface ProvidedContext {
    workbook: RunSettings;
  }
}

export const defaultSeed = 0;
export const defaultSeeds = 200;

let current: RunSettings = { seed: defaultSeed, seeds: defaultSeeds };

/** The settings of this run; the defaults outside of one. */
export function settings(): RunSettings {
  return current;
}

export function useSettings(next: RunSettings): void {
  current = next;
}
