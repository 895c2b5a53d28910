import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { filesOf, findFile, type Layers, shown } from "./layers.ts";

export interface TypeFault {
  /** "hash.ts" */
  readonly file: string;
  /** "exercises/05-partitioning/hash.ts:12: …" */
  readonly sentence: string;
}

/** Type-checks the work in a process of its own, beside the tests. What it finds is shown and costs nothing. */
export async function typeErrors(
  root: string,
  project: string,
  layers: Layers,
  folder: string,
): Promise<TypeFault[]> {
  const files = filesOf(layers).flatMap((file) => findFile(layers, file) ?? []);
  const config = join(folder, "tsconfig.json");
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
  writeFileSync(
    config,
    JSON.stringify({ extends: join(project, "tsconfig.json"), compilerOptions, files, include: [] }),
  );
  const output = await runTsc(["-p", config, "--pretty", "false"], folder);
  const found: TypeFault[] = [];
  for (const line of output.split("\n")) {
    const [, path, lineNumber, what] = /^(.+?)\((\d+),\d+\): error TS\d+: (.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    const absolutePath = resolve(folder, path);
    const file = files.find((candidate) => candidate === absolutePath);
    if (file)
      found.push({
        file: file.slice(file.lastIndexOf("/") + 1),
        sentence: `${shown(file)}:${lineNumber} ${what}`,
      });
  }
  return found;
}

function runTsc(args: string[], cwd: string): Promise<string> {
  const tsc = createRequire(import.meta.url)
    .resolve("typescript/package.json")
    .replace("package.json", "bin/tsc");
  return new Promise((done) => {
    const child = spawn(process.execPath, [tsc, ...args], {
      cwd,
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
