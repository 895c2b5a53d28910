import { readFileSync } from "node:fs";
import { join } from "node:path";
import { learnersCommands } from "../commands/usage.ts";
import { chaptersIn, pristineStubs, type Suites, Usage } from "../run/chapters.ts";
import { isFolder } from "../run/layers.ts";
import { filesUnder, isAnswer, refuseLeaks, secretsOf } from "./leaks.ts";
import { machineryOf } from "./machinery.ts";
import { lockFor, manifestFor } from "./packages.ts";
import { readmeFor } from "./readme.ts";
import { recordPath, recordText } from "./record.ts";
import { sealedSuites } from "./sealing.ts";
import { forLearners, withoutDeadLinks, withPartedImports } from "./texts.ts";

/** Files by their paths: "lib/sim/index.ts". */
export type Tree = ReadonlyMap<string, Buffer>;

export interface HandoutOptions {
  /** "05-partitioning" */
  readonly chapters: readonly string[];
  readonly suites: Suites;
}

/**
 * What a learner gets. It is gathered from what belongs there, so that nothing else can come along, and refused if it shows a line
 * of a solution, an answer or a closed suite all the same.
 */
export async function handoutTree(root: string, options: HandoutOptions): Promise<Tree> {
  if (!isFolder(join(root, "solutions")))
    throw new Usage("A handout is made in a clone of the whole workbook, and this is a handout itself.");
  const secrets = secretsOf(root, options.suites);
  const files = new Map<string, string | Buffer>([
    ...common(root),
    ...(await chapterFiles(root, options)),
    ["README.md", readmeFor(root, options)],
  ]);
  const tree = new Map<string, Buffer>();
  for (const [path, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (path.endsWith(".md")) tree.set(path, Buffer.from(withoutDeadLinks(path, String(content), files)));
    else if (path.endsWith(".ts")) tree.set(path, Buffer.from(withPartedImports(String(content), secrets)));
    else tree.set(path, Buffer.from(content));
  }
  refuseLeaks(tree, secrets);
  return tree.set(recordPath, Buffer.from(recordText(options, tree)));
}

/** What does not depend on the chapters. */
function common(root: string): Map<string, string | Buffer> {
  const { paths, packages } = machineryOf(root);
  const read = (path: string) => readFileSync(join(root, path), "utf8");
  const files = new Map<string, string | Buffer>();
  for (const path of ["LICENSE", ".gitignore", "chapters/glossary.md"]) files.set(path, read(path));
  for (const path of filesUnder(root, "chapters/images")) files.set(path, readFileSync(join(root, path)));
  for (const path of filesUnder(root, "lib")) if (!path.endsWith(".test.ts")) files.set(path, read(path));
  for (const path of paths) files.set(path, read(path));
  const manifest = manifestFor(read("package.json"), learnersCommands(), packages);
  files.set("package.json", json(manifest));
  files.set("package-lock.json", json(lockFor(read("package-lock.json"), manifest)));
  const { include, ...tsconfig } = JSON.parse(read("tsconfig.json")) as { include: string[] };
  files.set("tsconfig.json", json({ ...tsconfig, include: include.filter((name) => name !== "solutions") }));
  return files;
}

/** The texts, the stubs as stubs.json has them, whatever has become of exercises/, and the suites as they were asked for. */
async function chapterFiles(
  root: string,
  { chapters, suites }: HandoutOptions,
): Promise<Map<string, string | Buffer>> {
  const files = new Map<string, string | Buffer>();
  const read = (path: string) => readFileSync(join(root, path), "utf8");
  for (const slug of chapters) {
    files.set(`chapters/${slug}.md`, forLearners(read(`chapters/${slug}.md`)));
    files.set(`grader/${slug}/stubs.json`, read(`grader/${slug}/stubs.json`));
    for (const [name, text] of Object.entries(pristineStubs(root, slug)))
      files.set(`exercises/${slug}/${name}`, text);
    if (suites === "open") {
      for (const path of filesUnder(root, `grader/${slug}`))
        if (!isAnswer(path)) files.set(path, readFileSync(join(root, path)));
    }
    if (suites === "sealed") {
      for (const [name, text] of await sealedSuites(root, slug)) files.set(`grader/${slug}/${name}`, text);
    }
  }
  return files;
}

/** The chapters that `--chapters 01,05` names; all that there are without it. */
export function chosenChapters(root: string, asked: string | undefined): string[] {
  const there = chaptersIn(root);
  if (asked === undefined) return there;
  const numbers = asked.split(",").map((number) => number.trim().padStart(2, "0"));
  for (const number of numbers) {
    if (!there.some((slug) => slug.slice(0, 2) === number))
      throw new Usage(`--chapters ${asked}: there is no chapter "${number}"; there are ${there.join(", ")}.`);
  }
  return there.filter((slug) => numbers.includes(slug.slice(0, 2)));
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
