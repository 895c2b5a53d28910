import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Rubric } from "../report/rubric.ts";
import { loadRubric, pristineStubs, project } from "../run/chapters.ts";
import { child, list, parse } from "../run/syntax.ts";

export interface Files {
  readonly [file: string]: string;
}

/** One chapter's four trees, as text. */
export interface Trees {
  readonly rubric: Rubric;
  /** From stubs.json: exercises/ may hold somebody's work by now. */
  readonly stubs: Files;
  readonly solution: Files;
  /** The names of the suites. */
  readonly suites: readonly string[];
}

/** Everything that is called NN-slug somewhere, and so should be everywhere. */
export function slugs(): string[] {
  const found = ["chapters", "exercises", "solutions", "grader"].flatMap((top) =>
    readdirSync(join(project, top)),
  );
  const names = found.filter((name) => /^\d\d-/.test(name)).map((name) => name.replace(/\.md$/, ""));
  return [...new Set(names)].sort();
}

/** The places of the four in which a chapter is missing. */
export function missingPlaces(slug: string): string[] {
  const places = [`chapters/${slug}.md`, `exercises/${slug}`, `solutions/${slug}`, `grader/${slug}`];
  return places.filter((place) => !existsSync(join(project, place)));
}

export async function treesOf(slug: string): Promise<Trees> {
  return {
    rubric: await loadRubric(project, slug),
    stubs: pristineStubs(project, slug),
    solution: filesIn(join(project, "solutions", slug)),
    suites: readdirSync(join(project, "grader", slug)).filter((name) => name.endsWith(".test.ts")),
  };
}

export function filesIn(folder: string): Files {
  const names = readdirSync(folder).filter((name) => name.endsWith(".ts"));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

/** Where the trees of a chapter have drifted apart, one sentence for each. */
export function drift({ rubric, stubs, solution, suites }: Trees): string[] {
  const { chapter, parts } = rubric;
  const stubNames = Object.keys(stubs).filter((name) => name !== "protocol.ts");
  const complaints = [
    ...compare(`solutions/${chapter}`, Object.keys(solution), "the stubs", stubNames),
    ...compare(
      "solutions' index.ts",
      exportsOf(solution["index.ts"]),
      "the stubs' index.ts",
      exportsOf(stubs["index.ts"]),
    ),
  ];
  if (!("protocol.ts" in stubs)) complaints.push(`exercises/${chapter} has no protocol.ts`);
  const named = new Set(parts.map(({ part }) => part));
  for (const [file, text] of Object.entries(stubs)) {
    for (const part of todosIn(text)) {
      if (!named.has(part)) complaints.push(`${file} has todo("${part}"), and the rubric has no such part`);
    }
  }
  for (const { part, file } of parts) {
    if (!todosIn(stubs[file] ?? "").includes(part)) complaints.push(`${file} has no todo("${part}")`);
    const own = suites.filter((name) => name.startsWith(`${part.slice(3)}-`));
    if (own.length !== 1) complaints.push(`part ${part} has ${own.length} suites: it should have one`);
  }
  for (const suite of suites) {
    const part = `${chapter.slice(0, 2)}.${suite.split("-")[0]}`;
    if (!named.has(part))
      complaints.push(`${suite} is the suite of part ${part}, which the rubric does not have`);
  }
  for (const [file, text] of Object.entries(solution)) {
    if (todosIn(text).length > 0) complaints.push(`solutions/${chapter}/${file} has a todo`);
  }
  return complaints;
}

function compare(what: string, found: readonly string[], like: string, wanted: readonly string[]): string[] {
  const missing = wanted.filter((name) => !found.includes(name));
  const extra = found.filter((name) => !wanted.includes(name));
  return [
    ...missing.map((name) => `${what} has no ${name}, and ${like} have`),
    ...extra.map((name) => `${what} has ${name}, and ${like} have not`),
  ];
}

/** The parts whose `todo` stands in a text. */
export function todosIn(text: string): string[] {
  return [...text.matchAll(/\btodo\("([^"]*)"\)/g)].map(([, part]) => part as string);
}

function exportsOf(text = ""): string[] {
  return list(parse(text), "body").flatMap((statement) =>
    list(statement, "specifiers").map((specifier) => String(child(specifier, "exported")?.name)),
  );
}
