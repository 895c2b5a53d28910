import { expect, test } from "vitest";
import { type IsolationLevel, type ListStep, listTransactions, type TransactionOperation } from "#lib/check";
import { History, type Outcome } from "#lib/history";

type Steps = readonly ListStep[];

const r = (key: string, value: readonly number[]): ListStep => ({ type: "read", key, value });
const a = (key: string, value: number): ListStep => ({ type: "append", key, value });
const asked = (steps: Steps) =>
  steps.map((it): ListStep => (it.type === "read" ? { type: "read", key: it.key } : it));

/** Transactions of clients of their own, all at the same time. Before the steps may stand an outcome. */
function together(...transactions: (Steps | [Outcome, Steps])[]): TransactionOperation<ListStep>[] {
  const history = new History<Steps, Steps>();
  const open = transactions.map((it, i) => {
    const [outcome, steps] =
      typeof it[0] === "string" ? (it as [Outcome, Steps]) : (["ok", it as Steps] as const);
    return { operation: history.invoke(`c${i}`, asked(steps), 10 * i), outcome, steps };
  });
  for (const { operation, outcome, steps } of open) {
    history.complete(operation, outcome, 100 + operation.id, outcome === "ok" ? steps : undefined);
  }
  return history.operations;
}

/** Transactions of one client after another. */
function inTurn(...transactions: [process: string, Steps][]): TransactionOperation<ListStep>[] {
  const history = new History<Steps, Steps>();
  transactions.forEach(([process, steps], i) => {
    history.complete(history.invoke(process, asked(steps), 10 * i), "ok", 10 * i + 5, steps);
  });
  return history.operations;
}

function told(
  operations: readonly TransactionOperation<ListStep>[],
  level: IsolationLevel = "serializable",
): string {
  const verdict = listTransactions(operations, level);
  return verdict.ok === false ? verdict.witness.text : String(verdict.ok);
}

function named(
  operations: readonly TransactionOperation<ListStep>[],
  level: IsolationLevel = "serializable",
): string {
  const verdict = listTransactions(operations, level);
  return verdict.ok === false ? verdict.witness.anomaly : String(verdict.ok);
}

/** The weakest level that refuses a history. */
function refusedFrom(operations: readonly TransactionOperation<ListStep>[]): IsolationLevel | undefined {
  const levels = [
    "read-committed",
    "consistent-view",
    "serializable",
    "session-serializable",
    "strict-serializable",
  ];
  return (levels as IsolationLevel[]).find((level) => listTransactions(operations, level).ok === false);
}

test("write skew: each misses the other's write (Berenson et al., SIGMOD 1995, A5B)", () => {
  const operations = together([r("x", []), r("y", []), a("x", 1)], [r("x", []), r("y", []), a("y", 2)]);
  expect(told(operations)).toBe(
    "T0 read y = [] before T1's append of 2 to y, and T1 read x = [] before T0's append of 1 to x: each misses the " +
      "other's write (write skew, G2). T0 is c0's, from 0 to 100 ms; T1 is c1's, from 10 to 101 ms.",
  );
  expect(refusedFrom(operations)).toBe("serializable");
  expect(told(together([r("x", []), r("y", []), a("x", 1)], [r("x", [1]), r("y", []), a("y", 2)]))).toBe(
    "true",
  );
});

test("dirty write: writes lie in each other (Berenson et al., P0; Adya's G0)", () => {
  const writes = [
    [a("x", 1), a("y", 1)],
    [a("x", 2), a("y", 2)],
  ];
  const operations = together(...writes, [r("x", [1, 2]), r("y", [2, 1])]);
  expect(told(operations)).toContain(
    "T0 appended 1 to x before T1's append of 2 to x, and T1 appended 2 to y before",
  );
  expect([named(operations), refusedFrom(operations)]).toEqual(["dirty write (G0)", "read-committed"]);
  expect(refusedFrom(together(...writes, [r("x", [2, 1]), r("y", [2, 1])]))).toBeUndefined();
});

