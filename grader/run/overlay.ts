import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { Plugin } from "vite";
import { type CompiledWork, compile } from "./compile.ts";
import type { Layers } from "./layers.ts";

const prefix = "\0work:";
const binding = join(import.meta.dirname, "binding.ts");

/**
 * Decides what `#work/NN-slug` is: a base folder with other folders laid over it. The work becomes one module that binds
 * each of its files apart, so that a file which does not load breaks only what it exports.
 */
export class Overlay {
  readonly #root: string;
  readonly #library: string;
  readonly #builtLibrary: string;
  readonly #layers = new Map<string, Layers>();
  readonly #compiled = new Map<string, CompiledWork>();

  /** `root` holds exercises/ and grader/; `library` is the folder of #lib, and `builtLibrary` what `buildLibrary` made of it. */
  constructor(root: string, library: string, builtLibrary: string) {
    this.#root = root;
    this.#library = library;
    this.#builtLibrary = builtLibrary;
  }

  /** The id of the module that stands for a chapter's work. */
  static moduleOf(slug: string): string {
    return prefix + slug;
  }

  use(slug: string, layers: Layers): void {
    this.#layers.set(slug, layers);
    this.#compiled.delete(slug);
  }

  /** The place that a guard's number stands for, in the work that was compiled last. */
  siteOf(slug: string, number: number): string | undefined {
    return this.#compiled.get(slug)?.sites[number];
  }

  async work(slug: string): Promise<CompiledWork> {
    const known = this.#compiled.get(slug);
    if (known) return known;
    const work = await compile(
      slug,
      this.#layers.get(slug) ?? [join(this.#root, "exercises", slug)],
      this.#library,
    );
    this.#compiled.set(slug, work);
    return work;
  }

  plugin(): Plugin {
    return {
      name: "workbook:overlay",
      enforce: "pre",
      resolveId: (id) => {
        const [, kind, name] = /^#(work|protocol|lib)\/([a-z0-9-]+)$/.exec(id) ?? [];
        if (name === undefined) return undefined;
        if (kind === "work") return prefix + name;
        const path =
          kind === "lib"
            ? join(this.#builtLibrary, `${name}.mjs`)
            : join(this.#root, "exercises", name, "protocol.ts");
        return isAbsolute(path) && existsSync(path) ? path : undefined;
      },
      load: async (id) =>
        id.startsWith(prefix) ? moduleText(await this.work(id.slice(prefix.length))) : undefined,
    };
  }
}

function moduleText(work: CompiledWork): string {
  const libraries = work.libraries.map(
    (name, index) => `import * as library${index} from ${JSON.stringify(name)};`,
  );
  const table = work.libraries.map((name, index) => `${JSON.stringify(name)}: library${index}`);
  const names = Object.keys(work.exports);
  return [
    ...libraries,
    `import { bind } from ${JSON.stringify(binding)};`,
    `const work = await bind(${JSON.stringify(work)}, { ${table.join(", ")} });`,
    ...names.map((name, index) => `const export${index} = work[${JSON.stringify(name)}];`),
    `export { ${names.map((name, index) => `export${index} as ${name}`).join(", ")} };`,
  ].join("\n");
}
