import { test } from "vitest";
import { canonical } from "#lib/sim";
import { formatMessage, formatValue } from "#lib/trace";
import type { Exercise } from "#protocol/08-clocks";
import * as work from "#work/08-clocks";
import { campaign, claim, same, stage } from "../suite/index.ts";
import { scenarios } from "./scenarios.ts";
import { type Answered, TransactionBench } from "./truetime-bench.ts";
import * as rules from "./truetime-rules.ts";

const { TransactionServer }: Exercise = work;

const bench = (uncertaintyMs?: number) => new TransactionBench(TransactionServer, uncertaintyMs);

const at = ({ committed }: Answered) => committed.timestamp;

test("a transaction is answered with a timestamp, and with what its keys held", () => {
  const n1 = bench();
  const first = n1.done("T1", ["x", "y"]);
  same(first.committed.before, { x: null, y: null }, "What x and y held before the first transaction");
  claim(
    Number.isSafeInteger(at(first)),
    `T1 got the timestamp ${formatValue(at(first))}: a timestamp is a whole number of ms`,
  );
  const second = n1.done("T2", ["y", "z"]);
  same(
    second.committed.before,
    { y: "T1/y", z: null },
    "What y and z held before T2, which came after T1 wrote x and y",
  );
  same(n1.done("T3", ["x", "y"]).committed.before, { x: "T1/x", y: "T2/y" }, "What x and y held before T3");
});

test("an answer goes to the client that asked", () => {
  const n1 = bench();
  n1.ask("T1", ["x"], "c2");
  n1.ask("T2", ["y"], "c3");
  const went = [n1.answered("T1").to, n1.answered("T2").to];
  same(went, ["c2", "c3"], "Where the answers to T1, of c2, and T2, of c3, went");
});

test("a timestamp is no less than the latest that the time can be", () => {
  for (const [errorMs, uncertaintyMs] of [
    [0, 20],
    [-20, 20],
    [15, 20],
    [90, 20],
  ] as const) {
    const n1 = bench(uncertaintyMs);
    n1.solo.clockErrorMs = errorMs;
    const { earliest, latest } = n1.interval;
    const timestamp = at(n1.done("T1", ["x"]));
    claim(
      timestamp >= latest,
      `When T1 came, the clock of n1 said [${earliest}, ${latest}], and T1 got the timestamp ${timestamp}: it should be no less than ${latest}, for a transaction at another server may already have had that (invariant 10)`,
    );
  }
});

test("a timestamp is not much larger than it must be", () => rules.isNotMuchLarger(bench));

test("nobody hears of a timestamp before it is surely past", () => {
  for (const uncertaintyMs of [0, 4, 20, 150]) {
    const n1 = bench(uncertaintyMs);
    const answer = n1.done("T1", ["x"]);
    claim(
      answer.earliestMs > at(answer),
      `n1 answered T1, with the timestamp ${at(answer)}, when the earliest of its clock was ${answer.earliestMs}: that timestamp may not be past yet, and it should be larger (invariant 10)`,
    );
  }
});

test("the wait ends when it may", () => {
  for (const uncertaintyMs of [0, 4, 20, 150]) {
    const n1 = bench(uncertaintyMs);
    const answer = n1.done("T1", ["x"]);
    claim(
      answer.earliestMs <= at(answer) + 10,
      `n1 answered T1, with the timestamp ${at(answer)}, when the earliest of its clock was ${answer.earliestMs}: it might have done so ${answer.earliestMs - at(answer) - 1} ms before, and 10 ms are allowed`,
    );
    claim(
      answer.trueMs <= 1_000 + 2 * uncertaintyMs + 20,
      `T1 came at 1000 ms, the clock of n1 was sure within ${uncertaintyMs} ms to either side, and the answer, with the timestamp ${at(answer)}, was sent at ${answer.trueMs} ms: a wait is about twice that long`,
    );
  }
});