test("aborted and intermediate reads (Adya, PhD thesis 1999, G1a and G1b)", () => {
  const aborted = together(["fail", [a("x", 1)]], [r("x", [1])]);
  expect(told(aborted)).toContain(
    "T1 read x = [1], but T0, which appended 1, was aborted (aborted read, G1a)",
  );
  expect(refusedFrom(aborted)).toBe("read-committed");
  const intermediate = together([a("x", 1), a("x", 2)], [r("x", [1])]);
  expect(told(intermediate)).toContain("T1 read x = [1], up to T0's append of 1, but T0 appended more to x");
  expect(refusedFrom(intermediate)).toBe("read-committed");
  expect(
    refusedFrom(together([a("x", 1), a("x", 2)], [r("x", [1, 2])], ["fail", [a("x", 3)]])),
  ).toBeUndefined();
});

test("circular information flow: the example in Elle's own documentation (G1c)", () => {
  const operations = together([a("x", 1), r("y", [1])], [a("x", 2), a("y", 1)], [r("x", [1, 2])]);
  expect(told(operations)).toContain(
    "T0 appended 1 to x before T1's append of 2 to x, and T0 saw T1's append of 1 to y",
  );
  expect([named(operations), refusedFrom(operations)]).toEqual([
    "circular information flow (G1c)",
    "read-committed",
  ]);
  const neighbour = together([a("x", 1), r("y", [1])], [a("x", 2), a("y", 1)], [r("x", [2, 1])]);
  expect(refusedFrom(neighbour)).toBeUndefined();
});

test("read skew: what TiDB 2.1.7 showed to Elle (VLDB 2020, §7)", () => {
  const operations = together(
    [a("34", 2), a("34", 1)],
    [r("34", [2, 1]), a("36", 5), a("34", 4)],
    [a("34", 5)],
    [r("34", [2, 1, 5, 4])],
  );
  expect(told(operations)).toContain(
    "T1 read 34 = [2, 1] before T2's append of 5 to 34, and T2 appended 5 to 34 before T1's append of 4 to 34: T1 wrote " +
      "on top of what it had not seen (read skew, G-single)",
  );
  expect(refusedFrom(operations)).toBe("consistent-view");
});

test("inconsistent analysis: a sum that misses half of a transfer (Berenson et al., A5A)", () => {
  const operations = together([r("x", []), r("y", [-40])], [a("x", 40), a("y", -40)]);
  expect(told(operations)).toContain(
    "T0 saw a part of what had happened, and missed what came before that part",
  );
  expect([named(operations), refusedFrom(operations)]).toEqual(["read skew (G-single)", "consistent-view"]);
  expect(refusedFrom(together([r("x", [40]), r("y", [-40])], [a("x", 40), a("y", -40)]))).toBeUndefined();
});

test("a list of employees and their sum that do not fit (Adya's H_phantom, its predicate as a list)", () => {
  const operations = together(
    [a("sales", 1), a("sum", 10)],
    [r("sales", [1]), r("sum", [10, 20])],
    [r("sum", [10]), a("sales", 2), a("sum", 20)],
  );
  expect(told(operations)).toContain(
    "T1 read sales = [1] before T2's append of 2 to sales, and T1 saw T2's append of 20 to sum",
  );
  expect(refusedFrom(operations)).toBe("consistent-view");
});

test("lost update (Berenson et al., P4), whether or not anybody reads the outcome", () => {
  const updates: Steps[] = [
    [r("x", []), a("x", 1)],
    [r("x", []), a("x", 2)],
  ];
  for (const more of [[], [[r("x", [1, 2])]]]) {
    const operations = together(...updates, ...more);
    expect(told(operations)).toContain(
      "T0 and T1 both read x = [], and both wrote to it: the later one did not know of the other's update (lost update)",
    );
    expect(refusedFrom(operations)).toBe("consistent-view");
  }
  expect(refusedFrom(together([r("x", []), a("x", 1)], [r("x", [1]), a("x", 2)]))).toBeUndefined();
});

test("a transaction that does not see its own append: what FaunaDB showed to Elle (VLDB 2020, §7)", () => {
  const operations = together([a("0", 6), r("0", [])]);
  expect(told(operations)).toContain(
    "T0 read 0 = [], but it had to end with [6], which it had appended before",
  );
  expect(refusedFrom(operations)).toBe("consistent-view");
  expect(named(together([r("x", []), r("x", [1])], [a("x", 1)]))).toBe("internal inconsistency");
  expect(told(together([r("x", [1]), a("x", 1)]))).toContain("it had not appended 1 yet");
  expect(refusedFrom(together([a("x", 6), r("x", [5, 6])], [a("x", 5)]))).toBeUndefined();
});

