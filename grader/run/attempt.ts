import { basename } from "node:path";
import type { PartRubric } from "../report/rubric.ts";
import type { PartFindings } from "../report/verdict.ts";
import { explain } from "./explain.ts";
import type { HostResult, ModuleResult } from "./host.ts";
import { type ForkJournal, lastSite, type Outcome } from "./journal.ts";
import { type Limits, seconds } from "./limits.ts";
import type { Kill } from "./watchdog.ts";

/** What one attempt at a chapter left behind: a fork may have died, so no single source knows everything. */
export interface Attempt {
  readonly folder: string;
  readonly result: HostResult;
  readonly journals: readonly ForkJournal[];
  readonly kills: ReadonlyMap<string, Kill>;
  readonly testMs: number;
  readonly limits: Limits;
  siteOf(number: number): string | undefined;
}

/** A part in the course of its run: attempts add to it. */
export class PartRun {
  readonly rubric: PartRubric;
  readonly testFile: string;
  readonly #outcomes = new Map<string, Outcome>();
  #output: readonly string[] = [];
  #moreOutput = 0;
  #missing: PartFindings["missing"];
  /** Whether another attempt can find out more. */
  isUnfinished = true;
  /** A file that the last attempt died of as it was loaded. */
  brokenFile: { readonly file: string; readonly sentence: string } | undefined;
  /** Whether the last attempt died in a test. */
  hasHung = false;

  constructor(rubric: PartRubric, testFile: string) {
    this.rubric = rubric;
    this.testFile = testFile;
  }

  get finished(): string[] {
    return [...this.#outcomes.keys()];
  }

  findings(typeErrors: readonly string[]): PartFindings {
    const missing = this.#missing;
    return {
      outcomes: this.#outcomes,
      output: this.#output,
      moreOutput: this.#moreOutput,
      typeErrors,
      ...(missing ? { missing } : {}),
    };
  }

  /** Says why the tests that have no result have none, and ends the part. */
  giveUp(sentence: string, isOurs = false): void {
    this.#missing ??= { sentence, isOurs };
    this.isUnfinished = false;
  }

  learnFrom(attempt: Attempt): void {
    this.brokenFile = undefined;
    this.hasHung = false;
    const journal = attempt.journals.find(({ testFile }) => testFile === this.testFile);
    const module = attempt.result.modules.find(({ testFile }) => testFile === this.testFile);
    const killed = attempt.kills.get(this.testFile);
    if (!journal) {
      if (killed ?? this.#isOver(attempt)) this.giveUp(notRun(attempt, "chapter"));
      else this.giveUp(`The suite could not be started: ${ourFault(attempt, module)}`, true);
      return;
    }
    for (const [name, outcome] of journal.outcomes)
      if (outcome.status !== "skipped") this.#outcomes.set(name, outcome);
    if (this.#output.length === 0) [this.#output, this.#moreOutput] = [journal.output, journal.moreOutput];
    if (journal.done) this.#settle(attempt, module);
    else this.#afterDeath(attempt, journal, killed, module);
  }

  #isOver({ kills }: Attempt): boolean {
    return [...kills.values()].some(({ reason }) => reason === "chapter");
  }

  /** The fork came to its end. Now vitest must agree with the journal. */
  #settle({ result }: Attempt, module: ModuleResult | undefined): void {
    this.isUnfinished = false;
    const [ours] = module?.errors ?? [];
    if (ours)
      this.giveUp(`The suite ${basename(this.testFile)} failed outside of its tests: ${ours.message}`, true);
    const stray = result.strays.find((error) => (error.VITEST_TEST_PATH ?? this.testFile) === this.testFile);
    for (const [name, outcome] of this.#outcomes) {
      if (outcome.status !== "passed") continue;
      if (stray) this.#outcomes.set(name, explain(stray));
      else if (module?.names.includes(name) && !module.passed.has(name) && !module.errors.length)
        this.#doubt(name, module);
    }
  }

  #doubt(name: string, module: ModuleResult): void {
    // A test that an earlier attempt finished is skipped in this one: vitest has no opinion on it.
    if (module.skipped.has(name)) return;
    this.#outcomes.set(name, { status: "failed", sentence: "The test ended twice, and not the same way." });
  }

