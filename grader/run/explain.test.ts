import { expect, test } from "vitest";
import { RunawayLoop } from "#lib/exercise";
import { explain } from "./explain.ts";

const copy = "Messages and values from the disk are frozen: make a copy, { ...message, … }.";
const copyOfList = "Messages and values from the disk are frozen: make a copy, [...items].";

function thrownBy(change: (message: Loose) => unknown): Error {
  try {
    change(Object.freeze({ type: "Add", request: 1, items: Object.freeze([2, 1]) as number[] }));
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}
interface Loose {
  request?: number;
  more?: number;
  items: number[];
}

test.each<[(message: Loose) => unknown, string]>([
  [(message) => (message.request = 2), copy],
  [(message) => (message.more = 2), copy],
  [(message) => delete message.request, copy],
  [(message) => message.items.push(3), copyOfList],
  [(message) => message.items.pop(), copyOfList],
  [(message) => message.items.sort(), copyOfList],
  [(message) => message.items.splice(0, 1), copyOfList],
  [(message) => (message.items[0] = 3), copyOfList],
])("what is frozen: %s", (change, sentence) => {
  const error = thrownBy(change);
  expect(explain(error).sentence).toBe(sentence);
  const inRun = {
    name: "Broken",
    message: `onMessage of Add from c1 on n1 threw TypeError: ${error.message}`,
  };
  expect(explain(inRun).sentence).toBe(sentence);
});

test("a TypeError of another kind keeps its words", () => {
  const message = "onStart on n1 threw TypeError: Cannot read properties of undefined (reading 'a')";
  expect(explain({ name: "Broken", message }).sentence).toBe(message);
});

test("what ended a run has the sentence that it has elsewhere", () => {
  const run = { name: "Broken", claim: "n1 handles every event", replay: "90/add:1" };
  const inRun = (message: string) => explain({ ...run, message });
  const notLoaded = "exercises/90-counter/add.ts:2 does not parse: expected a semicolon.";
  expect(inRun(`onStart on c1 threw NotLoaded: ${notLoaded}`)).toEqual({
    status: "failed",
    kind: "Broken",
    sentence: notLoaded,
  });
  const overflow = "Maximum call stack size exceeded";
  expect(inRun(`onTimer on n1 threw RangeError: ${overflow}`)).toMatchObject({
    sentence: explain({ name: "RangeError", message: overflow }).sentence,
    replay: "90/add:1",
  });
  const { name, message } = new RunawayLoop("add.ts:3");
  const loop = explain({ name, message }).sentence;
  expect(inRun(`onMessage of Add from c1 on n1 threw RunawayLoop: ${message}`).sentence).toBe(loop);
  expect(inRun("A loop at add.ts:3 had to be stopped, on n1").sentence).toBe(loop);
});

test("what the grader could not decide is nobody's failure", () => {
  const outcome = explain({ name: "Undecided", message: "The search had no end." });
  expect(outcome).toEqual({ status: "error", kind: "Undecided", sentence: "The search had no end." });
});
