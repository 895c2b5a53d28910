import { type Branch, makeBranches } from "../handout/branches.ts";
import { Repository } from "../handout/git.ts";
import { counted } from "../report/words.ts";
import { project } from "../run/chapters.ts";
import { chaptersKind } from "./handout.ts";
import { readArguments } from "./options.ts";

/** For instructors: makes or moves the branches `handout` and `solutions`. The work tree and the index are not touched. */
export async function command(args: string[]): Promise<number> {
  const { values } = readArguments("branches", args, chaptersKind, 0);
  for (const branch of await makeBranches(project, values.chapters as string | undefined)) {
    console.log(branchLine(branch));
  }
  const left = new Repository(project).changedCount();
  if (left > 0) console.log(`Not in them: ${counted(left, "file")} with changes that are not committed.`);
  console.log("Nothing was pushed.");
  return 0;
}

function branchLine({ name, commit, before, fileCount }: Branch): string {
  const was = before?.slice(0, 8);
  const fate = was === undefined ? "is new" : commit === before ? "is as it was" : `was at ${was}`;
  return `${name.padEnd(9)} ${commit.slice(0, 8)}  ${counted(fileCount, "file")}; it ${fate}`;
}
