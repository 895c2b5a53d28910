import { existsSync, readFileSync, statSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join } from "node:path";
import { isForAuthors } from "../commands/usage.ts";
import { filesUnder } from "./leaks.ts";

/** The grader without suites and without what only authors and instructors need. */
export interface Machinery {
  /** "grader/run/host.ts" */
  readonly paths: readonly string[];
  /** The packages that these files import. */
  readonly packages: ReadonlySet<string>;
}

/** What the door opens, what the suites are written with, and what is read and not imported. */
const roots = ["grader/cli.mjs", "grader/suite/index.ts", "grader/report/report.schema.json"];
const folders = ["grader/picture/page"];

/**
 * Everything that the learner's commands need, found by following imports and the names of files: what nobody of them
 * names does not get into a handout.
 */
export function machineryOf(root: string): Machinery {
  const packages = new Set<string>();
  const paths = new Set<string>();
  const visit = (path: string) => {
    if (paths.has(path)) return;
    paths.add(path);
    if (!/\.(ts|mjs|cjs|js)$/.test(path)) return;
    for (const literal of literalsIn(readFileSync(join(root, path), "utf8"))) {
      const file = join(dirname(path), literal).replaceAll("\\", "/");
      if (file.startsWith("grader/") && isFile(join(root, file))) {
        if (!isForeign(file)) visit(file);
      } else {
        const name = packageOf(literal);
        if (name !== undefined) packages.add(name);
      }
    }
  };
  const whole = folders.flatMap((folder) => filesUnder(root, folder));
  for (const path of [...roots, ...whole.filter((name) => !name.endsWith(".test.ts"))]) visit(path);
  return { paths: [...paths].sort(), packages };
}

/** Commands that a learner has no use for, and what belongs to a chapter. */
function isForeign(path: string): boolean {
  const [, command] = /^grader\/commands\/([a-z-]+)\.ts$/.exec(path) ?? [];
  return (command !== undefined && isForAuthors(command)) || /^grader\/\d\d-/.test(path);
}

/** Strings that could be the name of a file or of a package. */
function literalsIn(text: string): string[] {
  return [...text.matchAll(/(["'`])([@./\w-]+)\1/g)].map(([, , literal]) => literal as string);
}

/** "typescript" for "typescript/package.json". Whether there is such a package, package.json knows. */
function packageOf(literal: string): string | undefined {
  const [, name] = /^((?:@[a-z0-9-]+\/)?[a-z0-9][a-z0-9.-]*)(?:\/|$)/.exec(literal) ?? [];
  return name === undefined || builtinModules.includes(name) ? undefined : name;
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
