import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { PartRubric, Rubric } from "../report/rubric.ts";

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
    .filter((name) => /^\d\d-/.test(name) && existsSync(join(folder, name, "rubric.ts")))
    .sort();
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
  const { default: found } = await import(pathToFileURL(join(root, "grader", slug, "rubric.ts")).href);
  return found as Rubric;
}

export function partOf(rubric: Rubric, name: string): PartRubric {
  const found = rubric.parts.find(({ part }) => part === name);
  if (found) return found;
  throw new Usage(
    `Chapter ${rubric.chapter} has no part ${name}: its parts are ${rubric.parts.map(({ part }) => part).join(", ")}.`,
  );
}

/** The test file of a part: 05.2 is `2-….test.ts`. */
export function testFileOf(root: string, slug: string, part: string): string | undefined {
  const folder = join(root, "grader", slug);
  const name = readdirSync(folder).find(
    (file) => file.startsWith(`${part.slice(3)}-`) && file.endsWith(".test.ts"),
  );
  return name && join(folder, name);
}

/** The pristine stubs of a chapter, by file name. */
export function pristineStubs(root: string, slug: string): { [file: string]: string } {
  const path = join(root, "grader", slug, "stubs.json");
  if (!existsSync(path)) throw new Usage(`${slug} has no stubs.json; its author runs \`npm run stubs\`.`);
  return JSON.parse(readFileSync(path, "utf8"));
}
