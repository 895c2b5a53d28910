import { type ForkJournal, readJournals } from "./journal.ts";
import type { Limits } from "./limits.ts";
import { processorMs, residentBytes, waitsForACore } from "./processes.ts";

export type KillReason = "silent" | "memory" | "part" | "chapter";

export interface Kill {
  readonly reason: KillReason;
  /** What the fork held in memory then. */
  readonly residentBytes: number;
}

export interface WatchdogOptions {
  /** Where the forks of this attempt write. */
  readonly folder: string;
  readonly limits: Limits;
  readonly testMs: number;
  /** What is left of the chapter's time. */
  readonly chapterMs: number;
  /** What a part has used in earlier attempts, by its test file. */
  readonly usedMs: ReadonlyMap<string, number>;
  /** Called once when the chapter's time is over. */
  onDeadline(): void;
}

/** What waiting costs, for something that is not a core: what a fork does when it sleeps, and a grade until its next fork is there. */
const waitShare = 1 / 3;

interface Watched {
  readonly testFile: string;
  /** All the time that it was given, and that for what it does now. */
  totalMs: number;
  doingMs: number;
  doing: string;
  processorMs: number | undefined;
}

/**
 * Ends forks that will not end by themselves: nothing inside a fork that hangs can do that. Time is counted as a fork gets
 * it: on a busy machine, where it waits for a core, nobody is blamed for that.
 */
export class Watchdog {
  readonly kills = new Map<string, Kill>();
  readonly #options: WatchdogOptions;
  readonly #watched = new Map<number, Watched>();
  #timer: NodeJS.Timeout | undefined;
  #lastLook = 0;
  #isOver = false;
  /** How much of the chapter's time has passed. */
  spentMs = 0;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  start(): void {
    this.#lastLook = performance.now();
    this.#timer = setInterval(() => this.#look(), 100);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** How long each part was seen to run. */
  usedMs(): Map<string, number> {
    return new Map([...this.#watched.values()].map((fork) => [fork.testFile, fork.totalMs]));
  }

  /** Ends every fork that is still at work. */
  killAll(reason: KillReason): void {
    for (const journal of readJournals(this.#options.folder)) if (!journal.done) this.#kill(journal, reason);
  }

  #look(): void {
    const now = performance.now();
    const passedMs = now - this.#lastLook;
    this.#lastLook = now;
    let most = 0;
    let isAnyoneThere = false;
    for (const journal of readJournals(this.#options.folder)) {
      if (journal.done || this.kills.has(journal.testFile)) continue;
      isAnyoneThere = true;
      const { fork, givenMs } = this.#account(journal, passedMs);
      most = Math.max(most, givenMs);
      const reason = this.#verdictOn(journal, fork);
      if (reason) this.#kill(journal, reason);
    }
    this.spentMs += isAnyoneThere ? most : passedMs * waitShare;
    if (this.spentMs > this.#options.chapterMs && !this.#isOver) {
      this.#isOver = true;
      this.#options.onDeadline();
      this.killAll("chapter");
    }
  }

  /** Adds what a fork was given since the last look. */
  #account(journal: ForkJournal, passedMs: number): { fork: Watched; givenMs: number } {
    const { pid, testFile } = journal;
    const used = processorMs(pid);
    const doing = `${journal.outcomes.size} ${journal.running} ${journal.soFar} ${journal.loading}`;
    const known = this.#watched.get(pid);
    const fork = known ?? { testFile, totalMs: 0, doingMs: 0, doing, processorMs: used };
    this.#watched.set(pid, fork);
    const ran = used === undefined ? passedMs : used - (fork.processorMs ?? 0);
    const waitedMs = waitsForACore(pid) ? 0 : passedMs * waitShare;
    const givenMs = Math.min(passedMs, Math.max(ran, waitedMs));
    fork.processorMs = used;
    fork.totalMs += givenMs;
    fork.doingMs = fork.doing === doing ? fork.doingMs + givenMs : 0;
    fork.doing = doing;
    return { fork, givenMs };
  }

  #verdictOn(journal: ForkJournal, fork: Watched): KillReason | undefined {
    const { testMs, limits, usedMs } = this.#options;
    const isLoading = journal.running === undefined && journal.loading !== undefined;
    if (fork.doingMs > (isLoading ? limits.loadMs : testMs)) return "silent";
    if (fork.totalMs + (usedMs.get(fork.testFile) ?? 0) > limits.partMs) return "part";
    if (residentBytes(journal.pid) > limits.residentBytes) return "memory";
    return undefined;
  }

  #kill({ pid, testFile }: ForkJournal, reason: KillReason): void {
    this.kills.set(testFile, { reason, residentBytes: residentBytes(pid) });
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself in the meantime.
    }
  }
}
