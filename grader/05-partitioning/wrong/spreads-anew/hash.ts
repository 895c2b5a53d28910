import type { NodeId } from "#lib/sim";
import { fnv1a, type SlotTable, slotCount } from "#protocol/05-partitioning";

/**
 * FNV-1a and the finalizer of MurmurHash3 (fmix32). After FNV's last multiplication the last letter has hardly reached
 * the high bits; each shift brings high bits down, each multiplication carries low bits up.
 */
export function hashKey(key: string): number {
  let hash = fnv1a(key);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash ^= hash >>> 16;
  return hash >>> 0; // Math.imul and ^ give signed numbers, and -5 % 8 is -5.
}

export function nodeByModulo(hash: number, nodeCount: number): number {
  return hash % nodeCount;
}

export function slotOf(hash: number): number {
  return hash % slotCount;
}

export function spreadSlots(nodes: readonly NodeId[]): SlotTable {
  return Array.from({ length: slotCount }, (_, slot) => nodes[slot % nodes.length]!);
}

export function joinSlots(slots: SlotTable, node: NodeId): SlotTable {
  const held = slotsByNode(slots);
  held.delete(node);
  const share = Math.floor(slotCount / (held.size + 1));
  const next = [...slots];
  // One slot at a time from whoever has most: everyone ends with the same number, or one more.
  const nodes = [...held.keys(), node];
  return share > 0 ? next.map((_, slot) => nodes[slot % nodes.length]!) : next;
}

export function leaveSlots(slots: SlotTable, node: NodeId): SlotTable {
  const held = slotsByNode(slots);
  const orphans = held.get(node) ?? [];
  held.delete(node);
  const next = [...slots];
  for (const slot of orphans) {
    const heir = emptiest(held);
    next[slot] = heir;
    held.get(heir)!.push(slot);
  }
  return next;
}

function slotsByNode(slots: SlotTable): Map<NodeId, number[]> {
  const held = new Map<NodeId, number[]>();
  slots.forEach((node, slot) => {
    const list = held.get(node);
    if (list) list.push(slot);
    else held.set(node, [slot]);
  });
  return held;
}

function emptiest(held: Map<NodeId, number[]>): NodeId {
  return [...held].reduce((least, entry) => (entry[1].length < least[1].length ? entry : least))[0];
}
