import type { NodeId } from "#lib/sim";
import type { Relation, Vector, VectorClock } from "#protocol/08-clocks";

export function compareVectors(a: Vector, b: Vector): Relation {
  for (const node of [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()) {
    const [mine, yours] = [a[node] ?? 0, b[node] ?? 0];
    if (mine !== yours) return mine < yours ? "before" : "after";
  }
  return "equal";
}

export function createVectorClock(self: NodeId): VectorClock {
  const counts: { [node: NodeId]: number } = {};
  const tick = (): Vector => {
    counts[self] = (counts[self] ?? 0) + 1;
    return { ...counts };
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
