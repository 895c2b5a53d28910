import { readFileSync } from "node:fs";
import { type ForkJournal, readJournals } from "./journal.ts";
import type { Limits } from "./limits.ts";

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
  /** When the chapter must be over, in the time of performance.now(). */
  readonly deadline: number;
  /** What a part has used in earlier attempts, by its test file. */
  readonly usedMs: ReadonlyMap<string, number>;
  /** Called once when the chapter's time is over. */
  onDeadline(): void;
}

interface Watched {
  readonly pid: number;
  readonly testFile: string;
  readonly firstSeen: number;
  lastSeen: number;
  /** What it was doing, and since when. */
  doing: string;
  since: number;
}

/** Ends forks that will not end by themselves: nothing inside a fork that hangs can do that. */
export class Watchdog {
  readonly kills = new Map<string, Kill>();
  readonly #options: WatchdogOptions;
  readonly #watched = new Map<number, Watched>();
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), 100);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** How long each part was seen to run. */
  usedMs(): Map<string, number> {
    return new Map(
      [...this.#watched.values()].map((fork) => [fork.testFile, fork.lastSeen - fork.firstSeen]),
    );
  }

  /** Ends every fork that is still at work. */
  killAll(reason: KillReason): void {
    for (const journal of readJournals(this.#options.folder)) if (!journal.done) this.#kill(journal, reason);
  }

  #look(): void {
    const { folder, deadline, onDeadline } = this.#options;
    const now = performance.now();
    for (const journal of readJournals(folder)) {
      if (journal.done || this.kills.has(journal.testFile)) continue;
      const reason = this.#verdictOn(journal, now);
      if (reason) this.#kill(journal, reason);
    }
    if (now > deadline && !this.#isOver) {
      this.#isOver = true;
      onDeadline();
      this.killAll("chapter");
    }
  }

  #verdictOn(journal: ForkJournal, now: number): KillReason | undefined {
    const { testMs, limits, usedMs } = this.#options;
    const { pid, testFile } = journal;
    const doing = `${journal.outcomes.size} ${journal.running} ${journal.loading}`;
    const fork = this.#watched.get(pid) ?? {
      pid,
      testFile,
      firstSeen: now,
      lastSeen: now,
      doing,
      since: now,
    };
    this.#watched.set(pid, fork);
    fork.lastSeen = now;
    if (fork.doing !== doing) {
      fork.doing = doing;
      fork.since = now;
    }
    const isLoading = journal.running === undefined && journal.loading !== undefined;
    if (now - fork.since > (isLoading ? limits.loadMs : testMs)) return "silent";
    if (now - fork.firstSeen + (usedMs.get(testFile) ?? 0) > limits.partMs) return "part";
    if (residentBytes(pid) > limits.residentBytes) return "memory";
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

/** What a process holds in memory; 0 where the system does not say. */
function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * 4096;
  } catch {
    return 0;
  }
}
