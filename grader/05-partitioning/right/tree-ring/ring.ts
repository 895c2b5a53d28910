import type { NodeId } from "#lib/sim";
import type { Ring } from "#protocol/05-partitioning";

interface Point {
  readonly position: number;
  readonly node: NodeId;
  left: Point | undefined;
  right: Point | undefined;
  /** The next point around the ring. */
  next: Point | undefined;
}

/** The points are a balanced tree, with a thread from each to the next. It is built anew when it is first needed after a change. */
export function createRing(virtualNodes: number): Ring {
  return new TreeRing(virtualNodes);
}

class TreeRing implements Ring {
  readonly #virtualNodes: number;
  readonly #nodes = new Set<NodeId>();
  #root: Point | undefined;
  #first: Point | undefined;
  #isStale = false;

  constructor(virtualNodes: number) {
    this.#virtualNodes = virtualNodes;
  }

  add(node: NodeId): void {
    this.#nodes.add(node);
    this.#isStale = true;
  }

  remove(node: NodeId): void {
    this.#nodes.delete(node);
    this.#isStale = true;
  }

  owner(key: string): NodeId | null {
    return this.#at(key)?.node ?? null;
  }

  preferred(key: string, count: number): NodeId[] {
    const found: NodeId[] = [];
    const wanted = Math.min(count, this.#nodes.size);
    for (let point = this.#at(key); point && found.length < wanted; point = point.next) {
      if (!found.includes(point.node)) found.push(point.node);
    }
    return found;
  }

  #at(key: string): Point | undefined {
    if (this.#isStale) this.#build();
    const position = positionOf(key);
    let found: Point | undefined;
    let point = this.#root;
    while (point) {
      if (point.position >= position) {
        found = point;
        point = point.left;
      } else point = point.right;
    }
    return found ?? this.#first;
  }

  #build(): void {
    this.#isStale = false;
    const points: Point[] = [];
    for (const node of this.#nodes) {
      for (let i = 0; i < this.#virtualNodes; i++) {
        const position = positionOf(`${i}|${node}`);
        points.push({ position, node, left: undefined, right: undefined, next: undefined });
      }
    }
    points.sort((a, b) => a.position - b.position || (a.node < b.node ? -1 : 1));
    for (const [i, point] of points.entries()) point.next = points[(i + 1) % points.length];
    this.#first = points[0];
    this.#root = balanced(points, 0, points.length);
  }
}

function balanced(points: readonly Point[], low: number, high: number): Point | undefined {
  if (low >= high) return undefined;
  const middle = (low + high) >>> 1;
  const point = points[middle]!;
  point.left = balanced(points, low, middle);
  point.right = balanced(points, middle + 1, high);
  return point;
}

/** One at a time (Bob Jenkins). */
function positionOf(text: string): number {
  let hash = 0x7ed55d16;
  for (let i = 0; i < text.length; i++) {
    hash = (hash + text.charCodeAt(i)) | 0;
    hash = (hash + (hash << 10)) | 0;
    hash ^= hash >>> 6;
  }
  hash = (hash + (hash << 3)) | 0;
  hash ^= hash >>> 11;
  return (hash + (hash << 15)) >>> 0;
}
