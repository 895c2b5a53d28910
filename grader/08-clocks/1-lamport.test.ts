import { test } from "vitest";
import { Stream } from "#lib/random";
import type { Exercise, Stamp } from "#protocol/08-clocks";
import * as work from "#work/08-clocks";
import { campaign, claim, same } from "../suite/index.ts";
import { judgeLamport } from "./judges.ts";
import { scenarios } from "./scenarios.ts";
import { type AnyClock, execute } from "./schedules.ts";

const { createLamportClock, compareStamps, canPrecede }: Exercise = work;

function drivenClock(): AnyClock<number> {
  const clock = createLamportClock();
  return {
    local: () => clock.local(),
    send: () => clock.send(),
    receive: (_, stamp) => clock.receive(stamp),
  };
}

const isPositive = (stamp: number) => Number.isSafeInteger(stamp) && stamp > 0;

test("a timestamp is a whole number above 0", () => {
  const clock = createLamportClock();
  for (const [name, stamp] of [
    ["local()", clock.local()],
    ["send()", clock.send()],
    ["receive(5)", clock.receive(5)],
  ] as const) {
    claim(isPositive(stamp), `${name} gave ${String(stamp)}: a timestamp is a whole number above 0`);
  }
  const first = createLamportClock().local();
  claim(
    isPositive(first),
    `The first timestamp of another clock is ${String(first)}: it should be a whole number above 0`,
  );
});

test("each event of a node has a larger timestamp than the one before it", () => {
  const clock = createLamportClock();
  let last = clock.local();
  let before = `local() gave ${last}`;
  for (const name of ["local", "local", "send", "local", "send", "send", "local"] as const) {
    const stamp = clock[name]();
    claim(
      stamp > last,
      `${before}, and then ${name}() gave ${stamp}: of two events of one node the later has the larger timestamp (invariant 1)`,
    );
    before = `${name}() gave ${stamp}`;
    last = stamp;
  }
});

test("an arrival has a larger timestamp than the sending", () => {
  for (const stamp of [1, 2, 7, 1_000, 2 ** 40]) {
    const clock = createLamportClock();
    clock.local();
    const arrival = clock.receive(stamp);
    claim(
      arrival > stamp,
      `A message with the timestamp ${stamp} came to a node that had had one event, and its arrival has the timestamp ${arrival}: the sending happened before it (invariant 1)`,
    );
    const next = clock.send();
    claim(
      next > arrival,
      `The arrival of a message with the timestamp ${stamp} has ${arrival}, and what the node sent after it has ${next} (invariant 1)`,
    );
  }
});

test("an old message does not put the clock back", () => {
  const clock = createLamportClock();
  let last = clock.receive(40);
  for (const stamp of [39, 40, 3, 41, 1]) {
    const arrival = clock.receive(stamp);
    claim(
      arrival > last,
      `The clock had given ${last}; then a message with the timestamp ${stamp} came, and its arrival has ${arrival}: it comes after an event with ${last} on the same node (invariant 1)`,
    );
    last = arrival;
  }
});

test("who looks at the clock sees no less than what it gave, and less than what it will give", () => {
  const clock = createLamportClock();
  for (let i = 0; i < 20; i++) {
    const stamp = i % 3 === 2 ? clock.receive(10 * i) : clock.local();
    for (let look = 0; look <= i % 3; look++) {
      const time = clock.time();
      claim(
        time >= stamp,
        `The last event had the timestamp ${stamp}, and time() is ${time}: it should be no less`,
      );
      if (look < i % 3) continue;
      const next = clock.send();
      claim(
        next > time,
        `time() was ${time}, and the next event has the timestamp ${next}: it should be larger`,
      );
    }
  }
});

test("two clocks are apart", () => {
  const far = createLamportClock().local() + 1_000_000;
  const [one, other] = [createLamportClock(), createLamportClock()];
  one.receive(far);
  const stamp = other.local();
  claim(
    stamp < far,
    `A clock got a message with the timestamp ${far}, and the first event of another clock, which got none, has ${stamp}: clocks know of each other only by messages`,
  );
});

