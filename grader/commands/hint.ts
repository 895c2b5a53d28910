import { HintMemory } from "../report/hints.ts";
import { wrap } from "../report/terminal.ts";
import { chaptersRoot, findTarget, loadRubric, partOf, Usage } from "../run/chapters.ts";
import { readArguments } from "./options.ts";

/** Prints the next hint of a part; the ones seen before are not repeated until all are known. */
export async function command(args: string[]): Promise<number> {
  const { positionals } = readArguments("hint", args, {}, 1);
  const [asked] = positionals;
  if (asked === undefined) throw new Usage("Say for which part: npm run hint 01.2.");
  const { slug, part } = findTarget(chaptersRoot, asked);
  const rubric = await loadRubric(chaptersRoot, slug);
  if (part === undefined) {
    const first = rubric.parts[0]?.part;
    throw new Usage(`Hints belong to a part: npm run hint ${first}.`);
  }
  for (const line of nextHint(chaptersRoot, partOf(rubric, part))) console.log(line);
  return 0;
}

export function nextHint(
  root: string,
  { part, title, hints }: { part: string; title: string; hints: readonly string[] },
): string[] {
  const memory = new HintMemory(root);
  const wereAllSeen = memory.left(part) === 0;
  const tier = wereAllSeen ? hints.length : memory.advance(part);
  const shownTiers = wereAllSeen ? hints : [hints[tier - 1] as string];
  const lines = shownTiers.flatMap((hint, index) => {
    const number = wereAllSeen ? index + 1 : tier;
    return [`${part} ${title}: hint ${number} of ${hints.length}`, "", ...wrap(hint, 2), ""];
  });
  const left = memory.left(part);
  const more = left === 0 ? "That was the last one." : `${left} left: npm run hint ${part}`;
  return [...lines, wereAllSeen ? "These are all there are." : more];
}
