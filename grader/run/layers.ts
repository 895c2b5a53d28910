import { existsSync, readdirSync, statSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";

/** Folders laid over one another: a file comes from the first layer that has it. */
export type Layers = readonly string[];

/** The path of a file in the first layer that has it. */
export function findFile(layers: Layers, file: string): string | undefined {
  return layers.map((layer) => join(layer, file)).find((path) => existsSync(path));
}

/** The files of all layers by their names, except the given protocol: it is nobody's work. */
export function filesOf(layers: Layers): string[] {
  const names = new Set<string>();
  for (const layer of layers) {
    if (!existsSync(layer)) continue;
    for (const name of readdirSync(layer)) {
      if (name.endsWith(".ts") && name !== "protocol.ts" && !name.endsWith(".d.ts")) names.add(name);
    }
  }
  return [...names].sort();
}

/** A path as a learner would type it: relative to where the command was started, unless it lies elsewhere. */
export function shown(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith("..") || isAbsolute(fromHere) ? path : fromHere;
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
