import type { NodeId } from "#lib/sim";
import { type SlotTable, slotCount } from "#protocol/05-partitioning";

/** MurmurHash3, 32 bits, over the code units: each is mixed in by itself, and the length at the end. */
export function hashKey(key: string): number {
  let hash = 0x9747b28c;
  for (let i = 0; i < key.length; i++) {
    let word = Math.imul(key.charCodeAt(i), 0xcc9e2d51);
    word = Math.imul((word << 15) | (word >>> 17), 0x1b873593);
    hash ^= word;
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  hash ^= key.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export function nodeByModulo(hash: number, nodeCount: number): number {
  return hash - Math.floor(hash / nodeCount) * nodeCount;
}

/** The 14 high bits. */
export function slotOf(hash: number): number {
  return hash >>> 18;
}

/** Ranges of slots, as Redis Cluster's own tool gives them out. */
export function spreadSlots(nodes: readonly NodeId[]): SlotTable {
  return Array.from(
    { length: slotCount },
    (_, slot) => nodes[Math.floor((slot * nodes.length) / slotCount)]!,
  );
}

/** Each node keeps its quota; the new one gets what is over. Whoever has more to begin with may keep one more. */
export function joinSlots(slots: SlotTable, node: NodeId): SlotTable {
  const counts = new Map<NodeId, number>();
  for (const owner of slots) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  const quota = quotas(counts, [...counts.keys(), node]);
  const left = new Map(quota);
  return slots.map((owner) => {
    const allowed = left.get(owner) ?? 0;
    left.set(owner, allowed - 1);
    return allowed > 0 ? owner : node;
  });
}

export function leaveSlots(slots: SlotTable, node: NodeId): SlotTable {
  const counts = new Map<NodeId, number>();
  for (const owner of slots) if (owner !== node) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  const quota = quotas(counts, [...counts.keys()]);
  const heirs = [...quota].flatMap(([heir, count]) =>
    new Array<NodeId>(count - counts.get(heir)!).fill(heir),
  );
  return slots.map((owner) => (owner === node ? heirs.pop()! : owner));
}

/** How many slots each of the nodes should have: the rest of the division goes to those that have most already. */
function quotas(counts: ReadonlyMap<NodeId, number>, nodes: readonly NodeId[]): Map<NodeId, number> {
  const byCount = [...nodes].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0));
  const base = Math.floor(slotCount / nodes.length);
  const rest = slotCount % nodes.length;
  return new Map(byCount.map((node, i) => [node, i < rest ? base + 1 : base]));
}
