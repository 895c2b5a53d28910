import {
  causal,
  type ListStep,
  listTransactions,
  type SessionOperation,
  type TransactionOperation,
} from "#lib/check";
import { Stream } from "#lib/random";
import { best, type Row } from "./row.ts";

const count = 100_000;
const elle = {
  value: 10_000,
  source:
    "Elle: hundreds of thousands of transactions in tens of seconds (Kingsbury and Alvaro, VLDB 2020, §7)",
};

function operation<Step>(id: number, output: readonly Step[]): TransactionOperation<Step> {
  const times = { invokedAt: 2 * id, returnedAt: 2 * id + 1, invokedMs: id, returnedMs: id + 1 };
  return { id, process: `c${id % 20}`, input: output, output, outcome: "ok", ...times };
}

/** One to four steps each, on ten keys at a time, which change as lists get long: what Elle's own workloads do. */
function listHistory(): TransactionOperation<ListStep>[] {
  const random = new Stream(1, "lists");
  const lists = new Map<string, number[]>();
  let appendCount = 0;
  return Array.from({ length: count }, (_, id) => {
    const steps = Array.from({ length: random.between(1, 4) }, (): ListStep => {
      const key = `k${Math.floor(appendCount / 400) * 10 + random.int(10)}`;
      const list = lists.get(key) ?? [];
      if (random.chance(0.5)) return { type: "read", key, value: list };
      lists.set(key, [...list, ++appendCount]);
      return { type: "append", key, value: appendCount };
    });
    return operation(id, steps);
  });
}

/** The same, and in the middle two transactions that each miss the other's append. */
function withWriteSkew(history: readonly TransactionOperation<ListStep>[]): TransactionOperation<ListStep>[] {
  const skewed: ListStep[][] = [
    [
      { type: "read", key: "p", value: [] },
      { type: "append", key: "q", value: 1 },
    ],
    [
      { type: "read", key: "q", value: [] },
      { type: "append", key: "p", value: 1 },
    ],
  ];
  const half = count / 2;
  return history.map((good, id) => {
    const steps = skewed[id - half];
    return steps ? operation(id, [...steps, ...good.input]) : good;
  });
}

/** Twenty sessions that put and get fifty keys of a store that never lies. */
function sessionHistory(): SessionOperation[] {
  const random = new Stream(1, "sessions");
  const newest = new Map<string, number>();
  return Array.from({ length: count }, (_, id): SessionOperation => {
    const key = `k${random.int(50)}`;
    const times = { invokedAt: 2 * id, returnedAt: 2 * id + 1, invokedMs: id, returnedMs: id + 1 };
    const common = { id, process: `c${random.int(20)}`, outcome: "ok" as const, ...times };
    if (random.chance(0.5))
      return { ...common, input: { type: "get", key }, output: newest.get(key) ?? null };
    newest.set(key, id);
    return { ...common, input: { type: "put", key, value: id } };
  });
}

export function* transactionRows(): Generator<Row> {
  const good = listHistory();
  const bad = withWriteSkew(good);
  const perSecond = (call: () => void) => count / best(3, call);
  const expect = (isRight: boolean) => {
    if (!isRight) throw new Error("the checker gave another verdict than this history was made for");
  };
  const unit = "transactions/s";
  yield {
    name: "transactions: 100,000 on lists, strict serializable",
    value: perSecond(() => expect(listTransactions(good, "strict-serializable").ok === true)),
    unit,
    baseline: elle,
  };
  yield {
    name: "transactions: the same with one write skew",
    value: perSecond(() => {
      const verdict = listTransactions(bad, "strict-serializable");
      expect(verdict.ok === false && verdict.witness.anomaly === "write skew (G2)");
    }),
    unit,
    baseline: elle,
  };
  const sessions = sessionHistory();
  yield {
    name: "transactions: causal, 100,000 operations of 20 sessions",
    value: perSecond(() => expect(causal(sessions).ok === true)),
    unit: "operations/s",
    baseline: {
      value: 10_000,
      source:
        "the goal: 100,000 operations in 10 s; AWDIT (PLDI 2025) has the same bound, operations times sessions",
    },
  };
}
