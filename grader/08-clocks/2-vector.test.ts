import { test } from "vitest";
import { Stream } from "#lib/random";
import { formatValue } from "#lib/trace";
import type { Exercise, Relation, Vector } from "#protocol/08-clocks";
import * as work from "#work/08-clocks";
import { campaign, claim } from "../suite/index.ts";
import { happenedBefore, nameOf } from "./execution.ts";
import { isVector, judgeVector, relation } from "./judges.ts";
import { scenarios } from "./scenarios.ts";
import { type AnyClock, execute } from "./schedules.ts";

const { compareVectors, createVectorClock }: Exercise = work;

function drivenClock(node: string): AnyClock<Vector> {
  const clock = createVectorClock(node);
  return {
    local: () => clock.local(),
    send: () => clock.send(),
    receive: (_, vector) => clock.receive(vector),
  };
}

/** A copy of a vector that a clock gave, if it is one. */
function vectorOf(given: Vector): Vector {
  claim(
    isVector(given),
    `The clock gave ${given instanceof Map ? "a Map" : formatValue(given)}: a vector is an object with a whole number for each node`,
  );
  return { ...given };
}

/** Asks for the relation of two vectors, which nobody may change. */
function compared(a: Vector, b: Vector, expected: Relation, why: string): void {
  const got = compareVectors(Object.freeze({ ...a }), Object.freeze({ ...b }));
  claim(
    got === expected,
    `compareVectors of ${formatValue(a)} and ${formatValue(b)} is ${formatValue(got)}: it should be "${expected}", ${why}`,
  );
}

test("a vector that is less somewhere and more nowhere is before the other", () => {
  const why = "for the first is nowhere more than the second (invariant 3)";
  compared({ n1: 1, n2: 2 }, { n1: 1, n2: 3 }, "before", why);
  compared({ n1: 1, n2: 2, n3: 1 }, { n1: 4, n2: 2, n3: 9 }, "before", why);
  compared({ n1: 9, n2: 9 }, { n1: 10, n2: 9 }, "before", why);
});

test("and then the other is after it", () => {
  const why = "for the first is nowhere less than the second (invariant 3)";
  compared({ n1: 1, n2: 3 }, { n1: 1, n2: 2 }, "after", why);
  compared({ n1: 4, n2: 2, n3: 10 }, { n1: 1, n2: 2, n3: 9 }, "after", why);
});

test("vectors that do not differ are equal", () => {
  const why = "for they do not differ (invariant 3)";
  compared({ n1: 1, n2: 2 }, { n1: 1, n2: 2 }, "equal", why);
  compared({ n1: 1, n2: 2 }, { n2: 2, n1: 1 }, "equal", why);
  compared({}, {}, "equal", why);
});

test("vectors that are less for one node and more for another are concurrent", () => {
  const why = "for it is less for one node and more for another (invariant 3)";
  compared({ n1: 1, n2: 2 }, { n1: 2, n2: 1 }, "concurrent", why);
  compared({ n1: 2, n2: 1 }, { n1: 1, n2: 2 }, "concurrent", why);
  compared({ n1: 1, n2: 9, n3: 9 }, { n1: 2, n2: 1, n3: 1 }, "concurrent", why);
  compared({ n1: 5, n2: 5, n3: 1, n4: 0 }, { n1: 5, n2: 5, n3: 0, n4: 1 }, "concurrent", why);
});

test("a node that is missing has 0", () => {
  const why = "for a missing node has 0 (invariant 3)";
  compared({}, { n1: 1 }, "before", why);
  compared({ n1: 1 }, {}, "after", why);
  compared({ n1: 1 }, { n1: 1, n2: 1 }, "before", why);
  compared({ n1: 1 }, { n2: 1 }, "concurrent", why);
  compared({ n1: 5, n3: 1 }, { n1: 5, n3: 0, n4: 1 }, "concurrent", why);
  compared({ n1: 1, n2: 0 }, { n1: 1 }, "equal", why);
  compared({}, { n1: 0 }, "equal", why);
  compared({ n1: 2, n3: 0 }, { n1: 1, n2: 0 }, "after", why);
});

