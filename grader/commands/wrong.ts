import colors from "picocolors";
import { counted } from "../report/words.ts";
import { type AnswerResult, answersOf, tryAnswer } from "../run/answers.ts";
import { chaptersIn, chaptersRoot, findTarget } from "../run/chapters.ts";
import { Grader } from "../run/grader.ts";
import { defaultSeed, defaultSeeds } from "../run/settings.ts";
import { endWith } from "./ending.ts";
import { readArguments, wholeNumber } from "./options.ts";

/** Shows for each wrong answer which part it loses, and with what message; and that right answers lose none. */
export async function command(args: string[]): Promise<number> {
  const kinds = {
    seed: { type: "string", means: "S", says: "the base seed; 0 unless told" },
    seeds: { type: "string", means: "N", says: "how many runs a campaign does; 200 unless told" },
  } as const;
  const { positionals, values } = readArguments("wrong", args, kinds, 1);
  const [asked] = positionals;
  const target = asked === undefined ? undefined : findTarget(chaptersRoot, asked);
  const seed = wholeNumber("seed", values.seed, 0, defaultSeed);
  const seeds = wholeNumber("seeds", values.seeds, 1, defaultSeeds);
  const answers = (target ? [target.slug] : chaptersIn(chaptersRoot))
    .flatMap((slug) => answersOf(chaptersRoot, slug))
    .filter(({ expect }) => target?.part === undefined || expect?.part === target.part);
  const grader = await Grader.open({ root: chaptersRoot });
  const release = endWith(() => grader.abandon());
  let unexpected = 0;
  try {
    for (const answer of answers) {
      const result = await tryAnswer(grader, answer, seed, seeds);
      if (!result.isAsExpected) unexpected++;
      for (const line of resultLines(result)) console.log(line);
    }
  } finally {
    release();
    await grader.close();
  }
  console.log(
    `\n${answers.length - unexpected} of ${counted(answers.length, "answer")} treated as they should be (base seed ${seed}).`,
  );
  return unexpected === 0 ? 0 : 1;
}

function resultLines({ answer, isAsExpected, complaint, message, lostTest }: AnswerResult): string[] {
  const { kind, slug, name, expect } = answer;
  const sign = isAsExpected ? colors.green("✓") : colors.red("✗");
  const fate =
    kind === "right" ? (lostTest ? "" : "keeps every part") : lostTest ? `loses ${expect?.part}` : "";
  const lines = [
    `${sign} ${slug.slice(0, 2)} ${kind}/${name} ${[fate, complaint].filter(Boolean).join("; ")}`,
  ];
  if (lostTest)
    lines.push(
      `    ${lostTest}`,
      ...message
        .split("\n")
        .slice(0, 3)
        .map((line) => `      ${line}`),
    );
  return lines;
}
