import { describe, expect, test } from "vitest";
import {
  type CounterInput,
  counter,
  type KvInput,
  kv,
  linearizable,
  type Model,
  type QueueInput,
  queue,
  register,
} from "#lib/check";
import type { Operation } from "#lib/history";
import type { Json } from "#lib/sim";
import { byHand } from "./by-hand.ts";

const get = (key = "x"): KvInput => ({ type: "get", key });
const put = (value: Json, key = "x"): KvInput => ({ type: "put", key, value });
const cas = (from: Json, to: Json, key = "x"): KvInput => ({ type: "cas", key, from, to });
const add = (amount: number): CounterInput => ({ type: "add", amount });
const read = { type: "read" } as const;
const enqueue = (value: Json): QueueInput => ({ type: "enqueue", value });
const dequeue: QueueInput = { type: "dequeue" };

function judged<Input, Output, State>(
  operations: readonly Operation<Input, Output>[],
  model: Model<Input, Output, State>,
): string | true {
  const verdict = linearizable(operations, model);
  if (verdict.ok === "unknown") return verdict.why;
  return verdict.ok || verdict.witness.text;
}

describe("Herlihy and Wing 1990, figure 1: histories of a queue", () => {
  test("(a) two that overlap may be taken out in either order", () => {
    const history = byHand(
      ["A", enqueue("x"), 0, 20],
      ["B", enqueue("y"), 10, 30],
      ["B", dequeue, 40, 60, "x"],
      ["A", dequeue, 50, 70, "y"],
      ["A", enqueue("z"), 80, 100],
    );
    expect(judged(history, queue)).toBe(true);
  });

  test("(b) what was put in first comes out first", () => {
    const history = byHand(
      ["A", enqueue("x"), 0, 10],
      ["B", enqueue("y"), 20, 40],
      ["A", dequeue, 30, 50, "y"],
    );
    expect(judged(history, queue)).toMatchInlineSnapshot(
      `"A's dequeue gave "y" at 50 ms, but in every order that fits the times it gives "x", because of A's enqueue of "x" (0 to 10 ms), after which the queue holds "x""`,
    );
  });

  test("(c) what is being put in may come out already", () => {
    expect(judged(byHand(["A", enqueue("x"), 0, 30], ["B", dequeue, 10, 20, "x"]), queue)).toBe(true);
  });

  test("(d) nothing comes out twice", () => {
    const history = byHand(
      ["A", enqueue("x"), 0, 20],
      ["B", enqueue("y"), 10, 30],
      ["A", dequeue, 40, 60, "y"],
      ["C", dequeue, 50, 70, "y"],
    );
    expect(judged(history, queue)).toMatchInlineSnapshot(
      `"C's dequeue gave "y" at 70 ms, but in every order that fits the times it gives "x", because of A's enqueue of "x" (0 to 20 ms), B's enqueue of "y" (10 to 30 ms) and A's dequeue that gave "y" (40 to 60 ms), after which the queue holds "x""`,
    );
  });
});

