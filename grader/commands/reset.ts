import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../report/report.ts";
import { counted } from "../report/words.ts";
import { chaptersRoot, findTarget, pristineStubs, Usage } from "../run/chapters.ts";
import { shown } from "../run/layers.ts";
import { readArguments } from "./options.ts";

/** Brings a chapter's stubs back. What the learner wrote is moved aside, and named; files of their own stay. */
export async function command(args: string[]): Promise<number> {
  const { positionals } = readArguments("reset", args, {}, 1);
  const [asked] = positionals;
  if (asked === undefined) throw new Usage("Say which chapter: npm run reset 01.");
  const { slug, part } = findTarget(chaptersRoot, asked);
  if (part !== undefined)
    throw new Usage(`A chapter is reset as a whole: npm run reset ${slug.slice(0, 2)}.`);
  for (const line of resetChapter(chaptersRoot, slug, new Date())) console.log(line);
  return 0;
}

export function resetChapter(root: string, slug: string, now: Date): string[] {
  const stubs = pristineStubs(root, slug);
  const folder = join(root, "exercises", slug);
  const aside = join(root, ".workbook", "kept", now.toISOString().replace(/[:.]/g, "-"), slug);
  const kept: string[] = [];
  let restored = 0;
  for (const [file, text] of Object.entries(stubs)) {
    const path = join(folder, file);
    if (existsSync(path)) {
      if (readFileSync(path, "utf8") === text) continue;
      mkdirSync(aside, { recursive: true });
      renameSync(path, join(aside, file));
      kept.push(`  ${shown(join(aside, file))}`);
    }
    writeWhole(path, text);
    restored++;
  }
  if (restored === 0) return [`${shown(folder)} is as it was at the beginning: there is nothing to reset.`];
  const count = counted(restored, "file");
  if (kept.length === 0) return [`${count} of ${shown(folder)} restored.`];
  return [`${count} of ${shown(folder)} restored. Your work is kept:`, ...kept];
}
