import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type ChapterVerdict, judgeChapter, judgePart } from "../report/verdict.ts";
import { PartRun } from "./attempt.ts";
import { loadRubric, partOf, project, testFileOf } from "./chapters.ts";
import { Host, removeFolder } from "./host.ts";
import { readJournals } from "./journal.ts";
import type { Layers } from "./layers.ts";
import { type Limits, limitsFor } from "./limits.ts";
import { Overlay } from "./overlay.ts";
import { defaultSeed, defaultSeeds, type RunSettings } from "./settings.ts";
import { type TypeFault, typeErrors } from "./type-check.ts";
import { Watchdog } from "./watchdog.ts";

export interface GraderOptions {
  /** The folder that holds exercises/, solutions/ and grader/NN-slug/: the project, unless a test says otherwise. */
  readonly root?: string;
  /** Whether vitest's own page is served. */
  readonly ui?: boolean;
}

export interface GradeOptions {
  /** "05-partitioning" */
  readonly chapter: string;
  /** Whose work: folders laid over one another. The stubs folder unless told. */
  readonly layers?: Layers;
  /** Only these parts: "05.2". */
  readonly parts?: readonly string[];
  /** The file that was saved last: its parts run first. */
  readonly changedFile?: string;
  readonly seed?: number;
  readonly seeds?: number;
  /** Each part ends with its first test that does not pass. */
  readonly stopAtFirstLoss?: boolean;
  /** Whether the type checker looks too. */
  readonly types?: boolean;
  readonly limits?: Limits;
}

/** Grades chapters, one after another, on one warm vitest. Whose work it is may differ from call to call. */
export class Grader {
  readonly root: string;
  readonly #overlay: Overlay;
  readonly #host: Host;
  #runCount = 0;
  #watchdog: Watchdog | undefined;

  private constructor(root: string, overlay: Overlay, host: Host) {
    this.root = root;
    this.#overlay = overlay;
    this.#host = host;
  }

  static async open({ root = project, ui = false }: GraderOptions = {}): Promise<Grader> {
    const overlay = new Overlay(root, join(project, "lib"));
    return new Grader(root, overlay, await Host.open({ root, overlay, ui }));
  }

  get uiAddress(): string | undefined {
    return this.#host.uiAddress;
  }

  async close(): Promise<void> {
    await this.#host.close();
  }

  /** Ends the forks at once, without waiting for anything: for when the grader itself is told to end. */
  abandon(): void {
    this.#watchdog?.killAll("chapter");
  }

  async grade(options: GradeOptions): Promise<ChapterVerdict> {
    const { chapter, seeds = defaultSeeds, layers = [join(this.root, "exercises", chapter)] } = options;
    const rubric = await loadRubric(this.root, chapter);
    const asked = options.parts?.map((name) => partOf(rubric, name)) ?? rubric.parts;
    this.#overlay.use(chapter, layers);
    this.#host.invalidate();
    const folder = this.#newFolder();
    try {
      const types = options.types ? typeErrors(this.root, project, layers, folder) : Promise.resolve([]);
      const runs = asked.map((part) => new PartRun(part, testFileOf(this.root, chapter, part.part) ?? ""));
      for (const run of runs)
        if (run.testFile === "") run.giveUp("The part has no suite: tell the authors.", true);
      await this.#attempts(runs, folder, { ...options, limits: options.limits ?? limitsFor(seeds) });
      return this.#judge(rubric, runs, await types);
    } finally {
      removeFolder(folder);
    }
  }

