import { describe, expect, test } from "vitest";
import { counter, type KvInput, kv, linearizable, type Model, queue } from "#lib/check";
import type { Json } from "#lib/sim";
import { Misuse } from "#lib/sim";
import { byHand } from "./by-hand.ts";

type Ask = { type: "lock"; client: string } | { type: "unlock"; client: string };

/** The example of `Model`. */
const lock: Model<Ask, boolean, string | null> = {
  name: "lock",
  initial: null,
  step(holder, { type, client }) {
    if (type === "lock")
      return holder === null ? { state: client, output: true } : { state: holder, output: false };
    return holder === client ? { state: null, output: true } : { state: holder, output: false };
  },
};

test("a model of one's own", () => {
  const history = byHand<Ask, boolean>(
    ["c1", { type: "lock", client: "c1" }, 0, 10, true],
    ["c2", { type: "lock", client: "c2" }, 20, 30, true],
    ["c1", { type: "unlock", client: "c1" }, 40, 50, true],
  );
  expect(linearizable(history, lock)).toEqual({
    ok: false,
    witness: {
      operations: [0, 1],
      text: `c2's {"type":"lock","client":"c2"} gave true at 30 ms, but in every order that fits the times it gives false, because of c1's {"type":"lock","client":"c1"} that gave true (0 to 10 ms), after which the lock holds "c1"`,
    },
  });
  expect(linearizable(history.slice(0, 1), lock)).toEqual({ ok: true });
});

const get: KvInput = { type: "get", key: "x" };
const put = (value: Json): KvInput => ({ type: "put", key: "x", value });
const cas = (from: Json, to: Json): KvInput => ({ type: "cas", key: "x", from, to });
const remove: KvInput = { type: "delete", key: "x" };

describe.each([
  ["zones", kv],
  ["search", { ...kv, asRegister: () => undefined }],
])("outcomes, by %s", (_, model) => {
  const isRight = (...rows: Parameters<typeof byHand<KvInput, Json>>) =>
    linearizable(byHand(...rows), model).ok;

  test.each(["(info)", "(open)"] as const)("%s: it may happen late, and once, or never", (outcome) => {
    const lost = ["c1", put(1), 0, 10, outcome] as const;
    expect(isRight(lost, ["c2", get, 20, 30, null])).toBe(true);
    expect(isRight(lost, ["c2", get, 20, 30, null], ["c2", get, 50, 60, 1])).toBe(true);
    expect(isRight(lost, ["c2", get, 20, 30, 1], ["c2", get, 50, 60, null])).toBe(false);
    expect(isRight(["c2", get, 20, 30, 1], ["c1", put(1), 40, 50, outcome])).toBe(false);
  });

  test("what has failed did not happen", () => {
    expect(isRight(["c1", put(1), 0, 10, "(fail)"], ["c2", get, 20, 30, null])).toBe(true);
    expect(isRight(["c1", put(1), 0, 10, "(fail)"], ["c2", get, 20, 30, 1])).toBe(false);
  });

  test("a read without an answer says nothing", () => {
    expect(isRight(["c1", put(1), 0, 10], ["c2", get, 20, 30, "(info)"])).toBe(true);
  });

  test("nothing is right, and so is one write", () => {
    expect(isRight()).toBe(true);
    expect(isRight(["c1", put(1), 0, 10])).toBe(true);
    expect(isRight(["c1", put(1), 0, 10, "(open)"])).toBe(true);
  });
});

describe("the store", () => {
  const isRight = (...rows: Parameters<typeof byHand<KvInput, Json>>) => linearizable(byHand(...rows), kv).ok;

  test("a delete leaves null, and a swap compares values, not objects", () => {
    const value = { tags: ["a"], n: 1 };
    const equal = { n: 1, tags: ["a"] };
    expect(
      isRight(
        ["c1", put(value), 0, 10],
        ["c1", cas(equal, 2), 20, 30, true],
        ["c1", remove, 40, 50],
        ["c1", get, 60, 70, null],
      ),
    ).toBe(true);
    expect(isRight(["c1", put(value), 0, 10], ["c1", remove, 40, 50], ["c1", get, 60, 70, equal])).toBe(
      false,
    );
  });

  test("equal values written twice are told apart by nothing", () => {
    expect(
      isRight(["c1", put(1), 0, 10], ["c1", put(2), 20, 30], ["c2", put(1), 25, 50], ["c3", get, 60, 70, 1]),
    ).toBe(true);
    expect(
      isRight(["c1", put(1), 0, 10], ["c2", put(1), 5, 15], ["c1", put(2), 20, 30], ["c3", get, 60, 70, 1]),
    ).toBe(false);
  });

  test("a refused swap tells what was not there", () => {
    expect(isRight(["c1", put(1), 0, 10], ["c2", cas(1, 2), 20, 30, false])).toBe(false);
    expect(isRight(["c1", put(1), 0, 50], ["c2", cas(1, 2), 20, 30, false])).toBe(true);
  });
});

describe("misuse", () => {
  test("a step that gives no state", () => {
    const step = (sum: number) => sum as never;
    const history = byHand(["c1", { type: "read" } as const, 0, 10, 5]);
    expect(() => linearizable(history, { ...counter, step })).toThrow(
      new Misuse(
        'The model "counter" gave 0 for {type:"read",}: a step returns { state, output }, and where nothing changes, the state that it was given',
      ),
    );
  });

  test("a read that changes something", () => {
    const history = byHand(
      ["c1", { type: "enqueue", value: 1 } as const, 0, 10],
      ["c1", { type: "dequeue" } as const, 20, 30, 1],
    );
    expect(() =>
      linearizable<Parameters<typeof queue.step>[1], Json, readonly Json[]>(history, {
        ...queue,
        isReadOnly: ({ type }) => type === "dequeue",
      }),
    ).toThrow(/^The model "queue" says that {type:"dequeue",} is read-only, but its step changes \[1,\]/);
  });

  test("a key that is no text", () => {
    const keyOf = () => undefined as never;
    expect(() => linearizable(byHand(["c1", get, 0, 10, null]), { ...kv, keyOf })).toThrow(
      /^The model "store" gave undefined as the key of operation 0: keyOf gives a text/,
    );
  });

  test("an answer without a time, and a budget of nothing", () => {
    const [operation] = byHand(["c1", get, 0, 10, null]);
    const { returnedAt: _, ...rest } = operation as NonNullable<typeof operation>;
    expect(() => linearizable([rest], kv)).toThrow(
      /^Operation 0 is ok, invoked at place 0 and returned at place undefined/,
    );
    expect(() => linearizable([], kv, { budget: 0 })).toThrow(/at least 1/);
  });
});
