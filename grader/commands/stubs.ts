import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../report/report.ts";
import { counted } from "../report/words.ts";
import { chaptersIn, chaptersRoot, loadRubric, Usage } from "../run/chapters.ts";
import { readArguments } from "./options.ts";

/** For authors: writes each chapter's stubs.json from exercises/. */
export async function command(args: string[]): Promise<number> {
  readArguments("stubs", args, {}, 0);
  for (const slug of chaptersIn(chaptersRoot)) {
    const stubs = stubsOf(chaptersRoot, slug);
    for (const { part, file } of (await loadRubric(chaptersRoot, slug)).parts) {
      if (!stubs[file]) throw new Usage(`exercises/${slug}/${file} is missing, and part ${part} needs it.`);
      if (!Object.values(stubs).some((text) => text.includes(`todo("${part}")`))) {
        throw new Usage(
          `exercises/${slug} has no todo("${part}"): is this a stub, or somebody's work? Nothing was written.`,
        );
      }
    }
    const path = join(chaptersRoot, "grader", slug, "stubs.json");
    const text = stubsText(stubs);
    const isSame = existsSync(path) && readFileSync(path, "utf8") === text;
    if (!isSame) writeWhole(path, text);
    console.log(`${slug}: ${counted(Object.keys(stubs).length, "file")}${isSame ? ", as they were" : ""}`);
  }
  return 0;
}

/** What stubs.json must say of the files in exercises/: a check compares the two. */
export function stubsText(stubs: { readonly [file: string]: string }): string {
  return `${JSON.stringify(stubs, null, 2)}\n`;
}

export function stubsOf(root: string, slug: string): { [file: string]: string } {
  const folder = join(root, "exercises", slug);
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(".ts"))
    .sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}
