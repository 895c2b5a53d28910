import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { explore } from "#lib/explore";
import { chaptersIn, project } from "../run/chapters.ts";
import { isFolder } from "../run/layers.ts";
import { layersOf, loadExplorations, loadWork } from "./work.ts";

/** A chapter's explorations, on the solution and on every other right answer. */
async function cases(): Promise<[name: string, slug: string, work: string][]> {
  const found: [string, string, string][] = [];
  for (const slug of chaptersIn(project)) {
    const right = join("grader", slug, "right");
    const others = isFolder(join(project, right)) ? readdirSync(join(project, right)) : [];
    for (const name of Object.keys(await loadExplorations(slug))) {
      for (const work of ["solutions", ...others.map((other) => `${right}/${other}`)]) {
        found.push([name, slug, work]);
      }
    }
  }
  return found;
}

test.each(await cases())("%s of %s finds nothing wrong with %s", async (name, slug, work) => {
  const exploration = (await loadExplorations(slug))[name];
  const found = explore(
    exploration?.options((await loadWork(layersOf(slug, work))) as never) ?? { nodes: {} },
  );
  expect(found.violation?.text).toBeUndefined();
  expect(found.states).toBeGreaterThan(10);
});
