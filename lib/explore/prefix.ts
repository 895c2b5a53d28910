import { Misuse } from "#lib/sim";
import type { Prefix } from "./options.ts";
import type { Move } from "./search.ts";
import { type Space, stepOf } from "./space.ts";

/** Where some steps led to. */
export interface Prefixed {
  readonly row: Int32Array;
  readonly path: readonly Move[];
}

/** Takes the steps that are chosen. All nodes start first; steps that are wrong by themselves are not offered. */
export function takePrefix(space: Space, origin: Int32Array, prefix: Prefix | undefined): Prefixed {
  const path: Move[] = [];
  if (!prefix) return { row: origin, path };
  let row = origin;
  space.isOnBudget = false;
  for (let taken = 0; ; ) {
    const { moves, rows } = movesFrom(space, row);
    let nth = 0;
    if (hasAllStarted(space, row)) {
      const steps = moves.map(({ node, event, outcome }) => stepOf(space, node, event, outcome));
      const chosen = prefix.choose(steps, taken++);
      if (chosen === undefined) break;
      nth = steps.indexOf(chosen);
      if (nth < 0)
        throw new Misuse(
          `from.choose gave ${JSON.stringify(chosen)}: give back one of the steps that it was given`,
        );
    }
    path.push(moves[nth] as Move);
    row = rows[nth] as Int32Array;
  }
  space.isOnBudget = true;
  space.stepCount = 0;
  return { row: space.refreshed(row, prefix.forgetsMessages ?? false), path };
}

function hasAllStarted({ machines, locals }: Space, row: Int32Array): boolean {
  return machines.every((_, node) => locals.all[row[node] as number]?.hasLived);
}

function movesFrom(space: Space, from: Int32Array): { moves: Move[]; rows: Int32Array[] } {
  const moves: Move[] = [];
  const rows: Int32Array[] = [];
  space.expand(from, 0, {
    step(node, event, outcome, row) {
      moves.push({ node, event, outcome });
      rows.push(row.slice());
      return false;
    },
    refused: () => false,
  });
  return { moves, rows };
}
