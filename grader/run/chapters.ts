import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { PartRubric, Rubric } from "../report/rubric.ts";
import { sealedEnding, unseal } from "./sealed.ts";

/** An ordinary mistake on the command line or in a file: one sentence, no stack. */
export class Usage extends Error {
  override readonly name = "Usage";
}

/** The folder that the grader itself belongs to. */
export const project = join(import.meta.dirname, "..", "..");

/** Where the chapters are: in the project, unless a test has laid out some of its own. */
export const chaptersRoot = process.env.WORKBOOK_ROOT ?? project;

/** The chapters that there are today: "05-partitioning". */
export function chaptersIn(root: string): string[] {
  const folder = join(root, "grader");
  return readdirSync(folder)
    .filter((name) => /^\d\d-/.test(name))
    .filter((name) => suitesOf(root, name) !== "none" || existsSync(join(folder, name, "stubs.json")))
    .sort();
}

/** How a chapter's suites are here: as they were written, sealed, or not at all. */
export type Suites = "open" | "sealed" | "none";

export function suitesOf(root: string, slug: string): Suites {
  const path = suiteFile(root, slug, "rubric");
  if (path === undefined) return "none";
  return path.endsWith(sealedEnding) ? "sealed" : "open";
}

/** A file of a chapter's suites by its name without an ending, sealed or not: "rubric", "scenarios". */
function suiteFile(root: string, slug: string, name: string): string | undefined {
  const path = join(root, "grader", slug, name);
  return [`${path}.ts`, path + sealedEnding].find((file) => existsSync(file));
}

export interface Target {
  readonly slug: string;
  /** "05.2", if one part was asked for. */
  readonly part?: string;
}

/** Reads "05", "5", "05.2" or "05-partitioning". */
export function findTarget(root: string, asked: string): Target {
  const chapters = chaptersIn(root);
  const [, digits, slugRest, part] = /^(\d{1,2})(-[a-z0-9-]+)?(?:\.(\d+))?$/.exec(asked) ?? [];
  const there = `there ${chapters.length === 1 ? "is" : "are"} ${chapters.join(", ") || "none yet"}`;
  if (digits === undefined)
    throw new Usage(`"${asked}" is not a chapter or a part: write 01 or 01.2; ${there}.`);
  const number = digits.padStart(2, "0");
  const slug = chapters.find((name) => name.startsWith(`${number}-`));
  if (!slug || (slugRest && slug !== number + slugRest))
    throw new Usage(`There is no chapter ${asked}: ${there}.`);
  return part === undefined ? { slug } : { slug, part: `${number}.${part}` };
}

export async function loadRubric(root: string, slug: string): Promise<Rubric> {
  const path = suiteFile(root, slug, "rubric");
  if (path === undefined) throw withheld(slug);
  if (path.endsWith(sealedEnding)) return JSON.parse(unseal(path)) as Rubric;
  const { default: found } = await import(pathToFileURL(path).href);
  return found as Rubric;
}

function withheld(slug: string): Usage {
  return new Usage(
    `The suites, runs and hints of ${slug} are not in this handout: \`npm run grade ${slug.slice(0, 2)}\` tries your work, and your instructor grades it.`,
  );
}

/** The module that exports a chapter's scenarios, if it has any. */
export function scenariosOf(root: string, slug: string): string | undefined {
  if (suitesOf(root, slug) === "none") throw withheld(slug);
  return suiteFile(root, slug, "scenarios");
}

export function partOf(rubric: Rubric, name: string): PartRubric {
  const found = rubric.parts.find(({ part }) => part === name);
  if (found) return found;
  throw new Usage(
    `Chapter ${rubric.chapter} has no part ${name}: its parts are ${rubric.parts.map(({ part }) => part).join(", ")}.`,
  );
}

/** The test file of a part: 05.2 is `2-….test.ts`, or `2-….test.sealed`. */
export function testFileOf(root: string, slug: string, part: string): string | undefined {
  const folder = join(root, "grader", slug);
  const name = readdirSync(folder).find(
    (file) => file.startsWith(`${part.slice(3)}-`) && /\.test\.(ts|sealed)$/.test(file),
  );
  return name && join(folder, name);
}

/** The pristine stubs of a chapter, by file name. */
export function pristineStubs(root: string, slug: string): { [file: string]: string } {
  const path = join(root, "grader", slug, "stubs.json");
  if (!existsSync(path)) throw new Usage(`${slug} has no stubs.json; its author runs \`npm run stubs\`.`);
  return JSON.parse(readFileSync(path, "utf8"));
}
