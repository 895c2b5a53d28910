import { SourceMap } from "node:module";
import { Script } from "node:vm";
import { enter, resetRounds, round, stoppedAt } from "#lib/exercise";
import type { CompiledFile, CompiledWork } from "./compile.ts";
import { site } from "./lifeline.ts";
import { learnersConsole } from "./output.ts";
import { settings } from "./settings.ts";

/** A file of the work could not be loaded, or lacks an export. The message says which, why, and what to do. */
export class NotLoaded extends Error {
  override readonly name = "NotLoaded";
}

/*
 * Imports are read through getters that swallow errors, so at the end of the stack they are suddenly undefined. What the work
 * calls is therefore held by constants, and modules are handed to it as plain objects.
 */
const [countRound, countEntry] = [round, enter];

type Exports = { [name: string]: unknown };
type Import = (from: string, meta?: { importedNames?: string[] }) => Promise<unknown>;
type Body = (scope: Scope) => Promise<void>;
interface Scope {
  readonly __vite_ssr_import__: Import;
  readonly __vite_ssr_exports__: Exports;
  readonly __vite_ssr_exportName__: (name: string, read: () => unknown) => void;
  readonly __vite_ssr_exportAll__: (from: Exports) => void;
  readonly __round: (site: number) => void;
  readonly __enter: (site: number) => void;
  readonly console: typeof learnersConsole;
}
const scopeNames: readonly (keyof Scope)[] = [
  "__vite_ssr_import__",
  "__vite_ssr_exports__",
  "__vite_ssr_exportName__",
  "__vite_ssr_exportAll__",
  "__round",
  "__enter",
  "console",
];

const works = new Map<string, BoundWork>();
let onLoading: (file: string | undefined) => void = () => {};

/** Tells the listener which file is being loaded for the first time, and then that none is. */
export function listenToLoading(listener: (file: string | undefined) => void): void {
  onLoading = listener;
}

/** Where a frame of the work's compiled code stands in the text that the learner wrote. */
export function originalPlace(absolutePath: string, line: number, column: number): string | undefined {
  for (const work of works.values()) {
    const found = work.place(absolutePath, line, column);
    if (found) return found;
  }
  return undefined;
}

/** Called by the module that stands for `#work/NN-slug`: the exports of the work, each bound apart. */
export async function bind(work: CompiledWork, libraries: { [name: string]: unknown }): Promise<Exports> {
  const bound = new BoundWork(work, libraries);
  works.set(work.slug, bound);
  const first = await bound.realm();
  onLoading(undefined);
  onLoading = () => {};
  return first;
}

/**
 * The work again, with module variables of its own: what one node keeps outside of itself, another does not find.
 * The test file must have imported `#work/NN-slug`.
 */
export async function realmOf(slug: string): Promise<Exports> {
  const work = works.get(slug);
  if (!work) throw new Error(`import "#work/${slug}" before asking for a realm of it`);
  return await work.realm();
}

/** What of a chapter's work could not be loaded, and why. */
export function faultsOf(slug: string): string[] {
  return [...(works.get(slug)?.faults ?? [])];
}

class BoundWork {
  readonly #work: CompiledWork;
  readonly #libraries: { [name: string]: object } = {};
  /** Files that failed in one realm: they would in all, and a runaway loop takes its time. */
  readonly #failures = new Map<string, string>();
  readonly #bodies = new Map<string, Body>();
  readonly #maps = new Map<string, SourceMap>();
  /** What is told by the stand-ins of exports that are not there. */
  readonly faults = new Set<string>();
  readonly #round: (site: number) => void;
  readonly #enter: (site: number) => void;

