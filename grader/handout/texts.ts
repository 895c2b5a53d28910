import { posix } from "node:path";
import type { Secrets } from "./leaks.ts";

/** A chapter without the names of the wrong answers that its runs were made with. */
export function forLearners(chapter: string): string {
  return chapter.replace(/^(\s*```.*?) work=\S+/gm, "$1");
}

/** Links to files that are not in a tree become their words. */
export function withoutDeadLinks(path: string, text: string, tree: ReadonlyMap<string, unknown>): string {
  return text.replace(/\[([^\]]+)\]\(([\w./-]+)(#[^)]*)?\)/g, (link, words: string, target: string) => {
    return tree.has(posix.join(posix.dirname(path), target)) ? link : words;
  });
}

/**
 * Import lines are the same all over the project and give nothing away, but a search for the lines of a suite would find
 * them: those that a closed file has as well are put on two lines.
 */
export function withPartedImports(text: string, secrets: Secrets): string {
  return text
    .split("\n")
    .map((line) =>
      /^import .* from "/.test(line) && secrets.has(line) ? line.replace(' from "', '\n  from "') : line,
    )
    .join("\n");
}
