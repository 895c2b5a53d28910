import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";
import { project } from "./chapters.ts";
import { filesOf, findFile, type Layers, shown } from "./layers.ts";

export interface TypeFault {
  /** "hash.ts" */
  readonly file: string;
  /** "exercises/05-partitioning/hash.ts:12 …" */
  readonly sentence: string;
}

/** Type-checks the work in a process of its own, beside the tests. What it finds is shown and costs nothing. */
export async function typeFaults(root: string, layers: Layers, folder: string): Promise<TypeFault[]> {
  const files = filesOf(layers).flatMap((file) => findFile(layers, file) ?? []);
  const compilerOptions = {
    // A submission may lie anywhere: the same rules, and the same names for what is given.
    module: "preserve",
    moduleResolution: "bundler",
    moduleDetection: "force",
    rootDirs: layers,
    paths: {
      "#lib/*": [join(project, "lib/*/index.ts")],
      "#protocol/*": [join(root, "exercises/*/protocol.ts")],
    },
  };
  const config = { extends: join(project, "tsconfig.json"), compilerOptions, files, include: [] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  return readFaults(await runTsc(folder), folder, files);
}

function readFaults(output: string, folder: string, files: readonly string[]): TypeFault[] {
  const found: TypeFault[] = [];
  for (const line of output.split("\n")) {
    const [, path, lineNumber, what] = /^(.+?)\((\d+),\d+\): error TS\d+: (.*)$/.exec(line) ?? [];
    if (path === undefined || what === undefined) continue;
    const file = resolve(folder, path);
    if (files.includes(file))
      found.push({ file: basename(file), sentence: `${shown(file)}:${lineNumber} ${withoutAdvice(what)}` });
  }
  return found;
}

/** tsc would have types of Node installed; the reason why a name is unknown is another one here. */
function withoutAdvice(what: string): string {
  return what.replace(/ Do you need to .*$/, "");
}

function runTsc(folder: string): Promise<string> {
  const manifest = createRequire(import.meta.url).resolve("typescript/package.json");
  const args = [join(manifest, "../bin/tsc"), "-p", "tsconfig.json", "--pretty", "false"];
  return new Promise((done) => {
    const child = spawn(process.execPath, args, {
      cwd: folder,
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 10_000,
    });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.on("error", () => done(""));
    child.on("close", () => done(output));
  });
}
