import { expect, test } from "vitest";
import { converged } from "#lib/check";

test("replicas agree if they hold the same values, in whatever order", () => {
  const replicas = new Map([
    ["n1", { x: 1, y: { a: 1, b: 2 } }],
    ["n2", { y: { b: 2, a: 1 }, x: 1 }],
  ]);
  expect(converged(replicas)).toEqual({ ok: true });
});

test("the first key that differs is named, with both values", () => {
  const replicas = new Map<string, { [key: string]: number | null }>([
    ["n1", { a: 1, x: 7, z: 1 }],
    ["n2", { a: 1, x: 7, z: 2 }],
    ["n3", { a: 1, z: 1 }],
  ]);
  expect(converged(replicas)).toMatchObject({
    ok: false,
    witness: {
      text: "n1 holds x = 7, and n3 holds no x: the replicas do not agree",
      key: "x",
      nodes: ["n1", "n3"],
    },
  });
  expect(
    converged(
      new Map([
        ["n1", { x: null }],
        ["n2", {}],
      ]),
    ),
  ).toMatchObject({ ok: false });
});

test("no replicas at all is a mistake of the caller", () => {
  expect(() => converged(new Map())).toThrow("converged was given no replica: pass a Map from each node");
});
