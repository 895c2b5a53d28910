import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Usage } from "../run/chapters.ts";
import { type Entries, type Entry, Repository } from "./git.ts";
import { secretsOf, textsOf } from "./leaks.ts";
import { chosenChapters, handoutTree } from "./tree.ts";

export interface Branch {
  readonly name: "handout" | "solutions";
  /** Where it is now, and where it was; undefined if there was none. */
  readonly commit: string;
  readonly before: string | undefined;
  readonly fileCount: number;
}

/**
 * Makes the two branches from the last commit, or moves them on. Each has a history of its own, which shares no commit with that of the
 * course. Where nothing is new, nothing happens.
 */
export async function makeBranches(root: string, chapters?: string): Promise<Branch[]> {
  const repository = new Repository(root);
  const source = repository.run(["rev-parse", "HEAD"]);
  for (const name of ["handout", "solutions"] as const) refuseBranch(repository, name);
  const parent = join(root, ".workbook");
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "branches-"));
  try {
    repository.export(source, folder);
    const options = { chapters: chosenChapters(folder, chapters), suites: "sealed" } as const;
    const tree = await handoutTree(folder, options);
    if (repository.tip("handout") !== undefined) refuseHistory(repository, folder);
    const numbers = options.chapters.map((slug) => slug.slice(0, 2)).join(", ");
    const ids = repository.blobs([...tree.values()]);
    const entries = [...tree.keys()].map((path, i): [string, Entry] => [
      path,
      { mode: "100644", id: ids[i] as string },
    ]);
    return [
      moved(repository, "handout", new Map(entries), `Handout of the chapters ${numbers}`, source),
      moved(repository, "solutions", solved(repository, source), "The workbook, its stubs solved", source),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A branch that somebody works on is not moved, and one that somebody else made is not continued. */
function refuseBranch(repository: Repository, name: string): void {
  if (repository.isCheckedOut(name))
    throw new Usage(
      `The branch ${name} is checked out, and would move under your feet: switch to another one.`,
    );
  const [foreign] = repository.tip(name) === undefined ? [] : repository.foreign(name);
  if (foreign !== undefined)
    throw new Usage(
      `The branch ${name} has a commit that this command did not make (${foreign}): rename the branch, or delete it.`,
    );
}

/** Whoever has a branch has all that it ever held. */
function refuseHistory(repository: Repository, folder: string): void {
  const secrets = secretsOf(folder, "sealed");
  for (const [object, content] of repository.contents("handout")) {
    const [leak] = textsOf(content).flatMap((text) => secrets.in(text));
    if (leak)
      throw new Usage(
        `The history of the branch handout shows a line of ${leak.origin} (${object}): delete the branch, and publish a new one.`,
      );
  }
}

/** The whole course, with each solution in the place of its stub. */
function solved(repository: Repository, source: string): Entries {
  const entries = new Map(repository.entries(source));
  for (const [path, entry] of [...entries]) {
    const stub = path.replace(/^solutions\//, "exercises/");
    if (stub !== path) entries.set(stub, entry);
  }
  return entries;
}

function moved(
  repository: Repository,
  name: Branch["name"],
  entries: Entries,
  message: string,
  source: string,
): Branch {
  const before = repository.tip(name);
  const tree = repository.tree(entries);
  const fileCount = entries.size;
  if (before !== undefined && repository.run(["rev-parse", `${before}^{tree}`]) === tree)
    return { name, commit: before, before, fileCount };
  const commit = repository.commit(tree, message, before, source);
  repository.move(name, commit, before);
  return { name, commit, before, fileCount };
}
