import { parseReplay } from "#lib/nemesis";
import { chaptersRoot, findTarget, scenariosOf, Usage } from "../run/chapters.ts";
import { Grader } from "../run/grader.ts";
import { explorationIn } from "../run/replayed.ts";
import { defaultSeed, defaultSeeds } from "../run/settings.ts";
import { layersFor } from "./against.ts";
import { endWith } from "./ending.ts";
import { readArguments } from "./options.ts";

/** Makes one run again from its string, and tells it as text. */
export async function command(args: string[]): Promise<number> {
  const kinds = {
    against: { type: "string", means: "solutions | DIR", says: "whose work; yours unless told" },
  } as const;
  const { positionals, values } = readArguments("replay", args, kinds, 1);
  const [line] = positionals;
  if (line === undefined) throw new Usage("Say what to replay: npm run replay -- '01/retry:7'.");
  const scenario = explorationIn(line) ?? parseReplay(line).scenario;
  const { slug } = findTarget(chaptersRoot, scenario.slice(0, 2));
  const layers = layersFor(chaptersRoot, slug, values.against as string | undefined);
  const scenarios = scenariosOf(chaptersRoot, slug);
  if (scenarios === undefined) throw new Usage(`Chapter ${slug} has no scenarios to replay.`);
  const grader = await Grader.open({ root: chaptersRoot });
  const release = endWith(() => grader.abandon());
  try {
    const replay = { line, slug, scenarios };
    const told = await grader.tell(slug, layers, { seed: defaultSeed, seeds: defaultSeeds, replay });
    for (const text of told.lines) console.log(text);
    if (told.failure === "") return told.isBroken ? 1 : 0;
    console.error(told.failure);
    return 2;
  } finally {
    release();
    await grader.close();
  }
}
