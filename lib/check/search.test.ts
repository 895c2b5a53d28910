import { describe, expect, test } from "vitest";
import {
  type CounterInput,
  counter,
  type KvInput,
  kv,
  linearizable,
  type QueueInput,
  queue,
} from "#lib/check";
import type { Json } from "#lib/sim";
import { byHand, type Row } from "./by-hand.ts";
import { KeySet } from "./key-set.ts";
import { minimal } from "./minimal.ts";

const rows = <Input, Output>(count: number, row: (i: number) => Row<Input, Output>) =>
  byHand(...Array.from({ length: count }, (_, i) => row(i)));
const cas = (from: Json, to: Json, key = "x"): KvInput => ({ type: "cas", key, from, to });
const get = (key = "x"): KvInput => ({ type: "get", key });

describe("hard histories", () => {
  test("many swaps at once, of which each needs the one before", () => {
    const chain = (last: number) =>
      rows<KvInput, Json>(40, (i) => [
        `c${i}`,
        cas(i === 0 ? null : 40 - i + 1, i === 39 ? last : 40 - i),
        0,
        100,
        true,
      ]);
    expect(linearizable(chain(1), kv).ok).toBe(true);
  });

  test("many swaps at once, of which one did not happen", () => {
    const history = rows<KvInput, Json>(40, (i) => [
      `c${i}`,
      cas(i === 0 ? null : i, i + 1),
      0,
      100,
      i !== 20,
    ]);
    expect(linearizable(history, kv, { budget: 100_000 }).ok).toBe(false);
  });

  test("nothing but operations that nobody answered", () => {
    expect(
      linearizable(
        rows<KvInput, Json>(1000, (i) => [`c${i}`, cas(i, i + 1), i, i + 1, "(info)"]),
        kv,
      ).ok,
    ).toBe(true);
  });

  test("writes that may have happened, and were not seen, cost nothing", () => {
    const lost = Array.from(
      { length: 60 },
      (_, i): Row<KvInput, Json> => [`c${i}`, { type: "put", key: "x", value: i }, i, i + 1, "(info)"],
    );
    const wrong: Row<KvInput, Json>[] = [
      ["d1", { type: "put", key: "x", value: "a" }, 100, 110],
      ["d1", cas("a", "b"), 120, 130, true],
      ["d2", get(), 140, 150, "a"],
    ];
    expect(linearizable(byHand(...lost, ...wrong), kv, { budget: 100_000 })).toMatchObject({ ok: false });
  });

  test("five thousand swaps, of which the last did not happen", () => {
    const wrong = 4999;
    const history = rows<KvInput, Json>(5000, (i) => [
      "c1",
      cas(i === 0 ? null : i === wrong ? -1 : i, i + 1),
      i,
      i,
      true,
    ]);
    const verdict = linearizable(history, kv);
    expect(verdict.ok === false && verdict.witness.text).toMatch(
      /^c1's swap of x from -1 to 5000 gave true at 4999 ms, but in every order that fits the times it gives false, because of/,
    );
  });

  test("equal operations at once stand for each other", () => {
    const add: CounterInput = { type: "add", amount: 1 };
    const history = (sum: number) =>
      byHand<CounterInput, number>(
        ...Array.from({ length: 200 }, (_, i) => [`c${i}`, add, 0, 100] as const),
        ["d", { type: "read" }, 110, 120, sum],
      );
    expect(linearizable(history(200), counter, { budget: 100_000 }).ok).toBe(true);
    expect(linearizable(history(199), counter, { budget: 100_000 }).ok).toBe(false);
  });

  test("a part that explodes does not hide one that is wrong", () => {
    const puzzle = (key: string) =>
      Array.from({ length: 30 }, (_, i): Row<KvInput, Json>[] => [
        [`c${i}`, { type: "put", key, value: i }, 0, 100],
        [`d${i}`, cas(i, i + 100, key), 0, 100, i % 2 === 0],
        [`e${i}`, cas(i + 100, (i + 1) % 30, key), 0, 100, i % 3 === 0],
      ]).flat();
    // More operations than the puzzle has, so that the puzzle has the first turn.
    const reads = Array.from({ length: 100 }, (_, i): Row<KvInput, Json> => ["g", get("y"), i, i, null]);
    const stale: Row<KvInput, Json>[] = [
      ["f", cas(null, 1, "y"), 110, 120, true],
      ["f", get("y"), 130, 140, null],
    ];
    const unsolved: Row<KvInput, Json>[] = [...puzzle("x"), ["h", get("x"), 110, 120, -1]];
    expect(linearizable(byHand(...unsolved), kv, { budget: 50_000 }).ok).toBe("unknown");
    const verdict = linearizable(byHand(...unsolved, ...reads, ...stale), kv, { budget: 50_000 });
    expect(verdict.ok === false && verdict.witness.text).toMatch(/^f's read of y gave null at 140 ms/);
  });
});

describe("budget", () => {
  const enqueues = rows<QueueInput, Json>(24, (i) =>
    i < 12
      ? [`c${i}`, { type: "enqueue", value: i }, 0, 100]
      : [`c${i}`, { type: "dequeue" }, 200 + 10 * i, 205 + 10 * i, i === 23 ? -1 : i - 12],
  );

  test("what is not decided is unknown, and says where it was hard", () => {
    expect(linearizable(enqueues, queue, { budget: 20_000 })).toEqual({
      ok: "unknown",
      why: "not decided after 20,000 steps, with 24 operations, of which up to 12 are open at once",
    });
  });

  test("the same budget gives the same verdict, and a larger one no other", () => {
    const history = enqueues.slice(0, 18);
    const verdicts = [1, 10, 100, 1000, 10_000].map((budget) => linearizable(history, queue, { budget }).ok);
    expect(verdicts).toEqual(
      [1, 10, 100, 1000, 10_000].map((budget) => linearizable(history, queue, { budget }).ok),
    );
    expect(new Set(verdicts.filter((it) => it !== "unknown")).size).toBe(1);
  });
});

test("a set of keys keeps each once, however many there are", () => {
  const set = new KeySet(3);
  const add = (i: number) => {
    set.key.set([i % 7, i >> 4, i]);
    return set.add();
  };
  for (let i = 0; i < 5000; i++) expect(add(i)).toBe(true);
  for (let i = 0; i < 5000; i++) expect(add(i)).toBe(false);
  expect(set.size).toBe(5000);
});

test("the fewest items are found, in few tries", () => {
  let tries = 0;
  const kept = minimal(
    Array.from({ length: 1000 }, (_, i) => i),
    (items) => {
      tries++;
      return items.includes(17) && (items.includes(400) || items.includes(900));
    },
  );
  expect(kept).toHaveLength(2);
  expect(tries).toBeLessThan(100);
});

test("where there are no more tries, what is left is as small as it got", () => {
  let tries = 0;
  const kept = minimal([1, 2, 3, 4, 5, 6, 7, 8], (items) => (++tries > 3 ? undefined : items.includes(8)));
  expect(kept).toEqual([5, 6, 7, 8]);
});
