import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { project } from "../run/chapters.ts";
import { type Example, examplesIn } from "../run/printed.ts";

/** The comment that opens a module, as Markdown; a line of it has the number that it has in the file. */
export function moduleComment(text: string): string | undefined {
  const comment = /^\/\*\*\n([\s\S]*?)\n \*\//.exec(text)?.[1];
  return comment && `\n${comment.replace(/^ \* ?/gm, "")}\n`;
}

/** The folders of lib/, each a module. */
export function modulesOfLib(): string[] {
  const entries = readdirSync(join(project, "lib"), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** The examples of lib's modules and of some documents. */
export function allExamples(documents: readonly string[]): Example[] {
  const read = (path: string) => readFileSync(join(project, path), "utf8");
  const ofModules = modulesOfLib().flatMap((name) => {
    const path = `lib/${name}/index.ts`;
    return examplesIn(path, moduleComment(read(path)) ?? "");
  });
  return [...ofModules, ...documents.flatMap((path) => examplesIn(path, read(path)))];
}
