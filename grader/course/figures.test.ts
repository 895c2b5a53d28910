import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { project } from "../run/chapters.ts";
import { readMarkdown } from "./markdown.ts";
import { slugs } from "./mirror.ts";
import { layersOf, loadWork } from "./work.ts";

/**
 * The numbers of a chapter come from runs: `text figure=NAME` is what `figures` in its `figures.ts` gives for the solutions, and for
 * wrong answers by their names.
 */
for (const slug of slugs()) {
  const source = join(project, "grader", slug, "figures.ts");
  if (!existsSync(source)) continue;
  test(`the numbers of chapter ${slug} are those of a run`, async () => {
    const { figures } = await import(source);
    const wrong = (name: string) => loadWork(layersOf(slug, `grader/${slug}/wrong/${name}`));
    const made: { [name: string]: string } = await figures(
      await loadWork(layersOf(slug, "solutions")),
      wrong,
    );
    const text = readFileSync(join(project, "chapters", `${slug}.md`), "utf8");
    const found: { [name: string]: string } = {};
    for (const { words, text: shown } of readMarkdown(text).fences) {
      const name = words.get("figure");
      if (name !== undefined) found[name] = shown.trimEnd();
    }
    expect(found).toEqual(made);
  });
}
