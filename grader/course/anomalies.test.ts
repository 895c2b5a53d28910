import { expect, test, vi } from "vitest";
import {
  causal,
  type IsolationLevel,
  type ListStep,
  listTransactions,
  monotonicReads,
  monotonicWrites,
  type RegisterStep,
  readYourWrites,
  registerTransactions,
  type SessionGuarantee,
  sessions,
  type Verdict,
  writesFollowReads,
} from "#lib/check";
import { canBeExplained, hasNoBadPattern } from "./brute-sessions.ts";
import { agreesWithItself, hasSerialOrder, hasVersionOrder } from "./brute-transactions.ts";
import { randomSessions, randomTransactions } from "./random-anomalies.ts";

const count = process.env.CI ? 50_000 : 2000;
vi.setConfig({ testTimeout: 600_000 });

interface Trial {
  readonly verdict: Verdict;
  /** What the definition says. */
  readonly isRight: boolean;
  readonly history: unknown;
}

/**
 * Holds a checker against a definition, on as many histories that are right as wrong, more or less. `mayMiss` is the share
 * of the wrong ones that it may take for right; it may never take a right one for wrong.
 */
function compare(attempt: (seed: number) => Trial, mayMiss = 0): void {
  let [wrong, missed] = [0, 0];
  for (let seed = 0; seed < count; seed++) {
    const { verdict, isRight, history } = attempt(seed);
    if (!isRight) wrong++;
    if (verdict.ok === isRight) continue;
    if (verdict.ok === true && mayMiss > 0) missed++;
    else
      expect.fail(
        `history ${seed} is ${isRight ? "right" : "wrong"}: ${JSON.stringify({ verdict, history })}`,
      );
  }
  expect(missed / wrong).toBeLessThanOrEqual(mayMiss);
  expect(wrong / count).toBeGreaterThan(1 / 3);
  expect(wrong / count).toBeLessThan(2 / 3);
}

const serial = ["serializable", "session-serializable", "strict-serializable"] as const;
const cyclic = ["read-committed", "consistent-view", "serializable"] as const;

test("lists that are all read in the end: refused exactly if no serial order explains the reads", () => {
  compare((seed) => {
    const level = serial[seed % 3] as IsolationLevel;
    const { operations } = randomTransactions<ListStep>("append", seed, true);
    const isRight = hasSerialOrder(operations, { kind: "append", level });
    return { verdict: listTransactions(operations, level), isRight, history: operations };
  });
});

test("lists that nobody reads in the end: refused exactly if no serial order explains the reads", () => {
  compare((seed) => {
    const level = serial[seed % 3] as IsolationLevel;
    const { operations } = randomTransactions<ListStep>("append", seed, false);
    const isRight = hasSerialOrder(operations, { kind: "append", level });
    return { verdict: listTransactions(operations, level), isRight, history: operations };
  });
});

test("lists: a level refuses exactly what makes a forbidden circle in each order of versions", () => {
  compare((seed) => {
    const level = cyclic[seed % 3] as IsolationLevel;
    const { operations } = randomTransactions<ListStep>("append", seed, true);
    const verdict = listTransactions(operations, level);
    const isRight =
      hasVersionOrder(operations, level) &&
      (level === "read-committed" || operations.every(agreesWithItself));
    return { verdict, isRight, history: operations };
  });
});

test("registers whose order is given: refused exactly if no serial order explains the reads", () => {
  compare((seed) => {
    const level = serial[seed % 3] as IsolationLevel;
    const { operations, versionOrder } = randomTransactions<RegisterStep>("write", seed, true);
    const isRight = hasSerialOrder(operations, { kind: "write", level, versionOrder });
    const verdict = registerTransactions(operations, level, { versionOrder });
    return { verdict, isRight, history: { operations, versionOrder } };
  });
});

test("registers whose order nobody tells: a history with a serial order is never refused", () => {
  compare((seed) => {
    const level = serial[seed % 3] as IsolationLevel;
    const { operations } = randomTransactions<RegisterStep>("write", seed, true);
    const isRight = hasSerialOrder(operations, { kind: "write", level });
    return { verdict: registerTransactions(operations, level), isRight, history: operations };
  }, 0.15);
});

const all: SessionGuarantee[] = [
  "read-your-writes",
  "monotonic-reads",
  "monotonic-writes",
  "writes-follow-reads",
];

test.each([
  ["read your writes", readYourWrites, 1, ["read-your-writes"]],
  ["monotonic reads", monotonicReads, 1, ["monotonic-reads"]],
  ["monotonic writes", monotonicWrites, 1, ["monotonic-reads", "monotonic-writes"]],
  ["writes follow reads", writesFollowReads, 1, ["monotonic-reads", "writes-follow-reads"]],
  ["causal", causal, 0.3, all],
] as const)(
  "%s: refused exactly if no order of the puts explains the gets",
  (_name, check, mess, promised) => {
    compare((seed) => {
      const operations = randomSessions(seed, mess);
      return {
        verdict: check(operations),
        isRight: canBeExplained(operations, promised),
        history: operations,
      };
    });
  },
);

test("causal: refused exactly if it has a bad pattern of causal convergence", () => {
  compare((seed) => {
    const operations = randomSessions(seed, 0.3);
    const verdict = causal(operations);
    const isThinAir = verdict.ok === false && verdict.witness.pattern === "thin air";
    return { verdict, isRight: !isThinAir && hasNoBadPattern(operations), history: operations };
  });
});

test("any of the guarantees together: refused exactly if no order of the puts explains the gets", () => {
  compare((seed) => {
    const operations = randomSessions(seed, 1);
    const promised = all.filter((_, i) => (seed >> i) & 1);
    const isRight = canBeExplained(operations, promised);
    return { verdict: sessions(operations, promised), isRight, history: { operations, promised } };
  });
});
