import { resolve } from "node:path";
import { recordIn } from "../handout/record.ts";
import { chosenChapters, handoutTree } from "../handout/tree.ts";
import { updateLines, updateTree, writeTree } from "../handout/update.ts";
import { counted } from "../report/words.ts";
import { project, type Suites, Usage } from "../run/chapters.ts";
import { shown } from "../run/layers.ts";
import { readArguments } from "./options.ts";
import type { OptionKinds } from "./usage.ts";

export const chaptersKind = {
  chapters: { type: "string", means: "01,05", says: "only these chapters" },
} satisfies OptionKinds;

/** For instructors: writes what a learner gets into a folder. */
export async function command(args: string[]): Promise<number> {
  const kinds = {
    out: {
      type: "string",
      means: "DIR",
      says: "an empty folder, a new one, or a handout to be brought up to date",
    },
    ...chaptersKind,
    suites: {
      type: "string",
      means: "open|sealed|none",
      says: "as they are, in a form that nobody reads by accident, or left out; sealed unless told",
    },
  } as const;
  const { values } = readArguments("handout", args, kinds, 0);
  const { out, chapters, suites = "sealed" } = values as { [name: string]: string | undefined };
  if (out === undefined) throw new Usage("Say where to: npm run handout -- --out DIR.");
  if (!isKind(suites)) throw new Usage(`--suites ${suites}: write open, sealed or none.`);
  const folder = resolve(out);
  if (folder === project) throw new Usage("--out is the workbook itself: name another folder.");
  const options = { chapters: chosenChapters(project, chapters), suites };
  const tree = await handoutTree(project, options);
  const old = recordIn(folder);
  if (old) for (const line of updateLines(updateTree(folder, old, tree, new Date()))) console.log(line);
  else writeTree(folder, tree);
  const bytes = [...tree.values()].reduce((sum, content) => sum + content.length, 0);
  const what = `${counted(options.chapters.length, "chapter")}, suites ${suites}`;
  console.log(`${shown(folder)}: ${what}; ${counted(tree.size, "file")}, ${Math.round(bytes / 1000)} kB.`);
  return 0;
}

function isKind(text: string): text is Suites {
  return text === "open" || text === "sealed" || text === "none";
}
