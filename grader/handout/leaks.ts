import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { chaptersIn, pristineStubs, type Suites, Usage } from "../run/chapters.ts";
import { isFolder } from "../run/layers.ts";

/** Shorter lines say too little to be anybody's. */
const shortest = 30;

export interface Leak {
  readonly line: string;
  /** "solutions/05-partitioning/ring.ts" */
  readonly origin: string;
}

/** Lines that must not be found in a handout: those of solutions, answers and closed suites that neither a stub nor lib/ has. */
export class Secrets {
  readonly #origins: ReadonlyMap<string, string>;
  /** The lines by their beginnings, so that a text is gone through once, however many lines there are. */
  readonly #byHead = new Map<string, string[]>();

  /** `origins` says of each line where it is from. What is found in `open` is no secret. */
  constructor(origins: ReadonlyMap<string, string>, open: readonly string[] = []) {
    const all = new Map(origins);
    this.#origins = all;
    for (const line of all.keys()) {
      const head = line.slice(0, shortest);
      this.#byHead.set(head, [...(this.#byHead.get(head) ?? []), line]);
    }
    for (const text of open) for (const { line } of this.in(text)) all.delete(line);
  }

  get size(): number {
    return this.#origins.size;
  }

  has(line: string): boolean {
    return this.#origins.has(line);
  }

  /** Every secret line that a text shows, alone or in the midst of something else. */
  in(text: string): Leak[] {
    const found = new Map<string, Leak>();
    for (let i = 0; i + shortest <= text.length; i++) {
      for (const line of this.#byHead.get(text.slice(i, i + shortest)) ?? []) {
        const origin = this.#origins.get(line);
        if (origin !== undefined && text.startsWith(line, i)) found.set(line, { line, origin });
      }
    }
    return [...found.values()];
  }
}

/** What the handouts of a project must not show. Open suites are no secret. */
export function secretsOf(root: string, suites: Suites): Secrets {
  const origins = new Map<string, string>();
  const keep = (path: string) => {
    for (const line of readFileSync(join(root, path), "utf8")
      .split("\n")
      .map((text) => text.trim()))
      if (line.length >= shortest) origins.set(line, path);
  };
  for (const path of filesUnder(root, "solutions")) keep(path);
  for (const slug of chaptersIn(root)) {
    for (const path of filesUnder(root, `grader/${slug}`)) {
      if (isAnswer(path) || (suites !== "open" && !path.endsWith("/stubs.json"))) keep(path);
    }
  }
  const stubs = chaptersIn(root).flatMap((slug) => Object.values(pristineStubs(root, slug)));
  const library = filesUnder(root, "lib").map((path) => readFileSync(join(root, path), "utf8"));
  return new Secrets(origins, [...stubs, ...library]);
}

/** Whether a file of a chapter is a wrong or a right answer. */
export function isAnswer(path: string): boolean {
  return /^grader\/[^/]+\/(wrong|right)\//.test(path);
}

/** Refuses a tree that shows secrets, and says which and where, a sentence each. */
export function refuseLeaks(tree: ReadonlyMap<string, Buffer>, secrets: Secrets): void {
  const told = [...tree].flatMap(([path, content]) =>
    textsOf(content)
      .flatMap((text) => secrets.in(text))
      .map(
        ({ line, origin }) =>
          `The handout would show a line of ${origin} in ${path}: write "${line}" differently in one of the two.`,
      ),
  );
  if (told.length > 0) throw new Usage(told.join("\n"));
}

/** What bytes say when they are read as text. */
export function textsOf(content: Buffer): string[] {
  return content.includes(0)
    ? [content.toString(), content.toString("utf16le"), content.subarray(1).toString("utf16le")]
    : [content.toString()];
}

/** The files in a folder and below it, as paths from the root, in order. */
export function filesUnder(root: string, folder: string): string[] {
  if (!isFolder(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length).replaceAll("\\", "/"))
    .map((path) => path.replace(/^\//, ""))
    .sort();
}
