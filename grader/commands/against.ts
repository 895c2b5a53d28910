import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Usage } from "../run/chapters.ts";
import { filesOf, isFolder, type Layers } from "../run/layers.ts";

/** Whose work is graded: the learner's own unless told, `solutions`, or a folder that is laid out like exercises/. */
export function layersFor(root: string, slug: string, against: string | undefined): Layers {
  const stubs = join(root, "exercises", slug);
  if (against === undefined || against === "exercises") return [stubs];
  if (against === "solutions") {
    if (isFolder(join(root, "solutions"))) return [join(root, "solutions", slug)];
    throw new Usage(
      "--against solutions: a handout has none; write a folder laid out like exercises/ in their place.",
    );
  }
  const folder = resolve(against);
  if (!isFolder(folder)) {
    throw new Usage(
      `--against ${against}: there is no such folder; write \`solutions\`, or a folder laid out like exercises/.`,
    );
  }
  const inside = join(folder, slug);
  if (isFolder(inside)) return [inside, stubs];
  if (holdsAny(folder, stubs)) return [folder, stubs];
  throw new Usage(
    `--against ${against}: the folder has neither ${slug}/ nor a file of it, such as the stubs in exercises/${slug}/.`,
  );
}

/** A wrong or a right answer: a few changed files over the solution. */
export function answerLayers(root: string, slug: string, kind: "wrong" | "right", name: string): Layers {
  return [join(root, "grader", slug, kind, name), join(root, "solutions", slug)];
}

function holdsAny(folder: string, stubs: string): boolean {
  return filesOf([stubs]).some((file) => existsSync(join(folder, file)));
}
