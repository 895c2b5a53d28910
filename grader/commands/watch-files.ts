import { type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { join } from "node:path";
import type { Layers } from "../run/layers.ts";

export interface Change {
  /** "hash.ts", if it is known which file was saved. */
  readonly file?: string;
}

const pollMs = 500;
const settleMs = 30;

/**
 * Calls back when a file of the work has new contents. Events come at once where the system sends them; where it does not (network
 * folders, containers, WSL), the times of the files are looked at twice a second.
 */
export function watchFolders(layers: Layers, onChange: (change: Change) => void): () => void {
  let known = timesOf(layers);
  let settling: NodeJS.Timeout | undefined;
  const look = () => {
    const now = timesOf(layers);
    const changed = [...new Set([...now.keys(), ...known.keys()])].find(
      (path) => now.get(path) !== known.get(path),
    );
    if (changed === undefined) return;
    known = now;
    const file = changed.slice(changed.lastIndexOf("/") + 1);
    onChange({ file });
  };
  // Editors save in several steps: look when they have settled.
  const soon = () => {
    clearTimeout(settling);
    settling = setTimeout(look, settleMs);
  };
  const watchers = layers.flatMap((layer) => watcherOf(layer, soon) ?? []);
  const poll = setInterval(look, pollMs);
  return () => {
    clearInterval(poll);
    clearTimeout(settling);
    for (const watcher of watchers) watcher.close();
  };
}

function watcherOf(folder: string, soon: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, soon);
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}

function timesOf(layers: Layers): Map<string, string> {
  const times = new Map<string, string>();
  for (const layer of layers) {
    const stat = statSync(layer, { throwIfNoEntry: false });
    if (!stat?.isDirectory()) continue;
    for (const name of readdirSync(layer)) {
      const file = name.endsWith(".ts") && statSync(join(layer, name), { throwIfNoEntry: false });
      if (file) times.set(`${layer}/${name}`, `${file.mtimeMs} ${file.size}`);
    }
  }
  return times;
}