test("the wait goes on when the clock becomes less sure", () => {
  const n1 = bench(10);
  n1.ask("T1", ["x"]);
  n1.advance(15);
  n1.solo.uncertaintyMs = 60;
  const wider = n1.answered("T1");
  claim(
    wider.earliestMs > at(wider),
    `n1's clock was sure within 10 ms when T1 came, and within 60 ms after 15 ms; T1, with the timestamp ${at(wider)}, was answered when its earliest was ${wider.earliestMs}: that may not be past yet (invariant 10)`,
  );
  const other = bench(10);
  other.ask("T1", ["x"]);
  other.advance(5);
  other.solo.clockErrorMs = -80;
  const back = other.answered("T1");
  claim(
    back.earliestMs > at(back),
    `n1's clock was put back by 80 ms while T1, with the timestamp ${at(back)}, waited, and T1 was answered when its earliest was ${back.earliestMs}: that may not be past yet (invariant 10)`,
  );
});

test("who finds a value has the larger timestamp", () => {
  const n1 = bench(40);
  n1.ask("T1", ["x"]);
  n1.advance(1);
  n1.ask("T2", ["x"]);
  const [first, second] = [n1.answered("T1"), n1.answered("T2")];
  same(
    second.committed.before,
    { x: "T1/x" },
    "What T2 found, which came while T1 was waiting, and has x in common with it",
  );
  claim(
    at(second) > at(first),
    `T2 found what T1 had written to x, and has the timestamp ${at(second)}; that of T1 is ${at(first)} (invariant 11)`,
  );
  // The clock becomes surer while T3 waits, and its latest is less than before.
  n1.ask("T3", ["x"]);
  n1.solo.uncertaintyMs = 0;
  n1.ask("T4", ["x"]);
  const [third, fourth] = [n1.answered("T3"), n1.answered("T4")];
  claim(
    fourth.committed.before.x !== "T3/x" || at(fourth) > at(third),
    `T3, with the timestamp ${at(third)}, waited; the clock became surer, so its latest was less than before; then T4 found what T3 had written to x, and has the timestamp ${at(fourth)} (invariant 11)`,
  );
});

test("a timestamp is chosen when a transaction has all it waits for", () => {
  const n1 = bench(30);
  n1.ask("T1", ["x"]);
  n1.advance(3);
  n1.ask("T2", ["x", "y"]);
  n1.advance(3);
  n1.ask("T3", ["y"]);
  const answers = ["T1", "T2", "T3"].map((txn) => n1.answered(txn));
  for (const finder of answers) {
    for (const [key, found] of Object.entries(finder.committed.before)) {
      const writer = answers.find((it) => found === `${it.committed.txn}/${key}`);
      claim(
        !writer || at(writer) < at(finder),
        `T1 wrote x; T2, of x and y, and T3, of y, came after it. ${finder.committed.txn} found what ${writer?.committed.txn} had written to ${key}, and has the timestamp ${at(finder)}; that of ${writer?.committed.txn} is ${writer && at(writer)} (invariant 11)`,
      );
    }
  }
  const [, second, third] = answers as [Answered, Answered, Answered];
  const found = [second.committed.before.y, third.committed.before.y];
  claim(
    canonical(found.sort()) === canonical(["T2/y", null].sort()) ||
      canonical(found) === canonical(["T3/y", null].sort()),
    `T2 and T3 both wrote y, and found ${found.map((it) => it ?? "nothing").join(" and ")} there: one of them came first (invariant 12)`,
  );
});

test("transactions without a common key do not wait for each other", () => {
  const n1 = bench(50);
  n1.ask("T1", ["x"]);
  n1.advance(60);
  n1.ask("T2", ["y"]);
  const { trueMs, committed } = n1.answered("T2");
  claim(
    trueMs <= 1_060 + 2 * 50 + 20,
    `T1, of x, waited when T2, of y, came at 1060 ms; n1's clock is sure within 50 ms to either side, and T2, with the timestamp ${committed.timestamp}, was answered at ${trueMs} ms: its own wait takes about 100 ms`,
  );
});

