import type { NodeId } from "#lib/sim";
import { fnv1a, type Ring } from "#protocol/05-partitioning";

interface Point {
  readonly position: number;
  readonly node: NodeId;
}

export function createRing(virtualNodes: number): Ring {
  return new SortedRing(virtualNodes);
}

/** The points of all nodes in one sorted array; a lookup is a binary search in it. */
class SortedRing implements Ring {
  readonly #virtualNodes: number;
  #points: Point[] = [];
  /** The positions of the points, alone: a lookup reads nothing else, and they lie close together in memory. */
  #positions = new Uint32Array();
  #nodes = new Set<NodeId>();

  constructor(virtualNodes: number) {
    this.#virtualNodes = virtualNodes;
  }

  add(node: NodeId): void {
    if (this.#nodes.has(node)) return;
    this.#nodes.add(node);
    for (let i = 0; i < this.#virtualNodes; i++) {
      this.#points.push({ position: positionOf(`${node}#${i}`), node });
    }
    this.#points.sort(byPosition);
    this.#positions = Uint32Array.from(this.#points, (point) => point.position);
  }

  remove(node: NodeId): void {
    if (!this.#nodes.delete(node)) return;
    this.#points = this.#points.filter((point) => point.node !== node);
    this.#positions = Uint32Array.from(this.#points, (point) => point.position);
  }

  owner(key: string): NodeId | null {
    return this.#pointAt(this.#firstAtOrAfter(positionOf(key)))?.node ?? null;
  }

  preferred(key: string, count: number): NodeId[] {
    const start = this.#firstAtOrAfter(positionOf(key));
    const wanted = Math.min(count, this.#nodes.size);
    const found = new Set<NodeId>(); // A set: the next point often belongs to a node that we have.
    for (let i = start; found.size < wanted; i++) found.add(this.#pointAt(i)!.node);
    return [...found];
  }

  /** The index of the first point at or after a position; the number of points if there is none. */
  #firstAtOrAfter(position: number): number {
    const positions = this.#positions;
    let low = 0;
    let high = positions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (positions[middle]! < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** After the last point comes the first: that is what makes it a ring. */
  #pointAt(index: number): Point | undefined {
    return this.#points[index % this.#points.length];
  }
}

/** The name decides where two points share a position, so that the order of joining never does. */
function byPosition(a: Point, b: Point): number {
  return a.position - b.position || (a.node < b.node ? -1 : 1);
}

/** FNV-1a alone puts n1#0, n1#1, n1#2 … in a few clusters, and a ring needs them all around it. */
function positionOf(text: string): number {
  let hash = fnv1a(text);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
