import type { ListStep, RegisterStep, SessionOperation, TransactionOperation } from "#lib/check";
import type { Operation, Outcome } from "#lib/history";
import { Stream } from "#lib/random";

/** Small histories for the checkers of lib/check: some right, some wrong, in all outcomes. */

type Draft<Input, Output> = {
  process: string;
  input: Input;
  output?: Output;
  outcome: Outcome;
  begin: number;
  end: number;
};

/** Numbers the drafts in the order of their beginnings, and puts places in the place of moments. */
function operationsOf<Input, Output>(drafts: Draft<Input, Output>[]): Operation<Input, Output>[] {
  const moments = drafts.flatMap(({ begin, end }) => [begin, end]).sort((a, b) => a - b);
  return [...drafts]
    .sort((a, b) => a.begin - b.begin)
    .map(({ process, input, output, outcome, begin, end }, id) => ({
      id,
      process,
      input,
      outcome,
      ...(output === undefined ? {} : { output }),
      invokedAt: moments.indexOf(begin),
      returnedAt: moments.indexOf(end),
      invokedMs: Math.round(begin * 100),
      returnedMs: Math.round(end * 100),
    }));
}

/** What the store of these histories does wrong: each transaction by itself, with a probability. */
const slips = [
  "none",
  "old snapshot",
  "old snapshot",
  "old read",
  "old read",
  "dirty read",
  "out of order",
] as const;

type AnyStep = ListStep | RegisterStep;
type State = { readonly [key: string]: readonly number[] };

/** All states that there have been: for each key the values appended or written so far. */
class Store {
  readonly states: State[] = [{ x: [], y: [] }];

  /** One of the states before this one. */
  past(random: Stream): State {
    return this.states[Math.max(0, this.states.length - 1 - random.between(1, 4))] as State;
  }

  get now(): State {
    return this.states.at(-1) as State;
  }

  add(key: string, value: number): void {
    this.states.push({ ...this.now, [key]: [...(this.now[key] ?? []), value] });
  }

  insertBeforeLast(key: string, value: number): void {
    const values = this.now[key] ?? [];
    this.states.push({ ...this.now, [key]: [...values.slice(0, -1), value, ...values.slice(-1)] });
  }
}

export interface RandomTransactions<Step> {
  readonly operations: TransactionOperation<Step>[];
  /** Values in the order in which the store took them, of transactions that were not aborted. */
  readonly versionOrder: { readonly [key: string]: number[] };
}

/** Transactions on the keys x and y; the last one, if `readsAll`, reads both when all is done. */
export function randomTransactions<Step extends AnyStep>(
  kind: "append" | "write",
  seed: number,
  readsAll: boolean,
): RandomTransactions<Step> {
  const random = new Stream(seed, kind);
  const count = random.between(4, 5) + (readsAll ? 0 : 1);
  const slip = random.pick(slips);
  const store = new Store();
  const order: { readonly [key: string]: number[] } = { x: [], y: [] };
  const drafts: Draft<readonly AnyStep[], readonly AnyStep[]>[] = [];
  const busyUntil = new Map<string, number>();
  for (let n = 0; n < count + (readsAll ? 1 : 0); n++) {
    const isLast = n === count;
    const begin = isLast ? count + 2 : n + random.next() - random.pick([0, 0, 1]);
    const end = isLast ? count + 3 : n + 1 + random.next() * random.pick([0, 1]);
    const process = ["a", "b", "c", "d", "e", "f"].find(
      (name) => (busyUntil.get(name) ?? -9) < begin,
    ) as string;
    busyUntil.set(process, end);
    const outcome = isLast ? "ok" : random.pick(["ok", "ok", "ok", "ok", "ok", "info", "fail"] as const);
    const applies = outcome === "ok" || (outcome === "info" && random.chance(0.6)) || random.chance(0.2);
    const steps = isLast ? readAll : stepsFor(kind, random, n);
    const output = runSteps(kind, steps, {
      store,
      random,
      slip: isLast ? "none" : slip,
      applies,
      order,
      outcome,
    });
    drafts.push({ process, input: steps, outcome, begin, end, ...(outcome === "ok" ? { output } : {}) });
  }
  return { operations: operationsOf(drafts) as TransactionOperation<Step>[], versionOrder: order };
}