  /** Runs one file of ours on a chapter's work, under the same guards, and gives back what it told. */
  async tell(
    chapter: string,
    layers: Layers,
    testFile: string,
    settings: RunSettings,
  ): Promise<PartRunOutcome> {
    this.#overlay.use(chapter, layers);
    this.#host.invalidate();
    const folder = this.#newFolder();
    try {
      const name = "replay";
      const run = new PartRun(
        { part: chapter, title: name, points: 1, file: "", tests: [name], hints: ["", "", ""] },
        testFile,
      );
      const limits = limitsFor(defaultSeeds);
      const told: string[] = [];
      await this.#attempt(
        [run],
        folder,
        0,
        performance.now() + limits.chapterMs,
        { chapter, limits },
        new Map(),
        settings,
        told,
      );
      const findings = run.findings([]);
      return {
        lines: told,
        failure: findings.missing?.sentence ?? [...findings.outcomes.values()][0]?.sentence ?? "",
      };
    } finally {
      removeFolder(folder);
    }
  }

  #newFolder(): string {
    const folder = join(this.root, ".workbook", "runs", `${process.pid}-${++this.#runCount}`);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** The first attempt runs everything; others run what a fork that had to be ended left undone. */
  async #attempts(
    runs: readonly PartRun[],
    folder: string,
    options: GradeOptions & { limits: Limits },
  ): Promise<void> {
    const {
      limits,
      changedFile,
      seed = defaultSeed,
      seeds = defaultSeeds,
      stopAtFirstLoss = false,
    } = options;
    const deadline = performance.now() + limits.chapterMs;
    const usedMs = new Map<string, number>();
    const inOrder = [...runs].sort(
      (a, b) => Number(b.rubric.file === changedFile) - Number(a.rubric.file === changedFile),
    );
    for (let attempt = 0; attempt < limits.testMs.length; attempt++) {
      const unfinished = inOrder.filter((run) => run.isUnfinished);
      if (unfinished.length === 0 || performance.now() > deadline) break;
      const settings = { seed, seeds, stopAtFirstLoss };
      await this.#attempt(unfinished, folder, attempt, deadline, options, usedMs, settings);
      if (stopAtFirstLoss) break;
    }
    for (const run of runs) {
      if (run.isUnfinished) run.giveUp("Not run, because tests before it did not come back.");
    }
  }

  async #attempt(
    runs: readonly PartRun[],
    parent: string,
    number: number,
    deadline: number,
    { chapter, limits }: { chapter: string; limits: Limits },
    usedMs: Map<string, number>,
    settings: RunSettings,
    told: string[] = [],
  ): Promise<void> {
    const folder = join(parent, String(number));
    mkdirSync(folder);
    const finished = Object.fromEntries(runs.map((run) => [run.testFile, run.finished]));
    const testMs = limits.testMs[number] as number;
    const onDeadline = () => void this.#host.cancel();
    const watchdog = new Watchdog({ folder, limits, testMs, deadline, usedMs, onDeadline });
    this.#watchdog = watchdog;
    watchdog.start();
    const testFiles = runs.map((run) => run.testFile);
    const result = await this.#host
      .run(testFiles, { ...settings, journal: folder, finished })
      .finally(() => watchdog.stop());
    const journals = readJournals(folder);
    for (const journal of journals) told.push(...journal.told);
    for (const [testFile, ms] of watchdog.usedMs()) usedMs.set(testFile, (usedMs.get(testFile) ?? 0) + ms);
    const siteOf = (site: number) => this.#overlay.siteOf(chapter, site);
    for (const run of runs)
      run.learnFrom({ folder, result, journals, kills: watchdog.kills, testMs, limits, siteOf });
  }

  #judge(
    rubric: Parameters<typeof judgeChapter>[0],
    runs: readonly PartRun[],
    types: readonly TypeFault[],
  ): ChapterVerdict {
    const parts = runs.map((run) => {
      const own = types.filter((error) => error.file === run.rubric.file);
      return judgePart(run.rubric, run.findings(own.map((error) => error.sentence)));
    });
    const files = new Set(rubric.parts.map((part) => part.file));
    const others = types.filter((error) => !files.has(error.file));
    return judgeChapter(
      rubric,
      parts,
      others.map((error) => error.sentence),
    );
  }
}

export interface PartRunOutcome {
  readonly lines: readonly string[];
  /** Why nothing, or not everything, could be told; empty if all is well. */
  readonly failure: string;
}
