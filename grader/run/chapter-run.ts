import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { PartRun } from "./attempt.ts";
import type { Host } from "./host.ts";
import { readJournals } from "./journal.ts";
import type { Limits } from "./limits.ts";
import type { RunSettings } from "./settings.ts";
import { Watchdog } from "./watchdog.ts";

export interface ChapterRunOptions {
  readonly host: Host;
  readonly parts: readonly PartRun[];
  /** A folder of this run's own. */
  readonly folder: string;
  readonly limits: Limits;
  readonly settings: RunSettings;
  /** The place that a guard's number stands for. */
  siteOf(number: number): string | undefined;
}

const mostAttempts = 5;

/** One chapter's parts on one piece of work: an attempt at all of them, and others at what a fork that had to be ended left undone. */
export class ChapterRun {
  /** What the forks had to tell besides results. */
  readonly told: string[] = [];
  readonly #options: ChapterRunOptions;
  #leftMs: number;
  readonly #broken: { [file: string]: string } = {};
  readonly #usedMs = new Map<string, number>();
  #watchdog: Watchdog | undefined;

  constructor(options: ChapterRunOptions) {
    this.#options = options;
    this.#leftMs = options.limits.chapterMs;
  }

  async run(): Promise<void> {
    const { parts, limits, settings } = this.#options;
    let hangs = 0;
    for (let number = 0; number < mostAttempts; number++) {
      const unfinished = parts.filter((part) => part.isUnfinished);
      const testMs = limits.testMs[hangs];
      if (unfinished.length === 0 || testMs === undefined || this.#leftMs <= 0) break;
      await this.#attempt(unfinished, number, testMs);
      for (const { brokenFile } of unfinished)
        if (brokenFile) this.#broken[brokenFile.file] = brokenFile.sentence;
      if (unfinished.some((part) => part.hasHung)) hangs++;
      if (settings.stopAtFirstLoss && hangs > 0) break;
    }
    for (const part of parts) {
      if (part.isUnfinished)
        part.giveUp(part.brokenFile?.sentence ?? "Not run, because tests before it did not come back.");
    }
  }

  /** Ends the forks at once. */
  abandon(): void {
    this.#watchdog?.killAll("chapter");
  }

  async #attempt(parts: readonly PartRun[], number: number, testMs: number): Promise<void> {
    const { host, limits, settings, siteOf } = this.#options;
    const folder = join(this.#options.folder, String(number));
    mkdirSync(folder);
    const watchdog = new Watchdog({
      folder,
      limits,
      testMs,
      chapterMs: this.#leftMs,
      usedMs: this.#usedMs,
      onDeadline: () => void host.cancel(),
    });
    this.#watchdog = watchdog;
    watchdog.start();
    const finished = Object.fromEntries(parts.map((part) => [part.testFile, part.finished]));
    // The later parts have the longer campaigns: they begin first, so that no core is idle at the end.
    const testFiles = parts.map((part) => part.testFile).reverse();
    const result = await host
      .run(testFiles, { ...settings, journal: folder, finished, broken: { ...this.#broken } })
      .finally(() => watchdog.stop());
    this.#leftMs -= watchdog.spentMs;
    const journals = readJournals(folder);
    for (const journal of journals) this.told.push(...journal.told);
    for (const [testFile, ms] of watchdog.usedMs()) {
      this.#usedMs.set(testFile, (this.#usedMs.get(testFile) ?? 0) + ms);
    }
    for (const part of parts) {
      part.learnFrom({ folder, result, journals, kills: watchdog.kills, testMs, limits, siteOf });
    }
  }
}
