import { expect, test } from "vitest";
import { linearizable, type Model } from "#lib/check";
import type { Operation } from "#lib/history";
import { type CounterHistory, type HistoryName, histories, type Observed } from "#protocol/01-first-node";
import { layersOf, loadWork } from "./work.ts";

/** A counter whose `add` answers the new value, as that of chapter 01. */
const counter: Model<Observed, number, number> = {
  name: "counter",
  initial: 0,
  step: (sum, { amount }) => ({ state: sum + amount, output: sum + amount }),
};

/** Places instead of times: of what happens at the same ms, the beginnings come first. */
function operationsOf(history: CounterHistory): Operation<Observed, number>[] {
  const moments = history.flatMap(({ beganMs, endedMs }, id) => [
    { id, ms: beganMs, isEnd: false },
    ...(endedMs === null ? [] : [{ id, ms: endedMs, isEnd: true }]),
  ]);
  moments.sort((a, b) => a.ms - b.ms || Number(a.isEnd) - Number(b.isEnd));
  const placeOf = (id: number, isEnd: boolean) =>
    moments.findIndex((it) => it.id === id && it.isEnd === isEnd);
  return history.map((input, id): Operation<Observed, number> => {
    const began = {
      id,
      process: input.client,
      input,
      invokedAt: placeOf(id, false),
      invokedMs: input.beganMs,
    };
    if (input.endedMs === null || input.answer === null) return { ...began, outcome: "info" };
    const { answer: output, endedMs: returnedMs } = input;
    return { ...began, outcome: "ok", output, returnedAt: placeOf(id, true), returnedMs };
  });
}

const slug = "01-first-node";
const work = (await loadWork(layersOf(slug))) as { verdict(name: HistoryName): { possible: boolean } };

test.each(Object.keys(histories) as HistoryName[])(
  "the checker and the solution of chapter 01 agree on %s",
  (name) => {
    const { ok } = linearizable(operationsOf(histories[name]), counter);
    expect(ok).toBe(work.verdict(name).possible);
  },
);
