import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { filesOf, type PartRubric, type Rubric } from "../report/rubric.ts";
import {
  type ChapterVerdict,
  joinVerdicts,
  judgeChapter,
  judgePart,
  type TestVerdict,
} from "../report/verdict.ts";
import { PartRun } from "./attempt.ts";
import { ChapterRun } from "./chapter-run.ts";
import { chaptersRoot, loadRubric, partOf, project, scenariosOf, testFileOf, Usage } from "./chapters.ts";
import type { CompiledFile } from "./compile.ts";
import { Host, removeFolder, removeLeftovers } from "./host.ts";
import type { Outcome } from "./journal.ts";
import { type Layers, shown } from "./layers.ts";
import { buildLibrary } from "./library.ts";
import { type Limits, limitsFor } from "./limits.ts";
import { Overlay } from "./overlay.ts";
import type { Example } from "./printed.ts";
import { failedRuns, redrawn, removePictures, retoldIn } from "./retell.ts";
import { defaultSeed, defaultSeeds, type RunSettings } from "./settings.ts";
import { type TypeFault, typeFaults } from "./type-check.ts";

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
  readonly seed?: number;
  readonly seeds?: number;
  /** Each part ends with its first test that does not pass. */
  readonly stopAtFirstLoss?: boolean;
  /** Whether the type checker looks too. */
  readonly types?: boolean;
  readonly limits?: Limits;
}

/** What a replay has to say. */
export interface Telling {
  readonly lines: readonly string[];
  /** Whether the run broke a claim. */
  readonly isBroken: boolean;
  /** Why nothing, or not everything, could be told; empty if all is well. */
  readonly failure: string;
}

/** What can be said about work without suites. */
export interface Tryout {
  /** Of loading the work, under "load", and of each example, under its place. */
  readonly outcomes: ReadonlyMap<string, Pick<Outcome, "status" | "sentence" | "where">>;
  readonly types: readonly string[];
}

/** Grades chapters, one after another, on one warm vitest. Whose work it is may differ from call to call. */
export class Grader {
  readonly root: string;
  readonly #overlay: Overlay;
  readonly #host: Host;
  #runCount = 0;
  #current: ChapterRun | undefined;

  private constructor(root: string, overlay: Overlay, host: Host) {
    this.root = root;
    this.#overlay = overlay;
    this.#host = host;
  }

  static async open({ root = chaptersRoot, ui = false }: GraderOptions = {}): Promise<Grader> {
    removeLeftovers(join(root, ".workbook", "runs"));
    const library = join(project, "lib");
    const overlay = new Overlay(
      root,
      library,
      await buildLibrary(library, join(project, ".workbook", "lib")),
    );
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
    this.#current?.abandon();
  }

  async grade(options: GradeOptions): Promise<ChapterVerdict> {
    const { chapter, layers = [join(this.root, "exercises", chapter)] } = options;
    const { seed = defaultSeed, seeds = defaultSeeds, stopAtFirstLoss = false } = options;
    const rubric = await loadRubric(this.root, chapter);
    const asked = options.parts?.map((name) => partOf(rubric, name)) ?? rubric.parts;
    const parts = asked.map((part) => new PartRun(part, testFileOf(this.root, chapter, part.part) ?? ""));
    for (const part of parts) {
      if (part.testFile === "") part.giveUp("The part has no suite: tell the authors.", true);
    }
    return await this.#inFolder(async (folder) => {
      const types = options.types ? typeFaults(this.root, layers, folder) : Promise.resolve([]);
      const settings = { seed, seeds, stopAtFirstLoss };
      await this.#run(chapter, layers, parts, folder, settings, options.limits ?? limitsFor(seeds));
      const spoilt = new Set((await this.#overlay.work(chapter)).files.flatMap(refusedFile));
      const faults = (await types).filter(({ file }) => !spoilt.has(file));
      return judge(rubric, parts, faults);
    });
  }

  /** The parts of one file first, which `onFirst` gets as soon as they are there, then the others. */
  async gradeInTurn(
    options: GradeOptions,
    file: string | undefined,
    onFirst: (verdict: ChapterVerdict) => void,
  ): Promise<ChapterVerdict> {
    const rubric = await loadRubric(this.root, options.chapter);
    const names = options.parts ?? rubric.parts.map(({ part }) => part);
    const first = names.filter((name) => file !== undefined && filesOf(partOf(rubric, name)).includes(file));
    const others = names.filter((name) => !first.includes(name));
    if (first.length === 0 || others.length === 0) return await this.grade(options);
    const quick = await this.grade({ ...options, parts: first });
    onFirst(quick);
    return joinVerdicts(rubric, [quick, await this.grade({ ...options, parts: others })]);
  }