test("what happened before has the smaller timestamp, in thousands of random executions", () => {
  for (let seed = 1; seed <= 300; seed++) {
    execute({ seed, nodeCount: 2 + (seed % 4), eventCount: 6 + (seed % 20) }, drivenClock, judgeLamport);
  }
  for (const seed of [1001, 1002, 1003]) {
    execute({ seed, nodeCount: 7, eventCount: 4_000 }, drivenClock, judgeLamport);
  }
});

const shown = ({ time, node }: Stamp) => `(${time}, ${node})`;

test("every two stamps have an order, and it is the same from both sides", () => {
  const stamps = [1, 2, 3, 10].flatMap((time) => ["n1", "n2", "n3"].map((node) => ({ time, node })));
  for (const a of stamps) {
    for (const b of stamps) {
      const [there, back] = [compareStamps(a, b), compareStamps(b, a)].map(Math.sign);
      if (a === b) {
        claim(there === 0, `compareStamps of ${shown(a)} with itself is ${there}: it should be 0`);
        continue;
      }
      claim(
        there !== 0,
        `compareStamps of ${shown(a)} and ${shown(b)} is 0: then whatever came first stays first, and two nodes can disagree about the order (invariant 2)`,
      );
      claim(
        there === -(back as number),
        `compareStamps puts ${shown(a)} ${there! < 0 ? "before" : "after"} ${shown(b)}, and asked the other way round, ${back! < 0 ? "after" : "before"} it too (invariant 2)`,
      );
    }
  }
});

test("the smaller time comes first, and of equal times the smaller node", () => {
  const table: [Stamp, Stamp][] = [
    [
      { time: 1, node: "n2" },
      { time: 2, node: "n1" },
    ],
    [
      { time: 9, node: "n1" },
      { time: 10, node: "n1" },
    ],
    [
      { time: 9, node: "n3" },
      { time: 10, node: "n2" },
    ],
    [
      { time: 4, node: "n1" },
      { time: 4, node: "n2" },
    ],
    [
      { time: 4, node: "n10" },
      { time: 4, node: "n9" },
    ],
    [
      { time: 4, node: "Z" },
      { time: 4, node: "a" },
    ],
  ];
  for (const [a, b] of table) {
    claim(
      compareStamps(a, b) < 0,
      `compareStamps of ${shown(a)} and ${shown(b)} is ${compareStamps(a, b)}: ${shown(a)} comes first (invariant 2)`,
    );
  }
});

test("two nodes that heard of the same events in different orders agree on one", () => {
  const random = new Stream(3, "order");
  for (let round = 0; round < 30; round++) {
    const events = ["n1", "n2", "n3", "n4"].flatMap((node) => {
      let time = 0;
      return Array.from({ length: 5 }, () => {
        time += 1 + random.int(3);
        return { time, node };
      });
    });
    const [here, there] = [random.shuffle(events), random.shuffle(events)];
    same(
      there.sort(compareStamps).map(shown),
      here.sort(compareStamps).map(shown),
      "The order of twenty events, sorted by a node that heard of them in another order than a first one (invariant 2)",
    );
  }
});

test("two stamps can prove that an event did not happen before another, and nothing else", () => {
  const table: [Stamp, Stamp, boolean, string][] = [
    [{ time: 3, node: "n1" }, { time: 7, node: "n2" }, true, "3 < 7 leaves it open"],
    [{ time: 7, node: "n1" }, { time: 3, node: "n2" }, false, "if it had, its time would be less"],
    [{ time: 5, node: "n1" }, { time: 5, node: "n2" }, false, "if it had, its time would be less"],
    [{ time: 5, node: "n2" }, { time: 5, node: "n1" }, false, "if it had, its time would be less"],
    [{ time: 2, node: "n1" }, { time: 9, node: "n1" }, true, "they are of one node, in this order"],
    [{ time: 9, node: "n1" }, { time: 2, node: "n1" }, false, "they are of one node, in the other order"],
    [{ time: 4, node: "n1" }, { time: 4, node: "n1" }, false, "it is one and the same event"],
  ];
  for (const [a, b, may, why] of table) {
    claim(
      canPrecede(a, b) === may,
      `canPrecede of ${shown(a)} and ${shown(b)} is ${canPrecede(a, b)}: ${why}`,
    );
  }
});

test("what happened before has the smaller timestamp, on a network where messages are lost, late and repeated", async () => {
  await campaign(scenarios.lamport, work, { minCompleted: 60 });
});
