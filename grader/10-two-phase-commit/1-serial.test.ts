import { test } from "vitest";
import { Stream } from "#lib/random";
import type { Done, Exercise, Step, TransactionHistory } from "#protocol/10-two-phase-commit";
import * as work from "#work/10-two-phase-commit";
import { claim } from "../suite/index.ts";

const { serialOrder }: Exercise = work;

const r = (key: string, value: number): Step => ({ op: "read", key, value });
const w = (key: string, value: number): Step => ({ op: "write", key, value });
const t = (name: string, ...steps: Step[]): Done => ({ name, steps });
const two = { x: 100, y: 100 };

/** "t1: r(x)=100 w(x)=90", with what was there before. */
function told({ before, transactions }: TransactionHistory): string {
  const lines = transactions.map(({ name, steps }) => {
    const all = steps.map(({ op, key, value }) => `${op === "read" ? "reads" : "writes"} ${key} = ${value}`);
    return `${name} ${all.join(", ")}`;
  });
  const start = Object.entries(before).map(([key, value]) => `${key} = ${value}`);
  return `Before: ${start.join(", ")}. ${lines.join("; ")}.`;
}

/** Why a history cannot have run in this order; undefined if it can. */
function objection(
  { before, transactions }: TransactionHistory,
  order: readonly string[],
): string | undefined {
  const names = transactions.map(({ name }) => name).sort();
  if (JSON.stringify([...order].sort()) !== JSON.stringify(names)) {
    return `an order has each of ${names.join(", ")} once`;
  }
  const database: { [key: string]: number } = { ...before };
  for (const name of order) {
    for (const { op, key, value } of transactions.find((it) => it.name === name)?.steps ?? []) {
      if (op === "write") database[key] = value;
      else if (database[key] !== value)
        return `${name} would read ${key} = ${database[key]}, and it read ${value}`;
    }
  }
  return undefined;
}

function ask(history: TransactionHistory): string[] | null {
  const text = JSON.stringify(history);
  const answer: unknown = serialOrder(history);
  claim(
    JSON.stringify(history) === text,
    `serialOrder changed the history that it was given. ${told(history)}`,
  );
  claim(
    answer === null || Array.isArray(answer),
    `serialOrder gave ${JSON.stringify(answer)}: it gives a list of names, or null`,
  );
  return answer as string[] | null;
}

function hasOrder(history: TransactionHistory): void {
  const answer = ask(history);
  claim(answer !== null, `${told(history)} serialOrder gave null, and there is an order (invariant 1).`);
  const why = objection(history, answer);
  claim(why === undefined, `${told(history)} serialOrder gave ${answer.join(", ")}: ${why}.`);
}

function hasNone(history: TransactionHistory, why: string): void {
  const answer = ask(history);
  const objected = answer === null ? "" : objection(history, answer);
  claim(
    answer === null,
    `${told(history)} ${why}, so there is no order (invariant 1). serialOrder gave ${answer?.join(", ")}: ${objected}.`,
  );
}

test("transactions that ran one at a time have an order, wherever they stand in the list", () => {
  hasOrder({ before: two, transactions: [] });
  hasOrder({
    before: two,
    transactions: [t("t1", r("x", 100), w("x", 90)), t("t2", r("x", 90), w("x", 80))],
  });
  hasOrder({
    before: two,
    transactions: [t("t1", r("x", 90), w("x", 80)), t("t2", r("x", 100), w("x", 90))],
  });
  hasOrder({ before: two, transactions: sevenInARow(94) });
  hasNone({ before: two, transactions: sevenInARow(93) }, "t7 read x = 93, which nobody but t7 wrote");
});

/** Seven that count x down from 100, the last one first in the list; the last found this, and left 93. */
function sevenInARow(lastRead: number): Done[] {
  const six = [1, 2, 3, 4, 5, 6].map((i) => t(`t${i}`, r("x", 101 - i), w("x", 100 - i)));
  return [t("t7", r("x", lastRead), w("x", 93)), ...six.reverse()];
}

test("one that read what was there before comes before those who changed it", () => {
  const audit = t("audit", r("x", 100), r("y", 100));
  hasOrder({
    before: two,
    transactions: [t("t1", r("x", 100), w("x", 90), r("y", 100), w("y", 110)), audit],
  });
  hasOrder({
    before: two,
    transactions: [t("t1", w("x", 1)), t("t2", w("y", 2)), t("t3", r("x", 1), r("y", 100))],
  });
});

