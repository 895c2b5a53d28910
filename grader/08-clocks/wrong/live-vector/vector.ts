import type { NodeId } from "#lib/sim";
import type { Relation, Vector, VectorClock } from "#protocol/08-clocks";

export function compareVectors(a: Vector, b: Vector): Relation {
  const isSomewhereLess = hasLess(a, b);
  const isSomewhereMore = hasLess(b, a);
  if (isSomewhereLess && isSomewhereMore) return "concurrent";
  if (isSomewhereLess) return "before";
  return isSomewhereMore ? "after" : "equal";
}

/** Whether `a` has less than `b` for some node. Only nodes of `b` can be such: a missing one has 0. */
function hasLess(a: Vector, b: Vector): boolean {
  return Object.entries(b).some(([node, count]) => (a[node] ?? 0) < count);
}

export function createVectorClock(self: NodeId): VectorClock {
  const counts: { [node: NodeId]: number } = {};
  const tick = (): Vector => {
    counts[self] = (counts[self] ?? 0) + 1;
    return counts;
  };
  return {
    local: tick,
    send: tick,
    receive(vector) {
      for (const [node, count] of Object.entries(vector)) counts[node] = Math.max(counts[node] ?? 0, count);
      return tick();
    },
  };
}
