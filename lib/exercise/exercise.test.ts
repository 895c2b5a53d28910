import { afterEach, expect, test } from "vitest";
import {
  enter,
  forgetTodos,
  NotImplemented,
  RunawayLoop,
  reachedTodos,
  resetRounds,
  round,
  roundLimit,
  roundsUsed,
  stoppedAt,
  todo,
} from "#lib/exercise";

afterEach(() => {
  forgetTodos();
  resetRounds();
  stoppedAt();
});

test("a todo is remembered even if its error is caught", () => {
  expect(() => todo("05.2")).toThrow(NotImplemented);
  try {
    todo("05.1");
  } catch {}
  expect(reachedTodos()).toEqual(["05.2", "05.1"]);
  forgetTodos();
  expect(reachedTodos()).toEqual([]);
});

test("rounds and entries are counted alike", () => {
  resetRounds();
  for (let i = 0; i < 10; i++) round("a.ts:1");
  enter("a.ts:2");
  expect(roundsUsed()).toBe(11);
});

test("a loop without an end is stopped, and remembered even if its error is caught", () => {
  resetRounds();
  const spin = () => {
    for (;;) {
      round("a.ts:7");
    }
  };
  expect(spin).toThrow(RunawayLoop);
  expect(roundsUsed()).toBe(roundLimit + 1);
  expect(stoppedAt()).toBe("a.ts:7");
  expect(stoppedAt()).toBeUndefined();
});
