import { expect, test } from "vitest";
import { Stream } from "#lib/random";
import { Budget, type Edge, Graph } from "./graph.ts";

const steps = (nodes: number) => new Budget(nodes * 1000);

test("of all cycles the shortest is found, and an order has none", () => {
  const edges = [
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 0],
    [2, 1],
  ].map(([from, to]) => ({ from, to }) as Edge);
  expect(
    new Graph(4, edges)
      .shortestCycle(steps(4))
      ?.map(({ from }) => from)
      .sort(),
  ).toEqual([1, 2]);
  expect(new Graph(4, edges.slice(0, 3)).shortestCycle(steps(4))).toBeUndefined();
});

test("free edges make a path no longer", () => {
  const edges: Edge[] = [
    { from: 0, to: 1 },
    { from: 1, to: 8 },
    { from: 8, to: 0 },
    { from: 2, to: 3 },
    ...[3, 4, 5, 6].map((from) => ({ from, to: from + 1, isFree: true })),
    { from: 7, to: 2 },
  ];
  expect(new Graph(9, edges).shortestCycle(steps(9))).toHaveLength(6);
});

test("a path of a hundred thousand nodes needs no call stack", () => {
  const count = 100_000;
  const edges = Array.from({ length: count }, (_, from) => ({ from, to: (from + 1) % count }));
  expect(new Graph(count, edges).cyclicEdges()).toHaveLength(count);
  expect(new Graph(count, edges.slice(1)).cyclicEdges()).toHaveLength(0);
});

test("an edge lies on a cycle exactly if its end reaches its beginning", () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = new Stream(seed, "graph");
    const count = random.between(2, 7);
    const edges = Array.from({ length: random.between(1, 10) }, () => ({
      from: random.int(count),
      to: random.int(count),
    }));
    const reach = (from: number, seen = new Set<number>()): Set<number> => {
      for (const edge of edges)
        if (edge.from === from && !seen.has(edge.to)) reach(edge.to, seen.add(edge.to));
      return seen;
    };
    const cyclic = edges.filter(({ from, to }) => from === to || reach(to).has(from));
    expect(new Graph(count, edges).cyclicEdges()).toEqual(cyclic);
  }
});
