import { accessSync, constants } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { HintMemory } from "../report/hints.ts";
import { reportOf, writeWhole } from "../report/report.ts";
import { type Around, chapterLines, nextStep, progress } from "../report/terminal.ts";
import type { ChapterVerdict } from "../report/verdict.ts";
import { counted } from "../report/words.ts";
import {
  chaptersIn,
  chaptersRoot,
  findTarget,
  loadRubric,
  partOf,
  suitesOf,
  type Target,
  Usage,
} from "../run/chapters.ts";
import { type GradeOptions, Grader } from "../run/grader.ts";
import type { Layers } from "../run/layers.ts";
import { defaultSeed, defaultSeeds } from "../run/settings.ts";
import { layersFor } from "./against.ts";
import { endWith } from "./ending.ts";
import { readArguments, wholeNumber } from "./options.ts";
import { tryOut } from "./try-out.ts";

export interface GradeRequest {
  readonly root: string;
  readonly targets: readonly Target[];
  readonly against: string | undefined;
  readonly seed: number;
  readonly seeds: number;
  readonly json: string | undefined;
}

export async function command(args: string[]): Promise<number> {
  const { positionals, values } = readArguments("grade", args, kinds, 1);
  const request = await readRequest(
    chaptersRoot,
    positionals[0],
    values as { [name: string]: string | undefined },
  );
  if (request.targets.every(({ slug }) => suitesOf(request.root, slug) === "none")) {
    const [extra] = ["watch", "ui", "json", "seed", "seeds"].filter((name) => values[name] !== undefined);
    if (extra) throw new Usage(`--${extra} needs suites, and there are none in this handout: leave it out.`);
    return await tryOut(request.root, request.targets, request.against);
  }
  if (values.watch || values.ui) {
    if (values.watch && values.ui) throw new Usage("Use --watch or --ui, not both.");
    const [target] = request.targets;
    if (!target || request.targets.length > 1)
      throw new Usage("Say which chapter: npm run grade 01 -- --watch.");
    if (values.ui) return await (await import("./ui.ts")).serveUi(request, target);
    return await (await import("./watch.ts")).watchChapter(request, target);
  }
  const grader = await Grader.open({ root: request.root });
  const release = endWith(() => grader.abandon());
  try {
    return await gradeAll(grader, request);
  } finally {
    release();
    await grader.close();
  }
}

const kinds = {
  watch: { type: "boolean", means: "", says: "again whenever you save, the part that you changed first" },
  ui: { type: "boolean", means: "", says: "vitest's page, until Ctrl-C" },
  against: { type: "string", means: "solutions | DIR", says: "somebody else's work" },
  seed: { type: "string", means: "S", says: "the base seed: other runs; 0 unless told" },
  seeds: { type: "string", means: "N", says: "how many runs a campaign does; 200 unless told" },
  json: { type: "string", means: "FILE", says: "the report, there too" },
} as const;

/** Everything that can be wrong with a request is found here, before anything starts. */
export async function readRequest(
  root: string,
  asked: string | undefined,
  values: { readonly [name: string]: string | undefined },
): Promise<GradeRequest> {
  const targets =
    asked === undefined ? chaptersIn(root).map((slug): Target => ({ slug })) : [findTarget(root, asked)];
  if (targets.length === 0) throw new Usage("There are no chapters yet.");
  for (const { slug, part } of targets) {
    if (part !== undefined && suitesOf(root, slug) !== "none") partOf(await loadRubric(root, slug), part);
    if (asked !== undefined) layersFor(root, slug, values.against);
  }
  const request = {
    root,
    targets: targets.filter(({ slug }) => asked !== undefined || hasWork(root, slug, values.against)),
    against: values.against,
    seed: wholeNumber("seed", values.seed, 0, defaultSeed),
    seeds: wholeNumber("seeds", values.seeds, 1, defaultSeeds),
    json: values.json,
  };
  if (request.targets.length === 0)
    throw new Usage(`--against ${values.against}: no chapter's work is there.`);
  if (values.json !== undefined) checkWritable(values.json);
  return request;
}

/** Without a chapter on the command line, the chapters that a submission has no file of are left out. */
function hasWork(root: string, slug: string, against: string | undefined): boolean {
  try {
    layersFor(root, slug, against);
    return true;
  } catch {
    return false;
  }
}

function checkWritable(path: string): void {
  try {
    accessSync(dirname(resolve(path)), constants.W_OK);
  } catch (error) {
    throw new Usage(`--json ${path} cannot be written: ${(error as NodeJS.ErrnoException).code}.`);
  }
}

/** Grades what was asked for and prints it. Gives back the exit status. */
export async function gradeAll(grader: Grader, request: GradeRequest): Promise<number> {
  const verdicts: ChapterVerdict[] = [];
  const around = aroundOf(request);
  for (const target of request.targets) {
    const options = optionsFor(request, target);
    const verdict = await grader.retell(await grader.grade(options), options.layers);
    verdicts.push(verdict);
    print(chapterLines(verdict, around(target.slug)));
  }
  return conclude(request, verdicts);
}

/** What the grader is to do for one target of a request. */
export function optionsFor(
  { root, against, seed, seeds }: GradeRequest,
  { slug, part }: Target,
): GradeOptions & { readonly layers: Layers } {
  return {
    chapter: slug,
    layers: layersFor(root, slug, against),
    ...(part === undefined ? {} : { parts: [part] }),
    seed,
    seeds,
    types: true,
  };
}

/** Writes the report, prints the last lines, and gives back the exit status. */
export function conclude(request: GradeRequest, verdicts: readonly ChapterVerdict[]): number {
  const { root, seed, seeds, json } = request;
  const around = aroundOf(request);
  const text = `${JSON.stringify(reportOf(seed, verdicts), null, 2)}\n`;
  writeWhole(join(root, ".workbook", "report.json"), text);
  if (json !== undefined) writeWhole(resolve(json), text);
  const last = ["", progress(verdicts), `base seed ${seed}, ${counted(seeds, "run")} a campaign`];
  print([...last, nextStep(verdicts, around)]);
  return statusOf(verdicts);
}

/** 0 full marks, 1 marks missing, 2 could not grade. Stretch parts count beside the points, so not here. */
export function statusOf(verdicts: readonly ChapterVerdict[]): number {
  const parts = verdicts.flatMap((verdict) => verdict.parts);
  if (parts.some((part) => part.status === "error")) return 2;
  const only =
    verdicts.length === 1 && parts.length === 1 ? parts : parts.filter((part) => !part.rubric.stretch);
  return only.every((part) => part.status === "passed") ? 0 : 1;
}

export function aroundOf({ root, against, seeds }: GradeRequest): (slug: string) => Around {
  const memory = new HintMemory(root);
  return (slug) => ({
    stubs: join(root, "exercises", slug),
    isOwnWork: against === undefined,
    ...(against === undefined ? {} : { against }),
    hintsLeft: (part) => memory.left(part),
    tellsAccounts: seeds !== defaultSeeds,
    ...nextOf(chaptersIn(root), slug),
  });
}

function nextOf(chapters: readonly string[], slug: string): { nextChapter?: string } {
  const nextChapter = chapters[chapters.indexOf(slug) + 1];
  return nextChapter === undefined ? {} : { nextChapter };
}

export function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}
