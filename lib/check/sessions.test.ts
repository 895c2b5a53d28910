import { expect, test } from "vitest";
import {
  causal,
  monotonicReads,
  monotonicWrites,
  readYourWrites,
  type SessionInput,
  type SessionOperation,
  sessions,
  type Verdict,
  writesFollowReads,
} from "#lib/check";
import { History, type Outcome } from "#lib/history";
import type { Json } from "#lib/sim";

/** "c1 x=1" puts, "c1 x? 1" gets 1, one after another, 10 ms each. `!fail` or `!info` at the end is the outcome. */
function history(...lines: string[]): SessionOperation[] {
  const record = new History<SessionInput, Json>();
  lines.forEach((line, i) => {
    const [, process = "", key = "", kind, text = "", outcome = "ok"] =
      /^(\w+) (\w+)(=|\?) ?(\w+)(?: !(\w+))?$/.exec(line) ?? [];
    const value = JSON.parse(text) as Json;
    const input: SessionInput = kind === "=" ? { type: "put", key, value } : { type: "get", key };
    const operation = record.invoke(process, input, 10 * i);
    record.complete(operation, outcome as Outcome, 10 * i + 5, kind === "=" ? undefined : value);
  });
  return record.operations;
}

function told(verdict: Verdict): string {
  return verdict.ok === false ? verdict.witness.text : String(verdict.ok);
}

test("read your writes: what a session has put is there when it looks", () => {
  expect(told(readYourWrites(history("c1 x=1", "c1 x? null")))).toBe(
    "c1 wrote x = 1 at 5 ms and then read x = null at 15 ms: it had to see x = 1, or something newer (read your writes)",
  );
  expect(told(readYourWrites(history("c2 x=2", "c1 x=1", "c1 x? 2", "c2 x? 1")))).toBe(
    "x = 2 must be newer than x = 1, as c1 wrote x = 1 at 15 ms and then read x = 2 at 25 ms; and x = 1 must be newer " +
      "than x = 2, as c2 wrote x = 2 at 5 ms and then read x = 1 at 35 ms. Both cannot be (read your writes)",
  );
  expect(told(readYourWrites(history("c2 x=2", "c1 x=1", "c1 x? 2", "c2 x? 2")))).toBe("true");
});

test("a store that holds a session's first put for the newer one breaks monotonic writes, not read your writes", () => {
  const operations = history("c1 x=1", "c1 x=2", "c1 x? 1");
  expect(told(readYourWrites(operations))).toBe("true");
  expect(told(sessions(operations, ["read-your-writes", "monotonic-writes"]))).toBe(
    "x = 2 must be newer than x = 1, as c1 wrote x = 1 at 5 ms and then wrote x = 2 at 15 ms; and x = 1 must be newer " +
      "than x = 2, as c1 wrote x = 2 at 15 ms and then read x = 1 at 25 ms. Both cannot be (read your writes, monotonic writes)",
  );
});

test("monotonic reads: what a session has seen does not go away", () => {
  expect(told(monotonicReads(history("c1 x=1", "c2 x? 1", "c2 x? null")))).toBe(
    "c2 read x = 1 at 15 ms and then read x = null at 25 ms: it had to see x = 1, or something newer (monotonic reads)",
  );
  const backAndForth = history("c1 x=1", "c2 x=2", "c3 x? 1", "c3 x? 2", "c3 x? 1");
  expect(told(monotonicReads(backAndForth))).toContain("Both cannot be (monotonic reads)");
  expect(told(monotonicReads(history("c1 x=1", "c2 x=2", "c3 x? 2", "c3 x? 1")))).toBe("true");
  expect(told(monotonicReads(history("c1 x=1", "c2 x? 1", "c3 x? null")))).toBe("true");
});

test("monotonic writes: who sees a put sees what its session had put before", () => {
  const operations = history("c1 x=1", "c1 y=1", "c2 y? 1", "c2 x? null");
  const verdict = monotonicWrites(operations);
  expect(told(verdict)).toBe(
    "c1 wrote x = 1 at 5 ms and then wrote y = 1 at 15 ms; c2 read y = 1 at 25 ms and then read x = null at 35 ms: it " +
      "had to see x = 1, or something newer (monotonic reads, monotonic writes)",
  );
  expect(verdict).toMatchObject({
    ok: false,
    witness: { pattern: "initial read", operations: [0, 1, 2, 3] },
  });
  expect([told(monotonicReads(operations)), told(writesFollowReads(operations))]).toEqual(["true", "true"]);
  expect(told(monotonicWrites(history("c1 x=1", "c1 x=2", "c2 x? 2", "c2 x? 1")))).toContain(
    "Both cannot be",
  );
  expect(told(monotonicWrites(history("c1 x=1", "c1 y=1", "c2 x? null", "c2 y? 1")))).toBe("true");
});