test("two vectors have one relation, from whichever side one looks", () => {
  const random = new Stream(8, "pairs");
  const some = () => {
    const entries = ["n1", "n2", "n3"].filter(() => random.chance(0.8)).map((node) => [node, random.int(3)]);
    return Object.fromEntries(random.shuffle(entries)) as Vector;
  };
  for (let round = 0; round < 2_000; round++) {
    const [a, b] = [some(), some()];
    compared(a, b, relation(a, b), "by the numbers of each node (invariant 3)");
  }
});

test("each event of a node is after the one before it", () => {
  const clock = createVectorClock("n2");
  let last = vectorOf(clock.local());
  claim(
    relation({}, last) === "before",
    `The first event of n2 has the vector ${formatValue(last)}: n2's own number should be 1 or more`,
  );
  for (const name of ["local", "send", "local", "send", "send"] as const) {
    const vector = vectorOf(clock[name]());
    claim(
      relation(last, vector) === "before",
      `An event of n2 has the vector ${formatValue(last)}, and the next, ${name}(), has ${formatValue(vector)}: the first should be before the second (invariant 3)`,
    );
    last = vector;
  }
});

test("an arrival is after the sending, and after all that the receiver knew", () => {
  const clock = createVectorClock("n2");
  let last = vectorOf(clock.local());
  for (const vector of [{ n1: 3 }, { n1: 1, n3: 2 }, { n4: 1, n2: 1 }, { n1: 3, n3: 7, n4: 2 }]) {
    const arrival = vectorOf(clock.receive(Object.freeze(vector)));
    for (const [what, before] of [
      ["the sending, with", vector],
      ["the event before it on n2, with", last],
    ] as const) {
      claim(
        relation(before, arrival) === "before",
        `A message with the vector ${formatValue(vector)} came to n2, and its arrival has ${formatValue(arrival)}: ${what} ${formatValue(before)}, should be before it (invariant 3)`,
      );
    }
    last = arrival;
  }
});

test("what a clock gave stays as it is", () => {
  const clock = createVectorClock("n2");
  for (const [name, first] of [
    ["local()", () => clock.local()],
    ["send()", () => clock.send()],
    ["receive({ n1: 3 })", () => clock.receive({ n1: 3 })],
  ] as const) {
    const given = first();
    const then = vectorOf(given);
    clock.local();
    clock.receive({ n1: 9, n3: 1 });
    claim(
      relation(then, given) === "equal",
      `${name} of n2 gave ${formatValue(then)}, and after two more events the same object is ${formatValue(given)}: what a clock gave does not change, for it is the vector of that one event (invariant 3)`,
    );
  }
});

test("an event is before another just if it happened before it, in thousands of random executions", () => {
  for (let seed = 1; seed <= 200; seed++) {
    execute({ seed, nodeCount: 2 + (seed % 4), eventCount: 6 + (seed % 20) }, drivenClock, judgeVector);
  }
  execute({ seed: 2001, nodeCount: 6, eventCount: 3_000 }, drivenClock, judgeVector);
});

test("clock and comparison together say of any two events what happened", () => {
  for (let seed = 301; seed <= 306; seed++) {
    const { byNode } = execute({ seed, nodeCount: 4, eventCount: 60 }, drivenClock, () => undefined);
    const events = [...byNode.values()].flat();
    for (const a of events) {
      for (const b of events) {
        const truth =
          a === b ? "equal" : happenedBefore(a, b) ? "before" : happenedBefore(b, a) ? "after" : "concurrent";
        const got = compareVectors(a.stamp, b.stamp);
        claim(
          got === truth,
          `Of the events ${nameOf(a)}, with the vector ${formatValue(a.stamp)}, and ${nameOf(b)}, with ${formatValue(b.stamp)}, compareVectors says "${got}": by what happened it is "${truth}" (invariant 3)`,
        );
      }
    }
  }
});

test("an event is before another just if it happened before it, on a network where messages are lost, late and repeated", async () => {
  await campaign(scenarios.vector, work, { minCompleted: 60 });
});
