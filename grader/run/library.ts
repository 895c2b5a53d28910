import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** As many states are kept as one goes back and forth between; an older one may be in use by a grader that watches. */
const keptCount = 4;
const keptMs = 24 * 60 * 60 * 1000;

/**
 * Makes #lib into plain JavaScript, once for each state of it, and gives the folder with a NAME.mjs for each module. Node
 * loads that by itself. Through vitest, each call from one module to another is a look-up, and the simulator runs
 * at half its speed (measured).
 */
export async function buildLibrary(library: string, cache: string): Promise<string> {
  const modules = readdirSync(library)
    .filter((name) => existsSync(join(library, name, "index.ts")))
    .sort();
  const folder = join(cache, stateOf(library, modules));
  const isWhole = () => modules.every((name) => existsSync(join(folder, `${name}.mjs`)));
  if (!isWhole()) {
    const files = await bundle(library, modules);
    const draft = draftIn(cache);
    if (draft === undefined) return ownFolder(files);
    write(draft, files);
    publish(draft, folder, isWhole);
  }
  touch(folder);
  removeOld(cache, Date.now());
  return folder;
}

/** Names what the built modules depend on: the sources, and how they are built. */
function stateOf(library: string, modules: readonly string[]): string {
  const hash = createHash("sha256").update(readFileSync(import.meta.filename));
  for (const module of modules) {
    for (const file of readdirSync(join(library, module)).sort()) {
      if (file.endsWith(".ts") && !file.endsWith(".test.ts")) {
        hash.update(`\0${module}/${file}\0`).update(readFileSync(join(library, module, file)));
      }
    }
  }
  return hash.digest("hex").slice(0, 16);
}

interface BuiltFile {
  readonly fileName: string;
  readonly code?: string;
}

async function bundle(library: string, modules: readonly string[]): Promise<BuiltFile[]> {
  const { build } = await import("vite");
  const result = await build({
    configFile: false,
    root: library,
    logLevel: "silent",
    plugins: [
      {
        name: "workbook:library",
        enforce: "pre",
        resolveId: (id) => (id.startsWith("#lib/") ? join(library, id.slice(5), "index.ts") : undefined),
      },
    ],
    build: {
      write: false,
      minify: false,
      target: "es2023",
      lib: {
        entry: Object.fromEntries(modules.map((name) => [name, join(library, name, "index.ts")])),
        formats: ["es"],
        fileName: (_format, name) => `${name}.mjs`,
      },
      rolldownOptions: { output: { chunkFileNames: "[name]-[hash].mjs" } },
    },
  });
  return ([result].flat() as { output: BuiltFile[] }[]).flatMap(({ output }) => output);
}

/** A new folder in the cache; undefined if nothing can be written there. */
function draftIn(cache: string): string | undefined {
  try {
    mkdirSync(cache, { recursive: true });
    return mkdtempSync(join(cache, "draft-"));
  } catch {
    return undefined;
  }
}

/** Where the project cannot be written to, each grader builds for itself. The path ends as that of a cache does: see `Host`. */
function ownFolder(files: readonly BuiltFile[]): string {
  const own = mkdtempSync(join(tmpdir(), "workbook-"));
  process.once("exit", () => rmSync(own, { recursive: true, force: true }));
  const folder = join(own, ".workbook", "lib", "own");
  mkdirSync(folder, { recursive: true });
  write(folder, files);
  return folder;
}

function write(folder: string, files: readonly BuiltFile[]): void {
  for (const { fileName, code = "" } of files) writeFileSync(join(folder, fileName), code);
}

/** All of it at once or nothing. Another grader may have been quicker: then its folder stands. */
function publish(draft: string, folder: string, isWhole: () => boolean): void {
  for (let attempt = 1; ; attempt++) {
    try {
      renameSync(draft, folder);
      return;
    } catch (error) {
      if (isWhole()) break;
      if (attempt === 3) throw error;
      // Somebody has removed some of it.
      rmSync(folder, { recursive: true, force: true });
    }
  }
  rmSync(draft, { recursive: true, force: true });
}

/** Notes that a folder is in use. */
function touch(folder: string): void {
  try {
    utimesSync(folder, new Date(), new Date());
  } catch {
    // It belongs to somebody else, who sees to it.
  }
}

/** Removes all but the newest states, and what graders that were killed had begun. */
function removeOld(cache: string, nowMs: number): void {
  const folders = readdirSync(cache).flatMap((name) => {
    const path = join(cache, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat ? [{ path, usedMs: stat.mtimeMs }] : [];
  });
  folders.sort((a, b) => b.usedMs - a.usedMs);
  for (const { path, usedMs } of folders.slice(keptCount)) {
    if (nowMs - usedMs < keptMs) continue;
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // The next grader tries again.
    }
  }
}