test("lists that no appends could have made", () => {
  expect(told(together([r("x", [7])]))).toContain(
    "T0 read x = [7], and nobody ever appended 7 to x (phantom value)",
  );
  expect(told(together([a("x", 1)], [r("x", [1, 1])]))).toContain(
    "but T0 appended 1 only once (duplicate value)",
  );
  const twoOrders = together([a("x", 1)], [a("x", 2)], [r("x", [1, 2])], [r("x", [2, 1])]);
  expect(told(twoOrders)).toContain(
    "T3 read x = [2, 1] and T2 read x = [1, 2]: no order of the appends gives both",
  );
  expect(named(together([a("x", 1), a("x", 2)], [r("x", [2, 1])]))).toMatch(/orders|G1b/);
  expect(refusedFrom(twoOrders)).toBe("read-committed");
});

test("a circle of three transactions, each of which misses the next one (Adya's G2)", () => {
  const operations = together([r("x", []), a("y", 1)], [r("y", []), a("z", 1)], [r("z", []), a("x", 1)]);
  expect([named(operations), refusedFrom(operations)]).toEqual([
    "anti-dependency cycle (G2)",
    "serializable",
  ]);
  expect(told(operations)).toContain(
    "run one after another, in whatever order, one of them would have seen more",
  );
});

test("stale reads break the order in time, or that of a session", () => {
  const stale = inTurn(["c1", [a("x", 1)]], ["c2", [r("x", [])]]);
  expect(refusedFrom(stale)).toBe("strict-serializable");
  expect(told(stale, "strict-serializable")).toBe(
    "T1 read x = [] before T0's append of 1 to x, and T0 had ended when T1 began: T1 missed what was done before it " +
      "began (stale read). T0 is c1's, from 0 to 5 ms; T1 is c2's, from 10 to 15 ms.",
  );
  const ownStale = inTurn(["c1", [a("x", 1)]], ["c1", [r("x", [])]]);
  expect(refusedFrom(ownStale)).toBe("session-serializable");
  expect(told(ownStale, "session-serializable")).toContain("and c1 ran T0 before T1");
  expect(refusedFrom(inTurn(["c1", [a("x", 1)]], ["c2", [r("x", [1])]]))).toBeUndefined();
});

test("of what nobody knows, nothing is held against anybody", () => {
  expect(refusedFrom(together(["info", [a("x", 1)]], [r("x", [])]))).toBeUndefined();
  expect(refusedFrom(together(["info", [a("x", 1)]], [r("x", [1])]))).toBeUndefined();
  const half = together(["info", [a("x", 1), a("y", 1)]], [r("x", [1]), r("y", [])]);
  expect(named(half)).toBe("read skew (G-single)");
});

test("the weakest anomaly is named first, by the shortest circle", () => {
  const operations = together(
    [r("x", []), a("y", 1)],
    [r("y", []), a("x", 1)],
    [a("p", 1), r("q", [1])],
    [a("q", 1), r("p", [1])],
  );
  expect(named(operations)).toBe("circular information flow (G1c)");
  const verdict = listTransactions(operations, "serializable");
  expect(verdict).toMatchObject({ ok: false, witness: { operations: [2, 3] } });
});

test("when the budget ends before the kind of a circle is known, that is said", () => {
  const operations = together([r("x", []), a("y", 1)], [r("y", []), a("x", 1)]);
  expect(listTransactions(operations, "consistent-view")).toEqual({ ok: true });
  const verdict = listTransactions(operations, "consistent-view", { budget: 1 });
  expect(verdict).toMatchObject({
    ok: "unknown",
    why: expect.stringContaining("not serializable, and the budget"),
  });
  expect(listTransactions(operations, "serializable", { budget: 1 }).ok).toBe(false);
});

test("a misuse says what to do", () => {
  expect(() => told(together([a("x", 1)], [a("x", 1)]))).toThrow(
    "1 is written to x twice, in T0 and in T1: write each",
  );
  const history = new History<Steps, Steps>();
  history.complete(history.invoke("c1", [{ type: "read", key: "x" }], 0), "ok", 1);
  expect(() => told(history.operations)).toThrow("T0 is ok and has no output: complete it with its steps");
  const other = new History<Steps, Steps>();
  other.complete(other.invoke("c1", [a("x", 1)], 0), "ok", 1, [a("x", 2)]);
  expect(() => told(other.operations)).toThrow(
    'Step 0 of T0 is {"type":"append","key":"x","value":1}, and in the output',
  );
});
