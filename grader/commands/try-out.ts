import { readFileSync } from "node:fs";
import { join } from "node:path";
import colors from "picocolors";
import { wrap } from "../report/terminal.ts";
import { type Target, Usage } from "../run/chapters.ts";
import { Grader, type Tryout } from "../run/grader.ts";
import { examplesIn } from "../run/printed.ts";
import { layersFor } from "./against.ts";
import { endWith } from "./ending.ts";

/** What `grade` does where the suites are with an instructor: everything that can be said about work without them. */
export async function tryOut(
  root: string,
  targets: readonly Target[],
  against: string | undefined,
): Promise<number> {
  const grader = await Grader.open({ root });
  const release = endWith(() => grader.abandon());
  try {
    for (const { slug, part } of targets) {
      if (part !== undefined)
        throw new Usage(`Without suites a chapter is tried as a whole: npm run grade ${slug.slice(0, 2)}.`);
      const path = `chapters/${slug}.md`;
      const text = readFileSync(join(root, path), "utf8");
      const tryout = await grader.tryOut(slug, layersFor(root, slug, against), examplesIn(path, text));
      console.log(`\n${/^# (.*)$/m.exec(text)?.[1] ?? slug}\n`);
      for (const line of tryoutLines(tryout)) console.log(line);
    }
  } finally {
    release();
    await grader.close();
  }
  console.log("\nNo points: the suites are not in this handout, and your instructor grades.");
  return 2;
}

function tryoutLines({ outcomes, types }: Tryout): string[] {
  const lines = [...outcomes].flatMap(([name, { status, sentence, where }]) => {
    const what = name === "load" ? "the work loads" : `the example in ${name}`;
    if (status === "passed") return [`  ${colors.green("✓")} ${what}`];
    const sign = status === "not-started" ? colors.dim("·") : colors.red("✗");
    const at = where === undefined ? [] : [`      where    ${where}`];
    return [`  ${sign} ${what}`, ...wrap(sentence, 6), ...at];
  });
  if (types.length === 0) return [...lines, `  ${colors.green("✓")} the types fit`];
  return [...lines, `  ${colors.red("✗")} the types fit`, ...types.flatMap((fault) => wrap(fault, 6))];
}
