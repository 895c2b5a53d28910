import { join } from "node:path";
import type { AnyNode } from "#lib/sim";
import type { CoordinatorConfig } from "#protocol/10-two-phase-commit";
import { bind, realmOf } from "../run/binding.ts";
import { project } from "../run/chapters.ts";
import { compile } from "../run/compile.ts";
import type { Layers } from "../run/layers.ts";

/** Gives, for each life, what makes a coordinator in files that were loaded for that life. */
export type NewCoordinator = (config: CoordinatorConfig) => Promise<() => AnyNode>;

/** The coordinator class of a piece of work: checked, guarded and bound as `npm run grade` does it with the same files. */
export async function coordinatorOf(slug: string, layers: Layers): Promise<NewCoordinator> {
  const work = await compile(slug, layers, join(project, "lib"));
  const libraries: { [name: string]: unknown } = {};
  for (const name of work.libraries) libraries[name] = await import(name);
  await bind(work, libraries);
  return async (config) => {
    const { Coordinator } = (await realmOf(slug)) as {
      Coordinator: new (config: CoordinatorConfig) => AnyNode;
    };
    return () => new Coordinator(config);
  };
}