const readAll: AnyStep[] = [
  { type: "read", key: "x" },
  { type: "read", key: "y" },
];

function stepsFor(kind: "append" | "write", random: Stream, n: number): AnyStep[] {
  return Array.from({ length: random.between(2, 3) }, (_, i) => {
    const key = random.pick(["x", "y"]);
    if (random.chance(0.5)) return { type: "read", key };
    return { type: kind, key, value: 10 * (n + 1) + i } as AnyStep;
  });
}

interface Circumstances {
  readonly store: Store;
  readonly random: Stream;
  readonly slip: (typeof slips)[number];
  readonly applies: boolean;
  readonly order: { readonly [key: string]: number[] };
  readonly outcome: Outcome;
}

function runSteps(kind: "append" | "write", steps: readonly AnyStep[], it: Circumstances): AnyStep[] {
  const { store, random, slip } = it;
  const slipsNow = random.chance(0.9);
  const snapshot = slip === "old snapshot" && slipsNow ? store.past(random) : store.now;
  const own: { [key: string]: number[] } = { x: [], y: [] };
  const output = steps.map((step): AnyStep => {
    const mine = own[step.key] as number[];
    if (step.type !== "read") {
      mine.push(step.value as number);
      return step;
    }
    const source = slip === "old read" && slipsNow && random.chance(0.7) ? store.past(random) : snapshot;
    const seen = [
      ...(source[step.key] as number[]),
      ...(slip === "dirty read" && random.chance(0.1) ? [] : mine),
    ];
    return { ...step, value: kind === "append" ? seen : (seen.at(-1) ?? null) } as AnyStep;
  });
  if (!it.applies) return output;
  const written = steps.filter((step) => step.type !== "read");
  written.forEach((step) => {
    const value = step.value as number;
    if (slip === "out of order" && slipsNow && random.chance(0.4)) store.insertBeforeLast(step.key, value);
    else store.add(step.key, value);
  });
  const lastOf = new Map(written.map((step) => [step.key, step.value as number]));
  if (it.outcome !== "fail") for (const [key, value] of lastOf) it.order[key]?.push(value);
  return output;
}

/**
 * Sessions a, b and c on the keys x and y, of a store that answers each get from the past, or, with the probability
 * `mess`, with anything.
 */
export function randomSessions(seed: number, mess: number): SessionOperation[] {
  const random = new Stream(seed, "sessions");
  const count = random.between(8, 14);
  const drafts: Draft<SessionOperation["input"], number | null>[] = [];
  const taken: { readonly [key: string]: number[] } = { x: [], y: [] };
  const busyUntil = new Map<string, number>();
  const sessions = random.pick([
    ["a", "b"],
    ["a", "b", "c"],
  ]);
  let putCount = 0;
  for (let n = 0; n < count; n++) {
    const key = random.pick(["x", "x", "x", "y"]);
    const begin = n + random.next() - random.pick([0, 0, 1]);
    const end = n + 1 + random.next() * random.pick([0, 1]);
    const free = sessions.filter((name) => (busyUntil.get(name) ?? -9) < begin);
    if (free.length === 0) continue;
    const process = random.pick(free);
    busyUntil.set(process, end);
    const values = taken[key] as number[];
    if (putCount < 4 && random.chance(0.35)) {
      const value = ++putCount;
      const outcome = random.pick(["ok", "ok", "ok", "ok", "ok", "info", "fail"] as const);
      if (outcome !== "fail" || random.chance(0.1)) values.push(value);
      drafts.push({ process, input: { type: "put", key, value }, outcome, begin, end });
      continue;
    }
    const behind = random.chance(mess) ? random.int(values.length + 1) : random.pick([0, 0, 0, 1]);
    const output = random.chance(0.01) ? 99 : (values[values.length - 1 - behind] ?? null);
    const outcome = random.pick(["ok", "ok", "ok", "ok", "ok", "ok", "info"] as const);
    drafts.push({ process, input: { type: "get", key }, output, outcome, begin, end });
  }
  return operationsOf(drafts);
}
