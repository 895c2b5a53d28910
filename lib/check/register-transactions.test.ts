import { expect, test } from "vitest";
import {
  type IsolationLevel,
  type RegisterStep,
  type RegisterTransactionOptions,
  registerTransactions,
  type TransactionOperation,
} from "#lib/check";
import { History, type Outcome } from "#lib/history";

type Steps = readonly RegisterStep[];

const r = (key: string, value: number | null): RegisterStep => ({ type: "read", key, value });
const w = (key: string, value: number): RegisterStep => ({ type: "write", key, value });

/** Transactions of clients of their own, one after another, or all at once. */
function history(
  isAtOnce: boolean,
  ...transactions: (Steps | [Outcome, Steps])[]
): TransactionOperation<RegisterStep>[] {
  const record = new History<Steps, Steps>();
  const ends = transactions.map((it, i) => {
    const [outcome, steps] =
      typeof it[0] === "string" ? (it as [Outcome, Steps]) : (["ok", it as Steps] as const);
    const input = steps.map(
      (step): RegisterStep => (step.type === "read" ? { type: "read", key: step.key } : step),
    );
    const operation = record.invoke(`c${i}`, input, 10 * i);
    const end = () =>
      record.complete(operation, outcome, operation.invokedMs + 5, outcome === "ok" ? steps : undefined);
    if (!isAtOnce) end();
    return end;
  });
  for (const end of ends) end();
  return record.operations;
}

const together = (...transactions: (Steps | [Outcome, Steps])[]) => history(true, ...transactions);
const inTurn = (...transactions: (Steps | [Outcome, Steps])[]) => history(false, ...transactions);

function told(
  operations: readonly TransactionOperation<RegisterStep>[],
  level: IsolationLevel = "serializable",
  options: RegisterTransactionOptions = {},
): string {
  const verdict = registerTransactions(operations, level, options);
  return verdict.ok === false ? verdict.witness.text : String(verdict.ok);
}

test("two withdrawals from one account, of which one is lost (Berenson et al., SIGMOD 1995, H4)", () => {
  const operations = together(
    [r("x", null), w("x", 100)],
    [r("x", 100), w("x", 70)],
    [r("x", 100), w("x", 80)],
  );
  expect(told(operations)).toContain(
    "T1 and T2 both read x = 100, and both wrote to it: the later one did not know of the other's update (lost update)",
  );
  expect(told(operations, "read-committed")).toBe("true");
  expect(told(together([w("x", 100)], [r("x", 100), w("x", 70)], [r("x", 70), w("x", 50)]))).toBe("true");
});

test("two withdrawals that each look at both accounts (Berenson et al., H5)", () => {
  const opening = [w("x", 50), w("y", 51)];
  const operations = together(
    opening,
    [r("x", 50), r("y", 51), w("y", -40)],
    [r("x", 50), r("y", 51), w("x", -41)],
  );
  expect(told(operations)).toContain(
    "T1 read x = 50 before T2's write of x = -41, and T2 read y = 51 before T1's write of y = -40: each misses the " +
      "other's write (write skew, G2)",
  );
  expect(told(operations, "consistent-view")).toBe("true");
  expect(told(together(opening, [r("x", 50), r("y", 51), w("y", -40)], [r("x", 50), r("y", -40)]))).toBe(
    "true",
  );
});

test("a reader between the two halves of a transfer (Berenson et al., H1)", () => {
  const operations = together(
    [w("x", 50), w("y", 51)],
    [r("x", 50), w("x", 10), r("y", 51), w("y", 90)],
    [r("x", 10), r("y", 51)],
  );
  expect(told(operations)).toContain(
    "T2 read y = 51 before T1's write of y = 90, and T2 saw T1's write of x = 10: T2 saw a part of what had happened, " +
      "and missed what came before that part (read skew, G-single)",
  );
});

test("reads of what was aborted, not final, never written, or not one's own", () => {
  expect(told(together(["fail", [w("x", 1)]], [r("x", 1)]))).toContain(
    "T0, which wrote it, was aborted (aborted read, G1a)",
  );
  expect(told(together([w("x", 1), w("x", 2)], [r("x", 1)]))).toContain(
    "T0 went on and wrote another value to x",
  );
  expect(told(together([r("x", 7)]))).toContain("T0 read x = 7, and nobody ever wrote this (phantom value)");
  expect(told(together([w("x", 1), r("x", null)]))).toContain(
    "T0 read x = null, but it had written x = 1 before",
  );
  expect(told(together([r("x", 1), w("x", 1)]))).toContain("T0 read x = 1, which it had not written yet");
  expect(told(together([r("x", null), r("x", 1)], [w("x", 1)]))).toContain(
    "T0 read x = 1, but it had read x = null before",
  );
});

test("the null that nobody wrote comes before all writes", () => {
  const operations = together([w("x", 1), w("y", 1)], [r("x", 1), r("y", null)]);
  expect(told(operations)).toContain(
    "T1 read y = null before T0's write of y = 1, and T1 saw T0's write of x = 1",
  );
  expect(told(together(["info", [w("x", 1)]], [r("x", null)]))).toBe("true");
});

test("in which order writes took place is known from the store, or from the time", () => {
  const blind = inTurn([w("x", 1)], [w("x", 2)], [r("x", 1)]);
  expect(told(blind)).toBe("true");
  expect(told(blind, "serializable", { versionOrder: { x: [2, 1] } })).toBe("true");
  expect(told(blind, "strict-serializable")).toContain(
    "T2 read x = 1 before T1's write of x = 2, and T1 had ended when T2 began: T2 missed what was done before it began",
  );
  const crossed = together([w("x", 1), w("y", 1)], [w("x", 2), w("y", 2)]);
  expect(told(crossed)).toBe("true");
  expect(told(crossed, "read-committed", { versionOrder: { x: [1, 2], y: [2, 1] } })).toContain(
    "T0 wrote x = 1 before T1's write of x = 2, and T1 wrote y = 2 before T0's write of y = 1: each wrote over the other",
  );
});

test("what a key became is all that was committed, and nothing else", () => {
  const operations = together([w("x", 1)], [w("x", 2)], ["fail", [w("x", 3)]], ["info", [w("x", 4)]]);
  const judged = (...x: number[]) => told(operations, "read-committed", { versionOrder: { x } });
  expect(judged(1)).toContain("T1 was committed and wrote x = 2, and x never became that (lost write)");
  expect(judged(1, 2, 3)).toContain("x became 3, but T2, which wrote it, was aborted (aborted write)");
  expect(judged(1, 2, 5)).toBe("x became 5, and nobody ever wrote this (phantom value).");
  expect(judged(1, 2, 1)).toContain("x became 1 twice, but T0 wrote this only once (duplicate value)");
  expect([judged(2, 1), judged(2, 4, 1)]).toEqual(["true", "true"]);
});

test("a value can be any JSON value, such as a balance with the transaction that wrote it", () => {
  const record = new History<Steps, Steps>();
  record.complete(
    record.invoke("c1", [{ type: "write", key: "x", value: { cents: 5, by: "T0" } }], 0),
    "ok",
    1,
    [{ type: "write", key: "x", value: { by: "T0", cents: 5 } }],
  );
  record.complete(record.invoke("c2", [{ type: "read", key: "x" }], 0), "ok", 1, [
    { type: "read", key: "x", value: { by: "T0", cents: 5 } },
  ]);
  expect(told(record.operations, "strict-serializable")).toBe("true");
  expect(() => told(together([w("x", null as never)]))).toThrow(
    "T0 writes null to x: null is what a register holds",
  );
});
