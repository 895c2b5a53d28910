import { todo } from "#lib/exercise";
import type { Ring } from "#protocol/05-partitioning";

/**
 * An empty ring: 2³² positions in a circle, on which each node will have `virtualNodes` points. What its four methods do
 * is said in the protocol, at `Ring`. Besides that:
 *
 * - Where a node's points are depends on its name alone. Two rings with the same nodes agree about every key, whatever order the nodes
 *   joined and left in.
 * - When a node joins, every key that changes its owner goes to that node. When a node leaves, only the keys that it
 *   owned change theirs.
 * - With n nodes of V points each, a node owns 1/n of the keys, give or take 4/√V of that.
 * - A lookup takes O(log n) steps: with 256 times as many points, `owner` may use at most 40 more rounds of loops and calls of functions.
 *
 * For positions use any hash that is as even as 05.1 asks: write one here, or import yours, if you have done 05.1. Names that differ only in their
 * last letter must be far apart, too.
 */
export function createRing(virtualNodes: number): Ring {
  return todo("05.2");
}