  #afterDeath(
    attempt: Attempt,
    journal: ForkJournal,
    killed: Kill | undefined,
    module: ModuleResult | undefined,
  ): void {
    const heard = lastSite(attempt.folder, journal.pid);
    const place = heard === undefined ? undefined : attempt.siteOf(heard);
    if (module?.errors.length && !killed && journal.running === undefined && this.#outcomes.size === 0) {
      this.giveUp(
        `The suite ${basename(this.testFile)} cannot be loaded: ${module.errors[0]?.message}`,
        true,
      );
      return;
    }
    if (journal.running === undefined) {
      this.#afterDeathAtLoad(attempt, journal, killed, place);
      return;
    }
    this.hasHung = true;
    const sentence = causeOfDeath(attempt, killed, place, "The test", attempt.testMs, journal.soFar);
    this.#outcomes.set(journal.running, { status: "failed", kind: "Died", sentence });
    if (killed?.reason === "part" || killed?.reason === "chapter")
      this.giveUp(notRun(attempt, killed.reason));
  }

  /** The next attempt does without the file: the others can still be graded. */
  #afterDeathAtLoad(
    attempt: Attempt,
    { loading }: ForkJournal,
    killed: Kill | undefined,
    place: string | undefined,
  ): void {
    if (loading === undefined) {
      this.giveUp(causeOfDeath(attempt, killed, place, "The suite", attempt.testMs), true);
      return;
    }
    const sentence = causeOfDeath(attempt, killed, place, `Loading ${loading}`, attempt.limits.loadMs);
    this.brokenFile = { file: loading, sentence };
    if (killed?.reason === "part" || killed?.reason === "chapter") this.giveUp(sentence);
  }
}

function causeOfDeath(
  { limits }: Attempt,
  killed: Kill | undefined,
  place: string | undefined,
  subject: string,
  limitMs: number,
  soFar?: string,
): string {
  const far = soFar === undefined ? "" : `; ${soFar}, and none had broken a promise`;
  const heard = place === undefined ? "" : ` Last heard of at ${place}.`;
  switch (killed?.reason) {
    case "silent":
      if (killed && killed.residentBytes > 300e6) {
        const held = `${Math.round(killed.residentBytes / 1e6)} MB`;
        return `${subject} did not come back within ${seconds(limitMs)} and held ${held} of memory by then: what grows without an end?${heard}`;
      }
      return `${subject} did not come back within ${seconds(limitMs)}: is there a regular expression or a built-in that never ends?${heard}`;
    case "part":
      return `${subject} was still running when the part's ${seconds(limits.partMs)} were over${far}: what takes so long?${heard}`;
    case "chapter":
      return `${subject} was still running when the chapter's ${seconds(limits.chapterMs)} were over${far}.${heard}`;
    case "memory":
      return `${subject} was stopped when it held more than 1.2 GB of memory: what grows without an end?${heard}`;
    default:
      // Node's own last words are not always heard, and nothing else ends a fork from within.
      return `${subject} ran out of memory (512 MB): what grows without an end?${heard}`;
  }
}

function notRun({ limits }: Attempt, over: "part" | "chapter"): string {
  const ms = over === "part" ? limits.partMs : limits.chapterMs;
  return `Not run, because the ${over}'s ${seconds(ms)} were over.`;
}

function ourFault({ result }: Attempt, module: ModuleResult | undefined): string {
  return (
    module?.errors[0]?.message ??
    result.strays[0]?.message ??
    (result.lastWords.slice(0, 300) || "no reason is known")
  );
}
