import { expect, test } from "vitest";
import { privateFields, snapshotOf } from "./snapshot.ts";

test("fields are copied, whatever they are made of", () => {
  class Entry {
    term = 1;
    readonly value: string;
    constructor(value: string) {
      this.value = value;
    }
  }
  class Replica {
    votes = new Set(["n1", "n2"]);
    byKey = new Map<string, unknown>([["k", { at: [1, 2] }]]);
    log = [new Entry("a")];
    leader = undefined;
    late = Number.POSITIVE_INFINITY;
  }
  const node = new Replica();
  const { fields, isOpaque } = snapshotOf(node);
  expect(fields).toEqual({
    votes: { Set: ["n1", "n2"] },
    byKey: { Map: [["k", { at: [1, 2] }]] },
    log: [{ Entry: { term: 1, value: "a" } }],
    leader: "(undefined)",
    late: "(Infinity)",
  });
  expect(isOpaque).toBe(false);
  node.byKey.clear();
  expect(fields.byKey).toEqual({ Map: [["k", { at: [1, 2] }]] });
});

test("two names of one object are not two objects, unless it cannot change", () => {
  const shared = { count: 1 };
  const frozen = Object.freeze({ type: "Put" });
  const circle: { self?: unknown } = {};
  circle.self = circle;
  expect(snapshotOf({ a: shared, b: shared }).fields).toEqual({ a: { count: 1 }, b: { again: 0 } });
  expect(snapshotOf({ a: frozen, b: frozen }).fields).toEqual({ a: frozen, b: frozen });
  expect(snapshotOf({ circle }).fields).toEqual({ circle: { self: { again: 0 } } });
});

test("what may hold state and cannot be read is said to be there", () => {
  expect(snapshotOf({ next: () => 1 })).toEqual({ fields: { next: "(a function)" }, isOpaque: true });
  expect(snapshotOf({ of: new WeakMap() }).isOpaque).toBe(true);
});

test("private fields are seen where the class shows them, each class its own", () => {
  class Base {
    #votes = 1;
    [privateFields](): object {
      return { "#votes": this.#votes };
    }
  }
  class Replica extends Base {
    #term = 2;
    open = true;
    override [privateFields](): object {
      return { "#term": this.#term };
    }
  }
  expect(snapshotOf(new Replica()).fields).toEqual({ open: true, "#term": 2, "#votes": 1 });
});
