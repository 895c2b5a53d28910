import { describe, expect, test } from "vitest";
import {
  counter,
  type KvInput,
  kv,
  linearizable,
  type Model,
  type QueueInput,
  queue,
  type RegisterInput,
  register,
} from "#lib/check";
import type { Operation } from "#lib/history";
import { type Random, Stream } from "#lib/random";
import type { Json } from "#lib/sim";
import { isLinearizableByForce } from "../../lib/check/brute-force.ts";
import { randomHistory, type Workload } from "./random-history.ts";

const count = process.env.CI ? 50_000 : 2000;

const keys = ["x", "y"];
const value = (random: Random) => random.int(3);

/** Each value is written once, so that the zones decide; the search does too, when it is asked. */
const uniqueWrites: Workload<RegisterInput, Json> = {
  input: (random, index) => (random.chance(0.5) ? read : { type: "write", value: index }),
  otherOutput: (random) => (random.chance(0.2) ? null : random.int(7)),
  wrong: 0.4,
};

function judge<Input, Output, State>(
  name: string,
  models: readonly Model<Input, Output, State>[],
  workload: Workload<Input, Output>,
): void {
  test(`${name}: the verdict is that of brute force, and a witness is refused by itself`, () => {
    let badCount = 0;
    for (let seed = 0; seed < count; seed++) {
      const [model] = models as [Model<Input, Output, State>];
      const operations = randomHistory(model, workload, new Stream(seed, name));
      const isRight = isLinearizableByForce(operations, model);
      if (!isRight) badCount++;
      for (const it of models) expectVerdict(operations, it, isRight, `${name} ${seed}`);
    }
    expect(badCount / count).toBeGreaterThan(1 / 3);
    expect(badCount / count).toBeLessThan(2 / 3);
  });
}

function expectVerdict<Input, Output, State>(
  operations: readonly Operation<Input, Output>[],
  model: Model<Input, Output, State>,
  isRight: boolean,
  name: string,
): void {
  const verdict = linearizable(operations, model);
  if (verdict.ok !== isRight)
    expect(verdict, `${name} ${JSON.stringify(operations)}`).toEqual({ ok: isRight });
  if (verdict.ok !== false) return;
  const { operations: ids, text } = verdict.witness;
  const witness = operations.filter(({ id }) => ids.includes(id));
  const wrong = `${name} ${text} ${JSON.stringify(operations)}`;
  if (isLinearizableByForce(witness, model)) expect.fail(`the witness by itself is right: ${wrong}`);
  // What changed nothing need not be explained; the rest may have happened at any time, or never.
  const others = operations.filter(({ id }) => !ids.includes(id));
  const effects = others.filter((it) => it.outcome !== "ok" || !model.isReadOnly?.(it.input, it.output));
  if (isLinearizableByForce(witness, model, effects)) expect.fail(`the others may explain it: ${wrong}`);
}

const read = { type: "read" } as const;
const dequeue = { type: "dequeue" } as const;

describe("linearizability", () => {
  judge("register of unique values", [register, { ...register, asRegister: () => undefined }], uniqueWrites);
  test("zones and search agree on long histories", () => {
    const search = { ...register, asRegister: () => undefined };
    const workload = {
      ...uniqueWrites,
      otherOutput: (random: Random) => random.int(200),
      wrong: 0.015,
      most: 200,
    };
    let badCount = 0;
    for (let seed = 0; seed < count / 10; seed++) {
      const operations = randomHistory(register, workload, new Stream(seed, "long"));
      const verdict = linearizable(operations, register);
      expect(linearizable(operations, search).ok, `seed ${seed}`).toBe(verdict.ok);
      if (!verdict.ok) badCount++;
    }
    expect(badCount / (count / 10)).toBeGreaterThan(1 / 3);
    expect(badCount / (count / 10)).toBeLessThan(2 / 3);
  });

  judge("register", [register], {
    ...uniqueWrites,
    input: (random): RegisterInput => (random.chance(0.5) ? read : { type: "write", value: value(random) }),
    otherOutput: value,
    wrong: 0.7,
  });
  judge("store with compare-and-swap", [kv], {
    input(random): KvInput {
      const key = random.pick(keys);
      const draw = random.int(7);
      if (draw < 2) return { type: "get", key };
      if (draw < 4) return { type: "put", key, value: value(random) };
      if (draw < 5) return { type: "delete", key };
      return { type: "cas", key, from: value(random), to: value(random) };
    },
    otherOutput: (random, output) => (typeof output === "boolean" ? !output : random.pick([0, 1, 2, null])),
    wrong: 0.4,
  });
  judge("queue", [queue], {
    input: (random, index): QueueInput =>
      random.chance(0.5) ? dequeue : { type: "enqueue", value: index % 4 },
    otherOutput: (random) => random.pick([0, 1, 2, 3, null]),
    wrong: 0.4,
  });
  judge("counter", [counter, { ...counter, isReadOnly: () => false }], {
    input: (random) => (random.chance(0.5) ? read : { type: "add", amount: random.between(-1, 2) }),
    otherOutput: (random, output) => output + random.between(-2, 2),
    wrong: 0.5,
  });
});
