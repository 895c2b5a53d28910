import { expect, test } from "vitest";
import { Stream } from "#lib/random";

test("a value asked for out of order is the value that comes in order", () => {
  const [inOrder, outOfOrder] = [new Stream(5, "a"), new Stream(5, "a")];
  const values = Array.from({ length: 100 }, () => inOrder.next());
  for (const i of [99, 0, 42]) expect(outOfOrder.at(i)).toBe(values[i]);
});

test("seeds, names and the borders between words make different streams", () => {
  const firsts = [
    new Stream(1, "a"),
    new Stream(2, "a"),
    new Stream(1, "b"),
    new Stream(1, "a", "b"),
    new Stream(1, "ab"),
    new Stream(1, "a", 1),
    new Stream(1, "a1"),
    new Stream(4294967297, "a"),
    new Stream(1),
  ].map((stream) => stream.at(0));
  expect(new Set(firsts).size).toBe(firsts.length);
});

test("a seed is a whole number", () => {
  expect(() => new Stream(-1)).toThrow("A seed is a whole number from 0 to 2^53 - 1, and -1 is not");
  expect(() => new Stream(0.5)).toThrow(RangeError);
});

test("neighbouring counters, seeds and names change half of the bits", () => {
  const bits = (value: number) => {
    const whole = value * 2 ** 53;
    return [Math.floor(whole / 2 ** 27), whole % 2 ** 27] as const;
  };
  const distance = (a: number, b: number) => {
    const [x, y] = [bits(a), bits(b)];
    const ones = (n: number) => [...(n >>> 0).toString(2)].filter((bit) => bit === "1").length;
    return ones(x[0] ^ y[0]) + ones(x[1] ^ y[1]);
  };
  const rounds = 4000;
  for (const pair of [
    (i: number) => [new Stream(1, "x").at(i), new Stream(1, "x").at(i + 1)] as const,
    (i: number) => [new Stream(i, "x").at(0), new Stream(i + 1, "x").at(0)] as const,
    (i: number) => [new Stream(1, `n${i}`).at(0), new Stream(1, `n${i + 1}`).at(0)] as const,
    (i: number) => [new Stream(1, "x", i).at(7), new Stream(1, "x", i ^ 0x40000000).at(7)] as const,
  ]) {
    let sum = 0;
    for (let i = 0; i < rounds; i++) sum += distance(...pair(i));
    // 53 bits, half of them: 26.5, with a standard error of 3.64 / √4000 = 0.058.
    expect(Math.abs(sum / rounds - 26.5)).toBeLessThan(0.3);
  }
});

test("values fill [0, 1) evenly, in every pair of neighbours", () => {
  const stream = new Stream(9, "even");
  const cells = new Array<number>(256).fill(0);
  const draws = 100_000;
  for (let i = 0; i < draws; i++) {
    const cell = Math.floor(stream.at(i) * 16) * 16 + Math.floor(stream.at(i + 1) * 16);
    cells[cell] = (cells[cell] as number) + 1;
  }
  const expected = draws / 256;
  const chiSquare = cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // 255 degrees of freedom: mean 255, deviation 22.6; overlapping pairs widen it a little.
  expect(chiSquare).toBeGreaterThan(150);
  expect(chiSquare).toBeLessThan(370);
});

test("a million values of one stream and its neighbours are all different", () => {
  const seen = new Set<number>();
  for (let s = 0; s < 100; s++) {
    const stream = new Stream(s, "unique");
    for (let i = 0; i < 10_000; i++) seen.add(stream.at(i));
  }
  expect(seen.size).toBe(1_000_000);
});

test("int, between, pick and shuffle stay in their bounds", () => {
  const stream = new Stream(3, "bounds");
  const seen = new Set(Array.from({ length: 300 }, () => stream.between(2, 4)));
  expect([...seen].sort()).toEqual([2, 3, 4]);
  expect(stream.shuffle([1, 2, 3, 4]).sort()).toEqual([1, 2, 3, 4]);
  expect(() => stream.pick([])).toThrow(RangeError);
});
