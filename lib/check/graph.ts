/** One thing comes before another. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  /** True for an edge from or to a node that stands for no operation, so that it makes no path longer. */
  readonly isFree?: boolean;
}

/** Counts steps, so that a search ends at the same place on every machine. */
export class Budget {
  #left: number;

  constructor(steps: number) {
    this.#left = steps;
  }

  get isSpent(): boolean {
    return this.#left <= 0;
  }

  spend(steps: number): void {
    this.#left -= steps;
  }
}

/** The notes of a walk, kept for the next one: to make them anew for each would cost more than a short walk. */
interface Walks {
  /** From where the walk began; -1 for what it has not reached. */
  readonly distances: Int32Array;
  readonly reachedBy: Int32Array;
  /** What the last walk reached. */
  readonly visited: number[];
}

/** What must come before what. An order of all nodes exists exactly if no path leads back to where it began. */
export class Graph<E extends Edge> {
  readonly #nodeCount: number;
  readonly #edges: readonly E[];
  /** The edges that leave node n are `#leaving[#first[n]]` up to `#leaving[#first[n + 1] - 1]`. */
  readonly #first: Int32Array;
  readonly #leaving: Int32Array;
  /** The component of each node: two nodes share one if each can be reached from the other. Found when asked for. */
  #components: Int32Array | undefined;
  #walks: Walks | undefined;

  constructor(nodeCount: number, edges: readonly E[]) {
    this.#nodeCount = nodeCount;
    this.#edges = edges;
    this.#first = new Int32Array(nodeCount + 1);
    for (const { from } of edges) this.#first[from + 1]!++;
    for (let node = 0; node < nodeCount; node++) this.#first[node + 1]! += this.#first[node]!;
    const next = this.#first.slice();
    this.#leaving = new Int32Array(edges.length);
    edges.forEach(({ from }, edge) => {
      this.#leaving[next[from]!++] = edge;
    });
  }

  /** The edges that lie on some cycle. */
  cyclicEdges(): E[] {
    const components = this.#strongComponents();
    return this.#edges.filter(({ from, to }) => components[from] === components[to]);
  }

  /**
   * A cycle, and the shortest if the budget allows: its edges, each beginning where the one before ends. Undefined if
   * there is none.
   */
  shortestCycle(budget: Budget): E[] | undefined {
    let best: E[] | undefined;
    const tried = new Uint8Array(this.#nodeCount);
    for (const { from } of this.cyclicEdges()) {
      if (best && (budget.isSpent || pathLength(best) <= 2)) break;
      if (tried[from]) continue;
      tried[from] = 1;
      best = this.shortestPath(from, from, budget, best && pathLength(best)) ?? best;
    }
    return best;
  }

  /** The shortest path of one edge or more that is shorter than `below`. */
  shortestPath(from: number, to: number, budget: Budget, below = Number.POSITIVE_INFINITY): E[] | undefined {
    const reachedBy = this.#walk(from, to, budget, below);
    if (!reachedBy) return undefined;
    const path = [this.#edges[reachedBy[to]!]!];
    for (let node = path[0]!.from; node !== from; node = path.at(-1)!.from)
      path.push(this.#edges[reachedBy[node]!]!);
    return path.reverse();
  }

  /** Level by level from a node; for each node the number of the edge that reached it first. */
  #walk(from: number, to: number, budget: Budget, below: number): Int32Array | undefined {
    const { distances, reachedBy, visited } = this.#forWalks();
    for (const node of visited) distances[node] = -1;
    visited.length = 0;
    let level = [from];
    for (let distance = 0; level.length > 0 && distance < below; distance++) {
      const further: number[] = [];
      // A free edge makes this level longer while it is walked.
      for (let i = 0; i < level.length; i++) {
        const node = level[i]!;
        const end = this.#first[node + 1]!;
        budget.spend(1 + end - this.#first[node]!);
        for (let at = this.#first[node]!; at < end; at++) {
          const number = this.#leaving[at]!;
          const edge = this.#edges[number]!;
          const reached = edge.isFree ? distance : distance + 1;
          const before = distances[edge.to]!;
          if (reached >= below || (before >= 0 && before <= reached)) continue;
          if (before < 0) visited.push(edge.to);
          distances[edge.to] = reached;
          reachedBy[edge.to] = number;
          if (edge.to === to) return reachedBy;
          (edge.isFree ? level : further).push(edge.to);
        }
      }
      level = further;
    }
    return undefined;
  }

  #forWalks(): Walks {
    this.#walks ??= {
      distances: new Int32Array(this.#nodeCount).fill(-1),
      reachedBy: new Int32Array(this.#nodeCount),
      visited: [],
    };
    return this.#walks;
  }

  /** Tarjan's algorithm (SIAM J. Comput. 1(2), 1972), with a stack of its own: paths are longer than a call stack. */
  #strongComponents(): Int32Array {
    if (this.#components) return this.#components;
    const count = this.#nodeCount;
    const [components, lowest, next] = [new Int32Array(count), new Int32Array(count), this.#first.slice()];
    const places = new Int32Array(count); // 0: not visited
    const isOpen = new Uint8Array(count);
    const [path, open]: [number[], number[]] = [[], []];
    let place = 0;
    const visit = (node: number) => {
      places[node] = lowest[node] = ++place;
      isOpen[node] = 1;
      path.push(node);
      open.push(node);
    };
    for (let root = 0; root < count; root++) {
      if (places[root] !== 0) continue;
      visit(root);
      while (path.length > 0) {
        const node = path[path.length - 1]!;
        if (next[node]! < this.#first[node + 1]!) {
          const { to } = this.#edges[this.#leaving[next[node]!++]!]!;
          if (places[to] === 0) visit(to);
          else if (isOpen[to]) lowest[node] = Math.min(lowest[node]!, places[to]!);
          continue;
        }
        path.pop();
        const before = path[path.length - 1];
        if (before !== undefined) lowest[before] = Math.min(lowest[before]!, lowest[node]!);
        if (lowest[node] !== places[node]) continue;
        for (let member = -1; member !== node; ) {
          member = open.pop()!;
          isOpen[member] = 0;
          components[member] = node;
        }
      }
    }
    this.#components = components;
    return components;
  }
}

/** How many of its edges are not free. */
export function pathLength(path: readonly Edge[]): number {
  return path.filter(({ isFree }) => !isFree).length;
}