test("two changes that did not know of each other have no order", () => {
  const transactions = [t("t1", r("x", 100), w("x", 90)), t("t2", r("x", 100), w("x", 80))];
  hasNone(
    { before: two, transactions },
    "t1 and t2 both read x = 100 and changed it: whoever is second read too early",
  );
});

test("an audit that saw half of a transfer has no order", () => {
  const transfer = t("t1", r("x", 100), w("x", 60), r("y", 100), w("y", 140));
  hasNone(
    { before: two, transactions: [transfer, t("audit", r("x", 60), r("y", 100))] },
    "The audit saw t1's x and not its y",
  );
  hasNone(
    { before: two, transactions: [transfer, t("audit", r("x", 100), r("y", 140))] },
    "The audit saw t1's y and not its x",
  );
});

test("two that each read what the other was about to change have no order", () => {
  const transactions = [
    t("t1", r("x", 100), r("y", 100), w("x", -50)),
    t("t2", r("x", 100), r("y", 100), w("y", -50)),
  ];
  hasNone({ before: two, transactions }, "t1 did not see t2's y, and t2 did not see t1's x");
});

test("a value that nobody left there has no order", () => {
  hasNone({ before: two, transactions: [t("t1", r("x", 7))] }, "Nobody wrote x = 7");
  const transactions = [t("t1", w("x", 1), w("x", 2)), t("t2", r("x", 1))];
  hasNone({ before: two, transactions }, "t1 wrote x = 1 and then x = 2, so nobody after it finds 1");
});

test("a transaction reads its own writes", () => {
  hasOrder({ before: two, transactions: [t("t1", r("x", 100), w("x", 5), r("x", 5), w("x", 6))] });
  hasNone(
    { before: two, transactions: [t("t1", w("x", 5), r("x", 100))] },
    "t1 had written x = 5 when it read x = 100",
  );
});

test("a knot of three has no order, though any two of them have one", () => {
  const before = { x: 0, y: 0, z: 0 };
  const knot = [t("t1", r("x", 0), w("y", 1)), t("t2", r("y", 0), w("z", 1)), t("t3", r("z", 0), w("x", 1))];
  for (const left of knot) hasOrder({ before, transactions: knot.filter((it) => it !== left) });
  hasNone(
    { before, transactions: knot },
    "t1 comes before t3, which changed x; t3 before t2; and t2 before t1",
  );
});

test("of many histories, an order is found exactly where there is one", () => {
  let withOrder = 0;
  let without = 0;
  for (let seed = 1; seed <= 120; seed++) {
    const history = randomHistory(new Stream(seed, "histories"));
    if (isPossible(history)) {
      withOrder++;
      hasOrder(history);
    } else {
      without++;
      hasNone(history, "All orders were tried");
    }
  }
  claim(
    withOrder > 20 && without > 20,
    `The random histories prove little: ${withOrder} with an order, ${without} without`,
  );
});

function isPossible(history: TransactionHistory): boolean {
  const names = history.transactions.map(({ name }) => name);
  const tryAll = (order: readonly string[]): boolean =>
    order.length === names.length
      ? objection(history, order) === undefined
      : names.some((name) => !order.includes(name) && tryAll([...order, name]));
  return tryAll([]);
}

/** Transactions that ran one at a time; in half of the histories one read then finds something else. */
function randomHistory(random: Stream): TransactionHistory {
  const keys = ["x", "y", "z"];
  const before = { x: 0, y: 0, z: 0 };
  const database: { [key: string]: number } = { ...before };
  const all = Array.from({ length: random.between(3, 5) }, (_, i) => {
    const steps = Array.from({ length: random.between(1, 3) }, (): Step => {
      const key = random.pick(keys);
      if (random.chance(0.6)) return r(key, database[key] as number);
      database[key] = random.int(4);
      return w(key, database[key] as number);
    });
    return t(`t${i + 1}`, ...steps);
  });
  const spoilt = random.chance(0.6) ? random.int(all.length) : -1;
  const transactions = all.map(({ name, steps }, i) =>
    i === spoilt
      ? t(name, ...steps.map((step) => ({ ...step, value: step.op === "read" ? random.int(4) : step.value })))
      : t(name, ...steps),
  );
  return { before, transactions: random.chance(0.5) ? [...transactions].reverse() : transactions };
}