  constructor(work: CompiledWork, libraries: { [name: string]: unknown }) {
    this.#work = work;
    for (const name in libraries) this.#libraries[name] = { ...(libraries[name] as object) };
    for (const [file, why] of Object.entries(settings().broken ?? {})) this.#failures.set(file, why);
    const { sites } = work;
    this.#round = (number) => {
      site[0] = number;
      countRound(sites[number] as string);
    };
    this.#enter = (number) => {
      site[0] = number;
      countEntry(sites[number] as string);
    };
  }

  place(absolutePath: string, line: number, column: number): string | undefined {
    const file = this.#work.files.find((candidate) => candidate.absolutePath === absolutePath);
    if (!file || file.map === "") return undefined;
    let map = this.#maps.get(file.file);
    if (!map) {
      map = new SourceMap(JSON.parse(file.map));
      this.#maps.set(file.file, map);
    }
    const entry = map.findEntry(line - 1, column - 1);
    return "originalLine" in entry ? `${file.path}:${entry.originalLine + 1}` : file.path;
  }

  /** A life of all the files: each is loaded once, in order, and a failure stays with the file that has it. */
  async realm(): Promise<Exports> {
    const loaded = new Map<string, Exports | NotLoaded>();
    const result: Exports = {};
    for (const [name, file] of Object.entries(this.#work.exports)) {
      const exports = await this.#load(file, loaded);
      if (exports instanceof NotLoaded) result[name] = this.#standIn(exports.message);
      else if (name in exports) result[name] = exports[name];
      else
        result[name] = this.#standIn(
          `${this.#pathOf(file)} does not export ${name}: write \`export\` before it, as the stub did.`,
        );
    }
    return result;
  }

  #standIn(why: string): () => never {
    this.faults.add(why);
    return standIn(why);
  }

  async #load(name: string, loaded: Map<string, Exports | NotLoaded>): Promise<Exports | NotLoaded> {
    // A file that is being loaded further up gives what it has so far, as ES modules in a circle do.
    const known = loaded.get(name);
    if (known) return known;
    const file = this.#work.files.find((candidate) => candidate.file === name);
    const failed = (why: string) => {
      const failure = new NotLoaded(why);
      this.#failures.set(name, why);
      loaded.set(name, failure);
      return failure;
    };
    const before = this.#failures.get(name) ?? file?.refusal;
    if (before) return failed(before);
    if (!file) {
      const number = this.#work.slug.slice(0, 2);
      return failed(
        `${name} is missing: \`npm run reset ${number}\` brings the stub back, and keeps your other files aside.`,
      );
    }
    const exports: Exports = {};
    loaded.set(name, exports);
    resetRounds();
    onLoading(name);
    try {
      await this.#body(file)(this.#scope(file, exports, loaded));
      // Plain values from now on: a work's exports do not change once they are there.
      for (const exported of Object.keys(exports)) {
        Object.defineProperty(exports, exported, { value: exports[exported], enumerable: true });
      }
      return exports;
    } catch (error) {
      return failed(error instanceof NotLoaded ? error.message : this.#sentence(file, error));
    } finally {
      resetRounds();
      stoppedAt();
    }
  }

  #scope(file: CompiledFile, exports: Exports, loaded: Map<string, Exports | NotLoaded>): Scope {
    return {
      __vite_ssr_import__: (from, meta) => this.#import(file, from, meta?.importedNames ?? [], loaded),
      __vite_ssr_exports__: exports,
      __vite_ssr_exportName__: (exported, read) => define(exports, exported, read),
      __vite_ssr_exportAll__: (from) => {
        for (const exported of Object.keys(from)) define(exports, exported, () => from[exported]);
      },
      __round: this.#round,
      __enter: this.#enter,
      console: learnersConsole,
    };
  }

  async #import(
    file: CompiledFile,
    from: string,
    names: string[],
    loaded: Map<string, Exports | NotLoaded>,
  ): Promise<unknown> {
    const library = this.#libraries[from];
    if (library) {
      const missing = names.find((name) => name !== "default" && !(name in library));
      if (missing)
        throw new NotLoaded(`${file.path} imports ${missing} from ${from}, which has no such export.`);
      return library;
    }
    if (!from.startsWith("./")) return {};
    const target = await this.#load(from.slice(2), loaded);
    if (target instanceof NotLoaded) throw new NotLoaded(target.message);
    const missing = names.find((name) => !(name in target));
    if (missing && this.#isDone(from, loaded)) {
      throw new NotLoaded(`${file.path} imports ${missing} from "${from}", which does not export it.`);
    }
    return target;
  }

  #isDone(from: string, loaded: Map<string, Exports | NotLoaded>): boolean {
    return Object.keys(loaded.get(from.slice(2)) ?? {}).length > 0;
  }

  /** Compiled once for all realms. */
  #body(file: CompiledFile): Body {
    let body = this.#bodies.get(file.file);
    if (!body) {
      // On one line with the code, so that its lines are those that the source map knows.
      const text = `"use strict"; (async ({ ${scopeNames.join(", ")} }) => { ${file.code}\n})`;
      body = new Script(text, { filename: file.absolutePath }).runInThisContext() as Body;
      this.#bodies.set(file.file, body);
    }
    return body;
  }

  #pathOf(name: string): string {
    return this.#work.files.find((file) => file.file === name)?.path ?? name;
  }

  #sentence(file: CompiledFile, error: unknown): string {
    const thrown = error instanceof Error ? error : new Error(String(error));
    const frame = new RegExp(`${verbatim(file.absolutePath)}:(\\d+):(\\d+)`).exec(thrown.stack ?? "");
    const where = frame && this.place(file.absolutePath, Number(frame[1]), Number(frame[2]));
    if (thrown.name === "RunawayLoop")
      return `${thrown.message.replace(/\?$/, "")}? It did so while the file was loaded.`;
    return `${where ?? file.path} throws as it is loaded: ${thrown.message}.`;
  }
}

function define(exports: Exports, name: string, read: () => unknown): void {
  Object.defineProperty(exports, name, { enumerable: true, configurable: true, get: read });
}

/** Takes the place of an export that is not there: calling it, or making one, says why. */
function standIn(why: string): () => never {
  return function notLoaded(): never {
    throw new NotLoaded(why);
  };
}

function verbatim(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
