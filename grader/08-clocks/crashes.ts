import type { Effect } from "#lib/sim";

/** One way in which a crash can fall into a handler. */
export interface Crash {
  /** How many effects of the handler have happened. */
  readonly count: number;
  /** Which of the writes without a sync are on the disk: bit i is the i-th of them. */
  readonly kept: number;
  /** The same in words: "n1 crashed after 2 effects of its handler, and its write without a sync was lost". */
  readonly text: string;
}

/** Every way in which a crash can fall among these effects of a node. */
export function crashesAmong(node: string, effects: readonly Effect[]): Crash[] {
  const crashes: Crash[] = [];
  let unsynced = 0;
  for (let count = 0; count <= effects.length; count++) {
    const effect = effects[count - 1]?.effect;
    if (effect === "sync") unsynced = 0;
    if (effect === "write") unsynced++;
    // Of very many writes only the first ones are lost or kept one by one.
    for (let kept = 0; kept < 2 ** Math.min(unsynced, 5); kept++) {
      const crashed = `${node} crashed after ${count} ${count === 1 ? "effect" : "effects"} of its handler`;
      crashes.push({ count, kept, text: `${crashed}${fateOf(unsynced, kept)}` });
    }
  }
  return crashes;
}

function fateOf(unsynced: number, kept: number): string {
  if (unsynced === 0) return "";
  if (unsynced === 1) return `, and its write without a sync was ${kept === 0 ? "lost" : "kept"}`;
  const places = Array.from({ length: unsynced }, (_, i) => i + 1).filter((i) => (kept >> (i - 1)) % 2 === 1);
  const names = places.length === 0 ? "none" : places.length === unsynced ? "all" : places.join(" and ");
  return `, and of its ${unsynced} writes without a sync the disk kept ${names}`;
}
