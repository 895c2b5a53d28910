import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { project } from "../run/chapters.ts";

export interface PageParts {
  readonly script: string;
  readonly style: string;
}

const folder = join(import.meta.dirname, "page");
const cache = join(project, ".workbook", "picture");

let parts: Promise<PageParts> | undefined;

/** The script and the style of every picture. The script is built once for each state of its sources, and kept in .workbook. */
export function pageParts(): Promise<PageParts> {
  parts ??= makeParts();
  return parts;
}

async function makeParts(): Promise<PageParts> {
  const style = readFileSync(join(folder, "page.css"), "utf8");
  if (/<\/style/i.test(style)) throw new Error("page.css would end its own element");
  const path = join(cache, `${stateOf()}.js`);
  return { script: read(path) ?? (await buildScript(path)), style };
}

/** Names what the script is made of: the page's files, and those of lib that it shares. */
function stateOf(): string {
  const hash = createHash("sha256").update(readFileSync(import.meta.filename));
  const shared = [join(folder, "..", "pack.ts"), join(project, "lib", "trace", "format.ts")];
  const own = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  for (const file of [...shared, ...own.sort().map((name) => join(folder, name))]) {
    hash.update(`\0${file.slice(project.length)}\0`).update(readFileSync(file));
  }
  return hash.digest("hex").slice(0, 16);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

async function buildScript(path: string): Promise<string> {
  const { build } = await import("vite");
  const result = await build({
    configFile: false,
    root: folder,
    logLevel: "silent",
    build: {
      write: false,
      target: "es2022",
      lib: {
        entry: join(folder, "main.ts"),
        formats: ["iife"],
        name: "picture",
        fileName: () => "picture.js",
      },
    },
  });
  const [{ code = "" } = {}] = ([result].flat() as { output: { code?: string }[] }[]).flatMap(
    ({ output }) => output,
  );
  if (code === "" || /<\/script|<!--/i.test(code))
    throw new Error("the page's script would end its own element");
  keep(path, code);
  return code;
}

/** All of it at once: another grader may be writing the same file. Where nothing can be written, each builds for itself. */
function keep(path: string, code: string): void {
  const draft = `${path}.${process.pid}`;
  try {
    mkdirSync(cache, { recursive: true });
    for (const old of readdirSync(cache)) rmSync(join(cache, old), { force: true });
    writeFileSync(draft, code);
    renameSync(draft, path);
  } catch {
    rmSync(draft, { force: true });
  }
}
