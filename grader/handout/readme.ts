import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { HandoutOptions } from "./tree.ts";

const graded = {
  open: "The suites that grade your work are in `grader/`. Nothing stops you from reading them. What a suite looks for is the lesson, so try first.",
  sealed:
    "The suites that grade your work are in `grader/`, in a form that nobody reads by accident. What they find they tell in full: the promise that was broken, the run, and how to make it again.",
  none: "The suites are not here: your instructor grades. `npm run grade` loads your work, type-checks it, and runs the examples that the chapters print; it gives no points, and its exit status is 2.",
} as const;

/** The learner's README: the template, with the chapters that there are. */
export function readmeFor(root: string, { chapters, suites }: HandoutOptions): string {
  const read = (path: string) => readFileSync(join(root, path), "utf8");
  const numbers = chapters.map((slug) => slug.slice(0, 2));
  const row = (number: string) =>
    read("README.md")
      .split("\n")
      .find((line) => line.startsWith(`| ${number} |`)) ?? `| ${number} | | |`;
  const words: { readonly [name: string]: string } = {
    first: numbers[0] ?? "01",
    firstText: `chapters/${chapters[0]}.md`,
    chapters: numbers.map(row).join("\n"),
    graded: graded[suites],
  };
  const template = read("grader/handout/learners-readme.md");
  const text = suites === "none" ? template.replace(/^<!-- suites -->.*\n/gm, "") : template;
  return text
    .replace(/^<!-- suites -->/gm, "")
    .replace(/\{\{(\w+)\}\}/g, (_, name: string) => words[name] ?? "");
}
