import type { AnyNode } from "#lib/sim";
import type { CoordinatorConfig } from "#protocol/10-two-phase-commit";
import { bind, listenToLoading, realmOf } from "../run/binding.ts";
import type { CompiledWork } from "../run/compile.ts";

/** Gives, for each life, what makes a coordinator in files that were loaded for that life. */
export type NewCoordinator = (config: CoordinatorConfig) => Promise<() => AnyNode>;

/** Hears what the learner's code is called for, before; and undefined when it has come back. */
export type Doing = (what: string | undefined) => void;

/** The coordinator class of a piece of work, bound as `npm run grade` does it with the same files. */
export async function coordinatorOf(work: CompiledWork, doing: Doing = () => {}): Promise<NewCoordinator> {
  const libraries: { [name: string]: unknown } = {};
  for (const name of work.libraries) libraries[name] = await import(name);
  listenToLoading((file) => doing(file === undefined ? undefined : `Loading ${file}`));
  await bind(work, libraries);
  return async (config) => {
    const { Coordinator } = (await realmOf(work.slug)) as {
      Coordinator: new (config: CoordinatorConfig) => AnyNode;
    };
    return () => new Coordinator(config);
  };
}
