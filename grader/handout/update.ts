import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeWhole } from "../report/report.ts";
import { counted } from "../report/words.ts";
import { Usage } from "../run/chapters.ts";
import { isFolder, shown } from "../run/layers.ts";
import { type HandoutRecord, markOf, recordIn, recordPath } from "./record.ts";

type Tree = ReadonlyMap<string, Buffer>;

/** What becomes of one file in an update: "beside" and "aside" are for files that both sides have changed. */
type Step = "leave" | "write" | "remove" | "keep" | "beside" | "aside";

/** What an update did: the files of each step, and where those that it moved are now. */
export interface Updated {
  readonly changed: readonly string[];
  /** Changed by the learner, and not touched. */
  readonly kept: readonly string[];
  /** Where the new form of a file is that stays as the learner has it. */
  readonly beside: readonly string[];
  /** Where a changed file of the grader is that had to give way. */
  readonly aside: readonly string[];
}

/** Writes a tree into a folder that is absent or empty. The record comes last: with it the handout is whole. */
export function writeTree(folder: string, tree: Tree): void {
  if (existsSync(folder) && (!isFolder(folder) || readdirSync(folder).length > 0)) {
    throw new Usage(
      `${shown(folder)} is neither empty nor a handout: name a folder that is one of the two, or that is not there yet.`,
    );
  }
  for (const [path, content] of tree) writeWhole(join(folder, path), content);
}

/** The handout in a folder, as a tree; a sentence if it is not whole. */
export function readTree(folder: string): Tree {
  const record = recordIn(folder);
  if (!record) throw new Usage(`${shown(folder)} is no handout: there is no ${recordPath} in it.`);
  const tree = new Map<string, Buffer>();
  for (const [path, mark] of Object.entries(record.files)) {
    const content = contentOf(join(folder, path));
    if (!content || markOf(content) !== mark)
      throw new Usage(`${shown(join(folder, path))} is not as it was handed out: unpack the handout anew.`);
    tree.set(path, content);
  }
  return tree.set(recordPath, readFileSync(join(folder, recordPath)));
}

/**
 * Brings a handout up to date. What is as it was handed out is replaced; what somebody has changed is not. If there is something new
 * in such a file, a learner's own stays and the new one is put into .workbook/update; the grader's, whose files must fit each other,
 * gives way and is moved to .workbook/kept. The record comes last: an update that was cut short is done again.
 */
export function updateTree(folder: string, old: HandoutRecord, tree: Tree, now: Date): Updated {
  const updated = {
    changed: [] as string[],
    kept: [] as string[],
    beside: [] as string[],
    aside: [] as string[],
  };
  const keptIn = join(folder, ".workbook", "kept", now.toISOString().replace(/[:.]/g, "-"));
  const paths = new Set([...Object.keys(old.files), ...tree.keys()]);
  paths.delete(recordPath);
  for (const path of paths) {
    const place = join(folder, path);
    const next = tree.get(path);
    const step = stepFor(path, markAt(place), old.files[path], next && markOf(next));
    if (step === "keep" || step === "beside") updated.kept.push(path);
    if (step === "beside") {
      const at = join(folder, ".workbook", "update", path);
      writeWhole(at, next as Buffer);
      updated.beside.push(at);
    }
    if (step === "aside") {
      const at = join(keptIn, path);
      mkdirSync(dirname(at), { recursive: true });
      renameSync(place, at);
      updated.aside.push(at);
    }
    if (step === "write" || step === "aside") writeWhole(place, next as Buffer);
    if (step === "remove") remove(folder, path);
    if (step === "write" || step === "aside" || step === "remove") updated.changed.push(path);
  }
  writeWhole(join(folder, recordPath), tree.get(recordPath) as Buffer);
  return updated;
}

/** By the marks of a file as it is, as it was handed out, and as it is to be; undefined where there is none. */
function stepFor(
  path: string,
  here: string | undefined,
  old: string | undefined,
  next: string | undefined,
): Step {
  if (here === next) return "leave";
  if (here === undefined || here === old) return next === undefined ? "remove" : "write";
  if (next === undefined || next === old) return "keep";
  return path.startsWith("exercises/") || path.endsWith(".md") ? "beside" : "aside";
}

/** A file, and the folders that it leaves empty. */
function remove(folder: string, path: string): void {
  rmSync(join(folder, path), { force: true });
  for (let parent = dirname(path); parent !== "."; parent = dirname(parent)) {
    if (readdirSync(join(folder, parent)).length > 0) return;
    rmdirSync(join(folder, parent));
  }
}

function markAt(path: string): string | undefined {
  const content = contentOf(path);
  return content && markOf(content);
}

function contentOf(path: string): Buffer | undefined {
  return existsSync(path) && !isFolder(path) ? readFileSync(path) : undefined;
}

/** What is said about an update, a line each. */
export function updateLines({ changed, kept, beside, aside }: Updated): string[] {
  if (changed.length + beside.length === 0) return ["There was nothing new: every file is as it was."];
  const lines = [`${counted(changed.length, "file")} brought up to date.`];
  if (kept.length > 0)
    lines.push(
      `${counted(kept.length, "file")} of yours left as ${kept.length === 1 ? "it is" : "they are"}.`,
    );
  const list = (sentence: string, paths: readonly string[]) =>
    paths.length === 0 ? [] : [sentence, ...paths.map((path) => `  ${shown(path)}`)];
  return [
    ...lines,
    ...list("Of some of these there is a newer form. Compare it with yours:", beside),
    ...list("Files of the grader that had been changed are kept here:", aside),
    ...(changed.includes("package-lock.json") ? ["The packages have changed: run `npm ci`."] : []),
  ];
}
