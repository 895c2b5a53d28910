import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { NamedExploration } from "#lib/explore";
import type { Scenario } from "#lib/nemesis";
import { project } from "../run/chapters.ts";
import { guarded } from "../run/guard.ts";
import { isFolder, type Layers } from "../run/layers.ts";
import { parse } from "../run/syntax.ts";
import { NoQuote } from "./declaration.ts";

export type Scenarios = { readonly [name: string]: Scenario<object> };
export type Explorations = { readonly [name: string]: NamedExploration<object> };

/** The chapter with this number. */
export function slugOf(number: string): string {
  const slug = readdirSync(join(project, "grader")).find((name) => name.startsWith(`${number}-`));
  if (!slug) throw new NoQuote(`there is no chapter ${number}`);
  return slug;
}

/** What `work=` names: `solutions`, or the folder of a wrong or right answer, which lies over the solution. */
export function layersOf(slug: string, named = "solutions"): Layers {
  const solution = join(project, "solutions", slug);
  if (named === "solutions") return [solution];
  if (!/^grader\/[a-z0-9-]+\/(wrong|right)\/[a-z0-9-]+$/.test(named) || !named.includes(`/${slug}/`)) {
    throw new NoQuote(`work=${named}: write solutions, or grader/${slug}/wrong/NAME`);
  }
  if (!isFolder(join(project, named))) throw new NoQuote(`there is no folder ${named}`);
  return [join(project, named), solution];
}

/**
 * Loads work as modules. The grader has a plugin of Vite's for layers; here they are copied into one folder inside the
 * project, where `#lib` and `#protocol` mean what they mean elsewhere.
 */
export async function loadWork(layers: Layers): Promise<object> {
  return await inFolder(async (folder) => {
    for (const layer of [...layers].reverse()) {
      cpSync(layer, folder, { recursive: true, filter: (path) => !path.endsWith(".json") });
    }
    for (const file of readdirSync(folder)) if (file.endsWith(".ts")) showPrivateFields(join(folder, file));
    return (await import(/* @vite-ignore */ pathToFileURL(join(folder, "index.ts")).href)) as object;
  });
}

/** As in graded work: the explorer then sees when two nodes are in one state. The counts of rounds count nothing here. */
function showPrivateFields(path: string): void {
  const text = readFileSync(path, "utf8");
  const uncounted = "const __round=(_site:number)=>{},__enter=(_site:number)=>{};";
  writeFileSync(path, uncounted + guarded(text, parse(text), path, []));
}

export async function loadScenarios(slug: string): Promise<Scenarios> {
  return (await loadRuns(slug)).scenarios;
}

export async function loadExplorations(slug: string): Promise<Explorations> {
  return (await loadRuns(slug)).explorations ?? {};
}

async function loadRuns(slug: string): Promise<{ scenarios: Scenarios; explorations?: Explorations }> {
  const path = join(project, "grader", slug, "scenarios.ts");
  return await import(/* @vite-ignore */ pathToFileURL(path).href);
}

/** Does something with a new folder inside the project, and removes it. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const parent = join(project, ".workbook", "course");
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "work-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