  /** Makes one recorded run again, under the same guards, and gives it back as text. */
  async tell(chapter: string, layers: Layers, settings: RunSettings): Promise<Telling> {
    const part = new PartRun(toolRubric(["replay"]), join(import.meta.dirname, "replay-run.ts"));
    return await this.#inFolder(async (folder) => {
      const { told } = await this.#run(chapter, layers, [part], folder, settings, limitsFor(settings.seeds));
      const { outcomes, missing } = part.findings([]);
      const outcome = outcomes.get("replay");
      // A broken claim is part of what was told, and so is a body that is still to be written.
      const isBroken = outcome?.kind === "Broken" || outcome?.status === "not-started";
      const failure = outcome?.status === "failed" && !isBroken ? outcome.sentence : "";
      return { lines: told, isBroken, failure: missing?.sentence ?? failure };
    });
  }

  /**
   * The verdict with each failing run made as short as it can be, told and drawn. What does not come to an end is left as it
   * was: the verdict itself does not depend on this.
   */
  async retell(verdict: ChapterVerdict, layers: Layers): Promise<ChapterVerdict> {
    const slug = verdict.rubric.chapter;
    removePictures(
      this.root,
      verdict.parts.map(({ rubric }) => rubric.part),
    );
    const failed = failedRuns(verdict.parts);
    const scenarios = scenariosOf(this.root, slug);
    if (failed.length === 0 || scenarios === undefined) return verdict;
    const part = new PartRun(toolRubric(failed.keys()), join(import.meta.dirname, "retell-run.ts"));
    return await this.#inFolder(async (folder) => {
      const retell = { slug, scenarios, folder, runs: failed.map(({ replay }) => replay) };
      const settings = { seed: defaultSeed, seeds: defaultSeeds, retell };
      await this.#run(slug, layers, [part], folder, settings, limitsFor(defaultSeeds));
      const drawn = new Map<TestVerdict, TestVerdict>();
      for (const [i, run] of failed.entries()) {
        const retold = retoldIn(folder, i);
        if (retold) drawn.set(run.test, await redrawn(this.root, run, retold));
      }
      const parts = verdict.parts.map((one) => ({
        ...one,
        tests: one.tests.map((test) => drawn.get(test) ?? test),
      }));
      return { ...verdict, parts };
    });
  }

  /** What there is to say about work whose suites are not here: whether it loads, and what the chapter's examples print. */
  async tryOut(slug: string, layers: Layers, examples: readonly Example[]): Promise<Tryout> {
    const tests = ["load", ...examples.map(({ place }) => place)];
    const part = new PartRun(toolRubric(tests), join(import.meta.dirname, "try-run.ts"));
    return await this.#inFolder(async (folder) => {
      const types = await typeFaults(this.root, layers, folder);
      const tried = {
        slug,
        examples: examples.map(({ place, prints, code }, i) => {
          const file = join(folder, `example-${i}.ts`);
          writeFileSync(file, code);
          return { place, prints, file };
        }),
      };
      const settings = { seed: defaultSeed, seeds: defaultSeeds, tried };
      await this.#run(slug, layers, [part], folder, settings, limitsFor(defaultSeeds));
      const { outcomes, missing } = part.findings([]);
      const none = { status: "failed", sentence: missing?.sentence ?? "It was not run." } as const;
      return {
        outcomes: new Map(tests.map((name) => [name, outcomes.get(name) ?? none])),
        types: types.map(({ sentence }) => sentence),
      };
    });
  }

  async #run(
    chapter: string,
    layers: Layers,
    parts: readonly PartRun[],
    folder: string,
    settings: RunSettings,
    limits: Limits,
  ): Promise<ChapterRun> {
    this.#overlay.use(chapter, layers);
    this.#host.forget(Overlay.moduleOf(chapter));
    const siteOf = (site: number) => this.#overlay.siteOf(chapter, site);
    const run = new ChapterRun({ host: this.#host, parts, folder, limits, settings, siteOf });
    this.#current = run;
    await run.run();
    return run;
  }

  async #inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
    const folder = join(this.root, ".workbook", "runs", `${process.pid}-${++this.#runCount}`);
    try {
      mkdirSync(folder, { recursive: true });
    } catch (error) {
      throw new Usage(`${shown(folder)} cannot be made: ${(error as NodeJS.ErrnoException).code}.`);
    }
    return await use(folder).finally(() => removeFolder(folder));
  }
}

/** What the grader itself runs in a fork, in the shape of a part. */
function toolRubric(tests: Iterable<unknown>): PartRubric {
  const hints = ["", "", ""] as const;
  return { part: "tool", title: "", points: 1, file: "", tests: [...tests].map(String), hints };
}

/** Type errors in a file that is refused are mostly what follows from that. */
function refusedFile({ file, refusal }: CompiledFile): string[] {
  return refusal === undefined ? [] : [file];
}

function judge(rubric: Rubric, parts: readonly PartRun[], types: readonly TypeFault[]): ChapterVerdict {
  const verdicts = parts.map((part) => {
    const own = types.filter((fault) => filesOf(part.rubric).includes(fault.file));
    return judgePart(part.rubric, part.findings(own.map((fault) => fault.sentence)));
  });
  const files = new Set(rubric.parts.flatMap(filesOf));
  const others = types.filter((fault) => !files.has(fault.file)).map((fault) => fault.sentence);
  return judgeChapter(rubric, verdicts, others);
}