describe("registers", () => {
  test("a stale read", () => {
    const history = byHand(["c1", put(1), 0, 12], ["c1", put(2), 20, 31], ["c2", get(), 35, 40, 1]);
    expect(judged(history, kv)).toMatchInlineSnapshot(
      `"c2 read x = 1 at 40 ms although c1's write of x = 2 was acknowledged at 31 ms, and c1's write of x = 1 was acknowledged at 12 ms, before x = 2 was asked for"`,
    );
    expect(linearizable(history, kv)).toMatchObject({ witness: { operations: [0, 1, 2] } });
  });

  test("a read of what was there before everything", () => {
    const history = byHand(["c1", put(2), 20, 31], ["c2", get(), 35, 40, null]);
    expect(judged(history, kv)).toMatchInlineSnapshot(
      `"c2 read x = null at 40 ms although c1's write of x = 2 was acknowledged at 31 ms, and nobody wrote x = null"`,
    );
  });

  test("new and then old", () => {
    const history = byHand(
      ["c1", put(1), 0, 12],
      ["c1", put(2), 20, 90],
      ["c3", get(), 25, 31, 2],
      ["c2", get(), 35, 40, 1],
    );
    expect(judged(history, kv)).toMatchInlineSnapshot(
      `"c2 read x = 1 at 40 ms although c3 read x = 2 at 31 ms, and c1's write of x = 1 was acknowledged at 12 ms, before x = 2 was asked for"`,
    );
  });

  test("two readers see two writes in two orders", () => {
    const history = byHand(
      ["c1", put(1), 0, 90],
      ["c2", put(2), 0, 90],
      ["c3", get(), 10, 20, 1],
      ["c3", get(), 30, 40, 2],
      ["c4", get(), 12, 22, 2],
      ["c4", get(), 32, 42, 1],
    );
    expect(judged(history, kv)).toMatchInlineSnapshot(
      `"c4 read x = 2 at 22 ms, and afterwards, from 32 ms on, c4 read x = 1; but c3 read x = 1 at 20 ms, and afterwards, from 30 ms on, c3 read x = 2; x = 1 was written only once"`,
    );
  });

  test("a value from nowhere, and one from the future", () => {
    expect(judged(byHand(["c2", get(), 35, 40, 9]), kv)).toMatchInlineSnapshot(
      `"c2 read x = 9 at 40 ms, which nobody wrote"`,
    );
    const history = byHand(["c2", get(), 10, 20, 9], ["c1", put(9), 30, 40]);
    expect(judged(history, kv)).toMatchInlineSnapshot(
      `"c2 read x = 9 at 20 ms, and c1 asked to write it only at 30 ms"`,
    );
  });

  test("a value whose write had failed", () => {
    const history = byHand(["c1", put(1), 0, 10, "(fail)"], ["c2", get(), 20, 30, 1]);
    expect(judged(history, kv)).toBe(
      "c2 read x = 1 at 30 ms, though c1 was told that its write of it had failed",
    );
  });

  test("only reads that overlap a write may miss it", () => {
    const history = byHand(
      ["c1", put(1), 0, 40],
      ["c2", get(), 10, 20, null],
      ["c3", get(), 15, 30, 1],
      ["c2", get(), 25, 45, 1],
    );
    expect(judged(history, kv)).toBe(true);
  });

  test("keys are judged by themselves, and the wrong one is named", () => {
    const history = byHand(
      ["c1", put(1, "x"), 0, 10],
      ["c2", get("y"), 20, 30, null],
      ["c2", get("x"), 40, 50, null],
    );
    expect(judged(history, kv)).toMatch(/^c2 read x = null at 50 ms although/);
  });

  test("a register has no key to name", () => {
    const history = byHand<{ type: "write"; value: number } | { type: "read" }, Json>(
      ["c1", { type: "write", value: 1 }, 0, 10],
      ["c2", read, 20, 30, null],
    );
    expect(judged(history, register)).toMatchInlineSnapshot(
      `"c2 read null at 30 ms although c1's write of 1 was acknowledged at 10 ms, and nobody wrote null"`,
    );
  });
});

describe("what the search says", () => {
  test("a lost update: two swaps of one value", () => {
    const history = byHand(
      ["c1", put(1), 0, 10],
      ["c1", cas(1, 2), 20, 40, true],
      ["c2", cas(1, 3), 25, 50, true],
    );
    expect(judged(history, kv)).toMatchInlineSnapshot(
      `"c2's swap of x from 1 to 3 gave true at 50 ms, but in every order that fits the times it gives false, because of c1's write of x = 1 (0 to 10 ms) and c1's swap of x from 1 to 2 that gave true (20 to 40 ms), after which x = 2"`,
    );
  });

  test("a counter that forgot", () => {
    const history = byHand(
      ["c1", add(3), 0, 10],
      ["c1", add(2), 20, 30],
      ["c3", read, 22, 45, 5],
      ["c2", read, 35, 40, 4],
    );
    expect(judged(history, counter)).toMatchInlineSnapshot(
      `"c2's read gave 4 at 40 ms, but in every order that fits the times it gives 5, because of c1's add 3 (0 to 10 ms) and c1's add 2 (20 to 30 ms), after which the counter holds 5"`,
    );
  });

  test("a stale read between writes of equal values", () => {
    const history = byHand(
      ["c1", put(1), 0, 10],
      ["c2", put(2), 20, 30],
      ["c3", get(), 32, 36, 2],
      ["c2", get(), 40, 50, 1],
      ["c1", put(1), 60, 70],
    );
    expect(judged(history, kv)).toMatchInlineSnapshot(
      `"c2's read of x gave 1 at 50 ms, but in every order that fits the times it gives 2, because of c1's write of x = 1 (0 to 10 ms) and c2's write of x = 2 (20 to 30 ms), after which x = 2"`,
    );
  });

  test("an answer that is missing", () => {
    expect(judged(byHand(["c1", add(1), 0, 10], ["c1", read, 20, 30]), counter)).toMatchInlineSnapshot(
      `"c1's read gave nothing at 30 ms, but in every order that fits the times it gives 1, because of c1's add 1 (0 to 10 ms), after which the counter holds 1"`,
    );
  });

  test("many answers, and many reasons", () => {
    const adds = Array.from({ length: 8 }, (_, i) => ["c1", add(2), 10 * i, 10 * i + 5] as const);
    const history = byHand<CounterInput, number>(...adds, ["c2", add(1), 0, 100], ["c3", read, 90, 95, 3]);
    expect(judged(history, counter)).toMatchInlineSnapshot(
      `"c3's read gave 3 at 95 ms, but in every order that fits the times it gives 16 or 17; that it cannot give 3 is clear from c1's add 2 (60 to 65 ms) and c1's add 2 (70 to 75 ms) alone"`,
    );
  });
});
