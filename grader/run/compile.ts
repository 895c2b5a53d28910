import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { moduleRunnerTransform, transformWithOxc } from "vite";
import { guarded } from "./guard.ts";
import { filesOf, findFile, type Layers, shown } from "./layers.ts";
import { child, DoesNotParse, list, parse, type Syntax } from "./syntax.ts";
import { untidy } from "./tidy.ts";

/** One file of the work, ready to be brought to life as often as wanted; or the sentence that says why it is not. */
export interface CompiledFile {
  readonly file: string;
  /** Where it lies, as a learner would type it. */
  readonly path: string;
  readonly absolutePath: string;
  readonly refusal?: string;
  readonly code: string;
  readonly map: string;
}

/** The work under test: text only, so that it can cross into a fork. */
export interface CompiledWork {
  readonly slug: string;
  /** Each export of index.ts, and the file that it comes from. */
  readonly exports: { readonly [name: string]: string };
  readonly files: readonly CompiledFile[];
  /** "file:line" of each loop and function, by the number that its guard passes on. */
  readonly sites: readonly string[];
  /** The modules of #lib that the files import. */
  readonly libraries: readonly string[];
}

/** Reads a chapter's files through the layers. A file that cannot be used keeps its refusal, and the others are untouched. */
export async function compile(slug: string, layers: Layers, library: string): Promise<CompiledWork> {
  const names = filesOf(layers).filter((name) => name !== "index.ts");
  const sites: string[] = [];
  const libraries = new Set<string>();
  const files: CompiledFile[] = [];
  for (const file of names) {
    const absolutePath = findFile(layers, file) as string;
    files.push(await compileFile({ slug, file, absolutePath, names, library, sites, libraries }));
  }
  return { slug, exports: exportsOf(layers), files, sites, libraries: [...libraries] };
}

interface Source {
  readonly slug: string;
  readonly file: string;
  readonly absolutePath: string;
  readonly names: readonly string[];
  /** The folder of #lib. */
  readonly library: string;
  readonly sites: string[];
  readonly libraries: Set<string>;
}

async function compileFile({
  slug,
  file,
  absolutePath,
  names,
  library,
  sites,
  libraries,
}: Source): Promise<CompiledFile> {
  const path = shown(absolutePath);
  const refused = (line: number, what: string): CompiledFile => {
    return { file, path, absolutePath, refusal: `${path}:${line} ${what}.`, code: "", map: "" };
  };
  try {
    const text = readFileSync(absolutePath, "utf8");
    const tree = parse(text);
    const [first] = untidy(text, tree, {
      slug,
      has: (name) => names.includes(name),
      hasLibrary: (name) => existsSync(join(library, name, "index.ts")),
    });
    if (first) return refused(first.line, first.sentence);
    // Without a tsconfig: the folder of a submission may have one of its own.
    const options = { sourcemap: true, tsconfig: false as const, lang: "ts" as const, target: "es2023" };
    const plain = await transformWithOxc(guarded(text, tree, path, sites), absolutePath, options);
    const result = await moduleRunnerTransform(plain.code, plain.map as never, absolutePath, text);
    if (!result) return refused(1, "does not compile");
    for (const from of result.deps ?? []) if (/^#(lib|protocol)\//.test(from)) libraries.add(from);
    const { mappings, sources, version, names: symbols } = result.map as { [field: string]: unknown };
    const map = JSON.stringify({ version, sources, names: symbols, mappings });
    return { file, path, absolutePath, code: result.code, map };
  } catch (error) {
    if (error instanceof DoesNotParse) return refused(error.line, `does not parse: ${lower(error.message)}`);
    return refused(1, `does not compile: ${(error as Error).message.split("\n")[0]}`);
  }
}

function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

/** What `export { a, b } from "./file.ts"` lines say. A learner who broke index.ts still has the names of the base layer. */
function exportsOf(layers: Layers): { [name: string]: string } {
  const found: { [name: string]: string } = {};
  for (const layer of [...layers].reverse()) {
    try {
      for (const statement of list(parse(readFileSync(`${layer}/index.ts`, "utf8")), "body")) {
        if (statement.type === "ExportNamedDeclaration" && statement.exportKind !== "type")
          readExport(statement, found);
      }
    } catch {
      // A layer without an index, or with one that does not parse, adds no names.
    }
  }
  return found;
}

function readExport(statement: Syntax, found: { [name: string]: string }): void {
  const from = child(statement, "source")?.value;
  if (typeof from !== "string") return;
  for (const specifier of list(statement, "specifiers")) {
    if (specifier.exportKind !== "type")
      found[String(child(specifier, "exported")?.name)] = from.replace(/^\.\//, "");
  }
}
