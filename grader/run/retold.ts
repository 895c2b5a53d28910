import type { RunPicture } from "../picture/data.ts";

/** A failing run, made again as short as it could be made. */
export interface Retold {
  readonly claim: string;
  readonly sentence: string;
  /** "file:line" in the learner's work. */
  readonly where?: string;
  /** What had to go wrong, a sentence each. */
  readonly deviations: readonly string[];
  /** What happened, a line an event. */
  readonly story: readonly string[];
  /** What the nodes knew in the end. */
  readonly knew: readonly string[];
  readonly replay: string;
  readonly picture: RunPicture;
}

/** What a fork is to retell, and where it puts it: `0.json`, `1.json` … in the folder. */
export interface RetellSettings {
  readonly slug: string;
  /** The chapter's scenarios.ts. */
  readonly scenarios: string;
  readonly folder: string;
  /** The replay strings. */
  readonly runs: readonly string[];
}
