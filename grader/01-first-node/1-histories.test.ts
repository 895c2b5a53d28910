import { test } from "vitest";
import { Stream } from "#lib/random";
import {
  type CounterHistory,
  type Exercise,
  type HistoryName,
  histories,
  type Observed,
} from "#protocol/01-first-node";
import * as work from "#work/01-first-node";
import { claim } from "../suite/index.ts";
import { anOrder, listed, objection, orders, told, without } from "./judge.ts";

const exercise: Exercise = work;

/** Holds one answer of `explains` against the right one. */
function judge(history: CounterHistory, order: readonly string[]): void {
  const why = objection(history, order);
  const answer: unknown = exercise.explains(history, order);
  const text = `explains(history, [${order.join(", ")}]) returned ${JSON.stringify(answer)}, and should return`;
  const reason = why?.replace("your order", "this order") ?? "every client was told what this order gives";
  claim(answer === (why === undefined), `${text} ${why === undefined}: ${reason}.\n${listed(history)}`);
}

function check(name: HistoryName): void {
  const history: CounterHistory = histories[name];
  const verdict: unknown = exercise.verdict(name);
  const answer = (verdict ?? {}) as { possible?: unknown; order?: unknown; blame?: unknown };
  if (answer.possible === true) {
    claim(
      Array.isArray(answer.order),
      `${name}: a verdict { possible: true } needs an order, a list of names, and yours is ${JSON.stringify(verdict)}.`,
    );
    const why = objection(history, answer.order as string[]);
    claim(
      why === undefined,
      `${name}: one machine cannot have worked in the order [${(answer.order as string[]).join(", ")}]: ${why} (${told(history)}).`,
    );
    return;
  }
  claim(
    answer.possible === false,
    `${name}: a verdict has possible: true or possible: false, and yours is ${JSON.stringify(verdict)}.`,
  );
  claim(
    anOrder(history) === undefined,
    `${name}: you say that no order explains it, and there is one (${told(history)}).`,
  );
  const blamed = history.find((operation) => operation.name === answer.blame);
  claim(
    blamed !== undefined && blamed.answer !== null,
    `${name}: blame names an operation that was answered, and ${JSON.stringify(answer.blame)} is none (${told(history)}).`,
  );
  claim(
    anOrder(without(history, (blamed as Observed).name)) !== undefined,
    `${name}: ${blamed?.name} is not the one to blame: had it been told any other value, there would still be no order (${told(history)}).`,
  );
}

test("an order explains a history if it gives every answer", () => {
  judge(histories.quiet, ["a", "b"]);
  judge(histories.stale, ["a", "b"]);
  judge(histories.knot, ["b", "c", "a", "d"]);
  judge(histories.knot, ["a", "b", "c", "d"]);
});

test("what ended before another began comes first", () => {
  judge(histories.stale, ["b", "a"]);
  judge(histories.flicker, ["c", "a", "b"]);
});

test("of two operations that overlap, either may come first", () => {
  judge(histories.overlap, ["b", "a"]);
  judge(histories.overlap, ["a", "b"]);
  judge(histories.overtake, ["b", "c", "a"]);
  const touching: CounterHistory = [
    { name: "a", client: "c1", does: "add", amount: 1, beganMs: 0, endedMs: 10, answer: 1 },
    { name: "b", client: "c2", does: "read", amount: 0, beganMs: 10, endedMs: 20, answer: 0 },
  ];
  judge(touching, ["b", "a"]);
});

test("an operation that was answered has its place in the order", () => {
  judge(histories.quiet, ["a"]);
  judge(histories.overlap, ["b"]);
  judge(histories.quiet, []);
});

test("no operation is done twice, and none is made up", () => {
  const reads = histories.quiet.slice(0, 1);
  judge(reads, ["a"]);
  judge(reads, ["a", "z"]);
  judge(
    [{ name: "r", client: "c1", does: "read", amount: 0, beganMs: 0, endedMs: 5, answer: 0 }],
    ["r", "r"],
  );
});

test("an operation that was never answered may be anywhere after its beginning, or nowhere", () => {
  judge(histories.silence, ["b", "a", "c"]);
  judge(histories.silence, ["b", "c"]);
  judge(histories.never, ["b", "c"]);
  judge(histories.never, ["b", "c", "a"]);
  judge(histories.never, ["a", "b", "c"]);
  const late: CounterHistory = [
    { name: "a", client: "c1", does: "read", amount: 0, beganMs: 0, endedMs: 10, answer: 5 },
    { name: "b", client: "c2", does: "add", amount: 5, beganMs: 20, endedMs: null, answer: null },
  ];
  judge(late, ["b", "a"]);
});

test("every order of some hundred small histories is judged right", () => {
  for (let seed = 0; seed < 150; seed++) {
    const history = randomHistory(new Stream(seed, "history"));
    for (const order of orders(history.map((operation) => operation.name))) judge(history, order);
  }
});

/** Three operations whose answers come from some order, one of them spoilt now and then. */
function randomHistory(random: Stream): CounterHistory {
  let value = 0;
  const names = random.shuffle(["a", "b", "c"]);
  const made = names.map((name): Observed => {
    const isAdd = random.chance(0.6);
    const amount = isAdd ? random.between(1, 3) : 0;
    value += amount;
    const beganMs = random.between(0, 6) * 5;
    const isSilent = isAdd && random.chance(0.3);
    const answer = isSilent ? null : value + (random.chance(0.15) ? 1 : 0);
    const endedMs = isSilent ? null : beganMs + random.between(1, 5) * 5;
    return { name, client: `c${name}`, does: isAdd ? "add" : "read", amount, beganMs, endedMs, answer };
  });
  return made.sort((a, b) => (a.name < b.name ? -1 : 1));
}

test("the verdict on quiet", () => check("quiet"));
test("the verdict on stale", () => check("stale"));
test("the verdict on overlap", () => check("overlap"));
test("the verdict on flicker", () => check("flicker"));
test("the verdict on overtake", () => check("overtake"));
test("the verdict on twins", () => check("twins"));
test("the verdict on silence", () => check("silence"));
test("the verdict on never", () => check("never"));
test("the verdict on ghost", () => check("ghost"));
test("the verdict on twice", () => check("twice"));
test("the verdict on knot", () => check("knot"));