test("a transaction that comes again is not made again", () => {
  const n1 = bench(20);
  n1.ask("T1", ["x"]);
  n1.advance(5);
  n1.ask("T1", ["x"]);
  const first = n1.answered("T1");
  n1.advance(100);
  const second = n1.done("T2", ["x"]);
  same(second.committed.before, { x: "T1/x" }, "What T2 found after T1 had come twice");
  n1.answers.length = 0;
  const again = n1.done("T1", ["x"], "came again, after its answer had been sent");
  same(again.committed, first.committed, "The answer to T1 when it comes a third time (invariant 12)");
  const third = n1.done("T3", ["x"]);
  same(
    third.committed.before,
    { x: "T2/x" },
    "What T3 found after T1, T2, and a late copy of T1 (invariant 12)",
  );
});

test("a transaction that waits for another may come again, too", () => {
  const n1 = bench(40);
  n1.ask("T1", ["x"]);
  n1.ask("T2", ["x"], "c2");
  n1.advance(3);
  n1.ask("T2", ["x"], "c2");
  n1.answered("T1");
  n1.answered("T2");
  n1.advance(300);
  const words = new Set(
    n1.answers.filter((it) => it.committed.txn === "T2").map((it) => formatMessage(it.committed)),
  );
  claim(
    words.size === 1,
    `T2 came twice while T1 had x, and was answered with ${[...words].join(" and ")}: it is made once (invariant 12)`,
  );
  same(
    n1.done("T3", ["x"]).committed.before,
    { x: "T2/x" },
    "What T3 found after T1 and T2, of which T2 came twice (invariant 12)",
  );
});

test("what was answered survives a crash", () => {
  const n1 = bench(20);
  const first = n1.done("T1", ["x", "y"]);
  n1.crash();
  n1.answers.length = 0;
  const again = n1.done("T1", ["x", "y"], "was answered, n1 crashed, T1 came again");
  same(again.committed, first.committed, "The answer to T1 after a crash (invariant 12)");
  same(
    n1.done("T2", ["x", "y"]).committed.before,
    { x: "T1/x", y: "T1/y" },
    "What T2 found after T1 was answered and n1 crashed (invariant 12)",
  );
});

test("a crash makes no transaction in part", () => rules.makesNothingInPart(bench));

test("a wait that a crash interrupts is not cut short", () => {
  const n1 = bench(60);
  n1.ask("T1", ["x"]);
  n1.advance(10);
  n1.crash();
  n1.ask("T1", ["x"]);
  const answer = n1.answered("T1");
  claim(
    answer.earliestMs > at(answer),
    `T1 came, n1 crashed 10 ms later, T1 came again, and n1 answered it with the timestamp ${at(answer)} when the earliest of its clock was ${answer.earliestMs}: that may not be past yet (invariant 10)`,
  );
});

test("after a crash timestamps go on from where they were", () => {
  const n1 = bench(80);
  const first = n1.done("T1", ["x"]);
  n1.ask("T2", ["x"]);
  n1.advance(5);
  n1.crash();
  n1.solo.uncertaintyMs = 0;
  const third = n1.done("T3", ["x"]);
  const found = third.committed.before.x;
  n1.ask("T2", ["x"]);
  const second = n1.answered("T2");
  const writer = found === "T2/x" ? second : first;
  claim(
    at(third) > at(writer),
    `T2 came after T1, n1 crashed during its wait, and its clock is sure now. T3 found ${formatValue(found)} in x, and has the timestamp ${at(third)}; that of ${writer.committed.txn} is ${at(writer)} (invariant 11)`,
  );
});

test("of two transactions at two servers, the one that began after the other's end has the larger timestamp", () => {
  stage(scenarios.phone, work, { minCompleted: 2 });
});

test("timestamps are in the order of what happened, whatever goes wrong", async () => {
  await campaign(scenarios.transactions, work, { minCompleted: 20 });
});
