import { resolve } from "node:path";
import { recordIn, recordPath } from "../handout/record.ts";
import { readTree, updateLines, updateTree } from "../handout/update.ts";
import { project, Usage } from "../run/chapters.ts";
import { isFolder, shown } from "../run/layers.ts";
import { readArguments } from "./options.ts";

/** Takes over what is new in a newer handout, for learners who have theirs as a folder. */
export async function command(args: string[]): Promise<number> {
  const { positionals } = readArguments("update", args, {}, 1);
  const [from] = positionals;
  const old = recordIn(project);
  if (!old)
    throw new Usage(`This is no handout (it has no ${recordPath}): a clone is updated with \`git pull\`.`);
  if (from === undefined)
    throw new Usage("Say where the newer handout is: npm run update -- ../the-new-one.");
  const folder = resolve(from);
  if (!isFolder(folder))
    throw new Usage(`There is no folder ${shown(folder)}: unpack the newer handout first.`);
  if (folder === project) throw new Usage("This is the handout itself: name the folder of the newer one.");
  for (const line of updateLines(updateTree(project, old, readTree(folder), new Date()))) console.log(line);
  return 0;
}
