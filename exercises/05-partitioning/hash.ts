import { todo } from "#lib/exercise";
import type { NodeId } from "#lib/sim";
import type { SlotTable } from "#protocol/05-partitioning";

/**
 * A hash of any string: a whole number from 0 to 2³² − 1.
 *
 * - The same key always has the same hash, in every process.
 * - It is even: the keys of an application (numbers in a row, e-mail addresses, texts with a long common beginning …) are spread
 *   like thrown dice, whether one looks at `hash % n` or at the high bits, `Math.floor((hash / 2 ** 32) * n)`.
 * - Two different keys hardly ever have the same hash: among 5,000 keys, no more than once.
 *
 * Any function that does this is right. `fnv1a`, from the protocol, is a place to start from.
 */
export function hashKey(key: string): number {
  return todo("05.1");
}

/** The number of the node, from 0 to nodeCount − 1, that has the keys with this hash: the hash modulo nodeCount. */
export function nodeByModulo(hash: number, nodeCount: number): number {
  return todo("05.1");
}

/** The slot, from 0 to slotCount − 1, of the keys with this hash. Every slot stands for equally many hashes (give or take one). */
export function slotOf(hash: number): number {
  return todo("05.1");
}

/** A table for the first nodes: each slot has an owner, and no node has more than one slot more than another. */
export function spreadSlots(nodes: readonly NodeId[]): SlotTable {
  return todo("05.1");
}

/**
 * The table after a node has joined. The node gets its fair share, slotCount divided by the number of nodes (rounded either way);
 * nothing else moves; and if the table was even before, so is the new one: no node has more than one slot more than another.
 * The old table is not changed.
 */
export function joinSlots(slots: SlotTable, node: NodeId): SlotTable {
  return todo("05.1");
}

/**
 * The table after a node has left. Its slots go to the others, nothing else moves, and an even table stays even. The
 * old table is not changed. There is at least one other node.
 */
export function leaveSlots(slots: SlotTable, node: NodeId): SlotTable {
  return todo("05.1");
}
