import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";

/** How one test ended, in words. */
export interface Outcome {
  /** `error`: the grader could not judge it, and the work is not to blame. */
  readonly status: "passed" | "failed" | "not-started" | "skipped" | "error";
  /** What was promised and what happened instead. */
  readonly sentence: string;
  /** The kind of failure: the name of what was thrown. */
  readonly kind?: string;
  readonly claim?: string;
  /** What had to go wrong for it, a sentence each, if the run was made as short as it can be. */
  readonly deviations?: readonly string[];
  readonly story?: readonly string[];
  /** What the nodes knew in the end. */
  readonly knew?: readonly string[];
  /** "file:line" in the learner's work. */
  readonly where?: string;
  readonly replay?: string;
  /** The page that shows the run. */
  readonly picture?: string;
}

/** One line of a fork's journal. */
export type Entry =
  | { readonly event: "fork"; readonly pid: number; readonly testFile: string }
  | { readonly event: "loading"; readonly file: string | undefined }
  | { readonly event: "start"; readonly test: string }
  | { readonly event: "progress"; readonly soFar: string }
  | { readonly event: "end"; readonly test: string; readonly outcome: Outcome }
  | { readonly event: "output"; readonly line: string }
  | { readonly event: "more-output"; readonly count: number }
  | { readonly event: "told"; readonly lines: readonly string[] }
  | { readonly event: "done" };

/** Writes at once, past every buffer: what was written survives the death of the fork. */
export class JournalWriter {
  readonly #file: number;
  constructor(folder: string) {
    this.#file = openSync(join(folder, `${process.pid}.jsonl`), "a");
  }
  write(entry: Entry): void {
    writeSync(this.#file, `${JSON.stringify(entry)}\n`);
  }
  close(): void {
    closeSync(this.#file);
  }
}

/** What one fork wrote so far. */
export interface ForkJournal {
  readonly pid: number;
  readonly testFile: string;
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** The test that has begun and not ended. */
  readonly running: string | undefined;
  /** How far that test is, as it has said last. */
  readonly soFar: string | undefined;
  /** The file of the work that is being loaded: "hash.ts". */
  readonly loading: string | undefined;
  readonly output: readonly string[];
  readonly moreOutput: number;
  readonly told: readonly string[];
  readonly done: boolean;
}

/** Reads the journals of all forks of a run. */
export function readJournals(folder: string): ForkJournal[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".jsonl"))
    .flatMap((name) => readJournal(readFileSync(join(folder, name), "utf8")) ?? []);
}

function readJournal(text: string): ForkJournal | undefined {
  const outcomes = new Map<string, Outcome>();
  const output: string[] = [];
  const told: string[] = [];
  let [pid, testFile, moreOutput, done] = [0, "", 0, false];
  let running: string | undefined;
  let soFar: string | undefined;
  let loading: string | undefined;
  for (const line of text.split("\n")) {
    // A fork may have been killed in the middle of its last line.
    if (!line.endsWith("}")) continue;
    const entry = parseEntry(line);
    if (entry?.event === "fork") [pid, testFile] = [entry.pid, entry.testFile];
    else if (entry?.event === "loading") loading = entry.file;
    else if (entry?.event === "start") [running, soFar] = [entry.test, undefined];
    else if (entry?.event === "progress") soFar = entry.soFar;
    else if (entry?.event === "end") {
      outcomes.set(entry.test, entry.outcome);
      running = undefined;
    } else if (entry?.event === "output") output.push(entry.line);
    else if (entry?.event === "more-output") moreOutput += entry.count;
    else if (entry?.event === "told") told.push(...entry.lines);
    else if (entry?.event === "done") done = true;
  }
  if (pid === 0) return undefined;
  return { pid, testFile, outcomes, running, soFar, loading, output, moreOutput, told, done };
}

function parseEntry(line: string): Entry | undefined {
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return undefined;
  }
}

/** The number of the guard that ran last in a fork, as its lifeline noted it. */
export function lastSite(folder: string, pid: number): number | undefined {
  const file = join(folder, `${pid}.site`);
  if (!existsSync(file)) return undefined;
  const number = Number.parseInt(readFileSync(file, "utf8"), 10);
  return number >= 0 ? number : undefined;
}
