import type { Json } from "#lib/sim";
import { identity } from "./identity.ts";
import type { Model } from "./model.ts";

export type RegisterInput = { readonly type: "read" } | { readonly type: "write"; readonly value: Json };

/** One value, null at first, that is read and written. */
export const register: Model<RegisterInput, Json, Json> = {
  name: "register",
  initial: null,
  step: (state, input) => (input.type === "write" ? { state: input.value } : { state, output: state }),
  isReadOnly: (input) => input.type === "read",
  asRegister: (input) => (input.type === "write" ? { write: input.value } : "read"),
  words: {
    input: (input) => (input.type === "write" ? `write of ${JSON.stringify(input.value)}` : "read"),
    state: (state) => `the register holds ${JSON.stringify(state)}`,
  },
};

export type KvInput =
  | { readonly type: "get"; readonly key: string }
  | { readonly type: "put"; readonly key: string; readonly value: Json }
  | { readonly type: "cas"; readonly key: string; readonly from: Json; readonly to: Json }
  | { readonly type: "delete"; readonly key: string };

/**
 * A store of values by keys, null where nothing is stored. `get` gives the value, `cas` whether the value was `from` (and
 * is `to` now), `put` and `delete` are only acknowledged.
 */
export const kv: Model<KvInput, Json, Json> = {
  name: "store",
  initial: null,
  step(state, input) {
    switch (input.type) {
      case "get":
        return { state, output: state };
      case "put":
        return { state: input.value };
      case "delete":
        return { state: null };
      case "cas":
        return identity(state) === identity(input.from)
          ? { state: input.to, output: true }
          : { state, output: false };
    }
  },
  keyOf: (input) => input.key,
  isReadOnly: (input, output) => input.type === "get" || (input.type === "cas" && output === false),
  asRegister(input) {
    if (input.type === "get") return "read";
    return input.type === "put" ? { write: input.value } : undefined;
  },
  words: {
    input(input) {
      if (input.type === "put") return `write of ${input.key} = ${JSON.stringify(input.value)}`;
      if (input.type === "get") return `read of ${input.key}`;
      if (input.type === "delete") return `delete of ${input.key}`;
      return `swap of ${input.key} from ${JSON.stringify(input.from)} to ${JSON.stringify(input.to)}`;
    },
    state: (state, key) => `${key} = ${JSON.stringify(state)}`,
  },
};

export type QueueInput = { readonly type: "enqueue"; readonly value: Json } | { readonly type: "dequeue" };

/** First in, first out. `dequeue` takes the oldest item, and gives null when there is none. */
export const queue: Model<QueueInput, Json, readonly Json[]> = {
  name: "queue",
  initial: [],
  step(items, input) {
    if (input.type === "enqueue") return { state: [...items, input.value] };
    const [first = null, ...rest] = items;
    return { state: rest, output: first };
  },
  isReadOnly: (input, output) => input.type === "dequeue" && output === null,
  words: {
    input: (input) => (input.type === "enqueue" ? `enqueue of ${JSON.stringify(input.value)}` : "dequeue"),
    state: (items) =>
      items.length === 0
        ? "the queue is empty"
        : `the queue holds ${items.map((it) => JSON.stringify(it)).join(", ")}`,
  },
};

export type CounterInput = { readonly type: "add"; readonly amount: number } | { readonly type: "read" };

/** A number, 0 at first. `add` is only acknowledged. */
export const counter: Model<CounterInput, number, number> = {
  name: "counter",
  initial: 0,
  step: (sum, input) => (input.type === "add" ? { state: sum + input.amount } : { state: sum, output: sum }),
  isReadOnly: (input) => input.type === "read",
  words: {
    input: (input) => (input.type === "add" ? `add ${input.amount}` : "read"),
    state: (sum) => `the counter holds ${sum}`,
  },
};
