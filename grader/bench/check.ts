import { type KvInput, kv, linearizable, type Model, type RegisterInput, register } from "#lib/check";
import { History, type Operation, SequentialClient } from "#lib/history";
import { Stream } from "#lib/random";
import { type Context, canonical, type Json, type Node, type NodeId, Simulation } from "#lib/sim";
import { best, type Row } from "./row.ts";

type Input = KvInput | { readonly type: "append"; readonly key: string; readonly value: string };

/** The store of the library, with texts that grow: no two states of a key are the same. */
const textStore: Model<Input, Json, Json> = {
  name: "store",
  initial: null,
  step: (state, input) =>
    input.type === "append" ? { state: `${state ?? ""}${input.value}` } : kv.step(state, input),
  keyOf: (input) => input.key,
  isReadOnly: (input, output) => input.type !== "append" && (kv.isReadOnly?.(input, output) ?? false),
};

interface Ask {
  type: "Ask";
  id: number;
  input: Input;
}
interface Answer {
  type: "Answer";
  id: number;
  output: Json;
}
type Timer = { does: "apply" | "answer"; to: NodeId; ask: Ask; output: Json };

/** One node that holds every key, takes its time before and after it does something, and may answer with an old value. */
class SlowStore implements Node<Ask | Answer, Timer> {
  readonly stale: number;
  readonly values = new Map<string, Json>();
  readonly olds = new Map<string, Json>();

  constructor(stale: number) {
    this.stale = stale;
  }

  onMessage(ctx: Context<Ask | Answer, Timer>, from: NodeId, ask: Ask | Answer): void {
    if (ask.type !== "Ask") return;
    ctx.setTimer({ does: "apply", to: from, ask, output: null }, ctx.random.int(20));
  }

  onTimer(ctx: Context<Ask | Answer, Timer>, { does, to, ask, output }: Timer): void {
    if (does === "answer") return ctx.send(to, { type: "Answer", id: ask.id, output });
    const { key } = ask.input;
    const before = this.values.get(key) ?? null;
    const step = textStore.step(before, ask.input);
    if (canonical(step.state) !== canonical(before)) {
      this.olds.set(key, before);
      this.values.set(key, step.state);
    }
    const isStale = ask.input.type === "get" && ctx.random.chance(this.stale);
    const result = isStale ? (this.olds.get(key) ?? null) : (step.output ?? null);
    ctx.setTimer({ does: "answer", to, ask, output: result }, ctx.random.int(20));
  }
}

type Make = (random: Pick<Stream, "int" | "pick">, name: string, index: number) => Input;

/** What 50 clients see of a store in one run: 34 operations each. */
function history(make: Make, stale: number, seed: number): Operation<Input, Json>[] {
  const history = new History<Input, Json>();
  const client = (process: NodeId) =>
    new SequentialClient<Input, Json, Ask | Answer>({
      process,
      history,
      random: new Stream(seed, process),
      next: (index, random) => (index < 34 ? make(random, process, index) : undefined),
      request: ({ id, input }) => ({ to: "n1", message: { type: "Ask", id, input } }),
      response: (message, { id }) =>
        message.type === "Answer" && message.id === id
          ? { outcome: "ok", output: message.output }
          : undefined,
      thinkMs: 20,
    });
  const clients = Object.fromEntries(
    Array.from({ length: 50 }, (_, i) => [`c${i + 1}`, client(`c${i + 1}`)]),
  );
  const nodes = { n1: () => new SlowStore(stale) };
  const sim = new Simulation({ seed, nodes, applications: clients, delayMs: 20 });
  sim.runUntil(60_000);
  return history.operations;
}

const keys = Array.from({ length: 10 }, (_, i) => `k${i}`);

const appends: Make = (random, name, index) => {
  const key = random.pick(keys);
  const draw = random.int(10);
  if (draw < 4) return { type: "get", key };
  const value = `${name}.${index} `;
  return draw < 8 ? { type: "append", key, value } : { type: "put", key, value };
};

const swaps: Make = (random) => {
  const key = random.pick(keys);
  const draw = random.int(10);
  if (draw < 4) return { type: "get", key };
  if (draw < 5) return { type: "put", key, value: random.int(5) };
  return { type: "cas", key, from: random.int(5), to: random.int(5) };
};

/** A register that twenty clients use, each value written once. */
function registerHistory(count: number): Operation<RegisterInput, Json>[] {
  const history = new History<RegisterInput, Json>();
  const random = new Stream(20, "register");
  const open: Operation<RegisterInput, Json>[] = [];
  let value: Json = null;
  for (let ms = 0; history.operations.length < count || open.length > 0; ms++) {
    if (open.length < 20 && history.operations.length < count) {
      const input: RegisterInput = random.chance(0.5) ? { type: "read" } : { type: "write", value: ms };
      open.push(history.invoke(`c${ms % 20}`, input, ms));
    }
    if (open.length < 20 && history.operations.length < count) continue;
    const [operation] = open.splice(random.int(open.length), 1) as [Operation<RegisterInput, Json>];
    if (operation.input.type === "write") value = operation.input.value;
    history.complete(operation, "ok", ms, value);
  }
  return history.operations;
}

export function* checkRows(): Generator<Row> {
  const porcupine = (name: string, ms: number, count: number) => ({
    value: ms,
    source: `recorded: Porcupine (Go) on its ${name} history, ${count} operations, 2 cores`,
  });
  const good = { stale: 0, baseline: porcupine("c50-ok", 224, 1712) };
  const bad = { stale: 0.05, baseline: porcupine("c50-bad", 35, 2024) };
  for (const [name, make, { stale, baseline }] of [
    ["appends, good", appends, good],
    ["appends, stale reads", appends, bad],
    ["swaps, good", swaps, good],
    ["swaps, stale reads", swaps, bad],
  ] as const) {
    // How hard a history is, is chance: one in five may take ten times as long as the others.
    const histories = [1, 2, 3, 4, 5].map((seed) => history(make, stale, seed));
    const count = (histories[0] as Operation<Input, Json>[]).length;
    const seconds = best(3, () => {
      for (const operations of histories) expectVerdict(linearizable(operations, textStore).ok, stale === 0);
    });
    yield {
      name: `check: ${count} operations of 50 clients, ${name}, mean of 5 (less is better)`,
      value: (1000 * seconds) / histories.length,
      unit: "ms",
      baseline,
    };
  }
  for (const [count, prototypeMs] of [
    [100_000, 82],
    [1_000_000, 351],
  ] as const) {
    const operations = registerHistory(count);
    const seconds = best(3, () => expectVerdict(linearizable(operations, register).ok, true));
    yield {
      name: `check: a register of ${count} operations`,
      value: count / seconds,
      unit: "operations/s",
      baseline: {
        value: (1000 * count) / prototypeMs,
        source: "recorded: the prototype of the zones, on typed arrays, 2 cores",
      },
    };
  }
}

function expectVerdict(found: boolean | "unknown", right: boolean): void {
  if (found !== right) throw new Error(`linearizable says ${found} of a history of which ${right} is true`);
}