test("writes follow reads: nobody meets the answer without its question (Terry et al., 1994)", () => {
  const operations = history(
    "c1 question=1",
    "c2 question? 1",
    "c2 answer=2",
    "c3 answer? 2",
    "c3 question? null",
  );
  expect(told(writesFollowReads(operations))).toBe(
    "c2 read question = 1 at 15 ms and then wrote answer = 2 at 25 ms; c3 read answer = 2 at 35 ms and then read " +
      "question = null at 45 ms: it had to see question = 1, or something newer (monotonic reads, writes follow reads)",
  );
  expect([told(monotonicWrites(operations)), told(readYourWrites(operations))]).toEqual(["true", "true"]);
});

test("causal: an old value, where a newer one is known", () => {
  const operations = history("c1 x=1", "c2 x? 1", "c2 x=2", "c3 x? 2", "c3 x? 1");
  const verdict = causal(operations);
  expect(verdict).toMatchObject({ ok: false, witness: { pattern: "stale read" } });
  expect(told(verdict)).toBe(
    "x = 2 must be newer than x = 1, as c2 read x = 1 at 15 ms and then wrote x = 2 at 25 ms; and x = 1 must be newer " +
      "than x = 2, as c3 read x = 2 at 35 ms and then read x = 1 at 45 ms. Both cannot be (monotonic reads, writes follow reads)",
  );
});

test("causal: two readers who see two puts in two orders do not converge", () => {
  const operations = history("a x=1", "b x=2", "a x? 2", "b x? 1");
  const verdict = causal(operations);
  expect(verdict).toMatchObject({
    ok: false,
    witness: { pattern: "no order", broken: ["read-your-writes"] },
  });
  expect(told(causal(history("a x=1", "b x=2", "a x? 2", "b x? 2")))).toBe("true");
});

test("causal: what is not known may be seen late, and in any order", () => {
  expect(told(causal(history("a x=1", "b y=1", "c x? 1", "c y? null", "d y? 1", "d x? null")))).toBe("true");
});

test("a value that no store could have returned", () => {
  expect(told(causal(history("a x? 1")))).toBe("a read x = 1 at 5 ms, and nobody ever wrote that");
  expect(told(causal(history("b x=1 !fail", "a x? 1")))).toBe(
    "a read x = 1 at 15 ms, but b's write of it at 0 ms failed",
  );
  expect(told(causal(history("a x? 1", "b x=1")))).toBe(
    "a read x = 1 at 5 ms, but b began to write that only at 10 ms",
  );
});

test("a put that is info comes before nothing, and after what its session did before", () => {
  expect(told(causal(history("a x=1 !info", "a x? null", "a x? 1")))).toBe("true");
  expect(told(causal(history("a x=1", "a y=1 !info", "b y? 1", "b x? null")))).toContain(
    "it had to see x = 1",
  );
});

test("a budget that runs out leaves the question open", () => {
  const operations = history("a x=1", "b x=2", "b x? 1", "b x? 1");
  expect(causal(operations, { budget: 1 })).toEqual({
    ok: "unknown",
    why: "the history has more than 1 dependencies: check fewer operations at once, or raise the budget",
  });
});

test("a misuse says what to do", () => {
  expect(() => causal(history("a x=1", "b x=1"))).toThrow(
    "a and b both put 1 into x: put each value into a key once",
  );
  expect(() => causal(history("a x=null"))).toThrow(
    "a puts null into x: null is what a key holds before the first put",
  );
  const record = new History<SessionInput, Json>();
  const [first, second] = [
    record.invoke("a", { type: "get", key: "x" }, 0),
    record.invoke("a", { type: "get", key: "x" }, 1),
  ];
  record.complete(first, "ok", 2, null);
  record.complete(second, "ok", 3, null);
  expect(() => causal(record.operations)).toThrow("a began operation 1 before its operation 0 had ended");
});
