import { expect, test } from "vitest";
import { exploreModel, type Model } from "#lib/explore";

/** Two jugs of 3 and 5 litres, to be filled, emptied, and poured into one another. */
const jugs: Model<readonly [number, number]> = {
  initial: [[0, 0]],
  key: ([small, big]) => 10 * small + big,
  *next([small, big]) {
    const toBig = Math.min(small, 5 - big);
    const toSmall = Math.min(big, 3 - small);
    yield* [
      [3, big],
      [small, 5],
      [0, big],
      [small, 0],
    ] as const;
    yield [small - toBig, big + toBig];
    yield [small + toSmall, big - toSmall];
  },
};

test("every state is visited once", () => {
  expect(exploreModel(jugs)).toEqual({ states: 16, transitions: 96, depth: 7, stopped: "complete" });
});

test("the path to a state that must not be is the shortest", () => {
  const invariant = ([, big]: readonly [number, number]) => (big === 4 ? "4 litres" : undefined);
  const { violation, depth } = exploreModel({ ...jugs, invariant });
  expect(violation?.text).toBe("4 litres");
  expect(depth).toBe(6);
  expect(violation?.path.length).toBe(7);
  expect(violation?.path.at(-1)).toEqual([3, 4]);
});

test("a model without end stops at its budget", () => {
  const count: Model<number> = { initial: [0], key: (n) => n, next: (n) => [n + 1], states: 100 };
  expect(exploreModel(count)).toMatchObject({ states: 100, stopped: "state budget" });
});
