import type { Effect } from "#lib/sim";

/** One way in which a crash can fall into a handler. */
export interface Crash {
  /** How many effects of the handler have happened. */
  readonly count: number;
  /** Which of the writes without a sync are on the disk: bit i is the i-th of them. */
  readonly kept: number;
  /** The same in words: "n1 crashed after 2 effects, and of its 2 writes without a sync the disk kept number 1". */
  readonly text: string;
}

/** Beyond this many unsynced writes not every subset is tried: all, none, each alone, and all but each. */
const mostForAll = 4;

/** Every way in which a crash can fall among these effects of a node. */
export function crashesAmong(node: string, effects: readonly Effect[]): Crash[] {
  const crashes: Crash[] = [];
  let unsynced = 0;
  for (let count = 0; count <= effects.length; count++) {
    const effect = effects[count - 1]?.effect;
    if (effect === "sync") unsynced = 0;
    if (effect === "write") unsynced++;
    for (const kept of subsetsOf(unsynced)) {
      crashes.push({ count, kept, text: textOf(node, count, unsynced, kept) });
    }
  }
  return crashes;
}

function subsetsOf(writeCount: number): number[] {
  const all = 2 ** writeCount - 1;
  if (writeCount <= mostForAll) return Array.from({ length: all + 1 }, (_, mask) => mask);
  const alone = Array.from({ length: writeCount }, (_, i) => 1 << i);
  return [0, all, ...alone, ...alone.map((bit) => all - bit)];
}

function textOf(node: string, count: number, unsynced: number, kept: number): string {
  const crashed = `${node} crashed after ${count} ${count === 1 ? "effect" : "effects"}`;
  if (unsynced === 0) return crashed;
  const places = Array.from({ length: unsynced }, (_, i) => i).filter((i) => (kept >> i) % 2 === 1);
  const names = places.length === unsynced ? "all" : places.map((i) => `number ${i + 1}`).join(" and ");
  if (unsynced === 1) return `${crashed}, and its one write without a sync was ${kept ? "kept" : "lost"}`;
  return `${crashed}, and of its ${unsynced} writes without a sync the disk kept ${names || "none"}`;
}
