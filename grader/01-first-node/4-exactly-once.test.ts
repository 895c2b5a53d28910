import { test } from "vitest";
import type { Exercise, Request } from "#protocol/01-first-node";
import * as work from "#work/01-first-node";
import { campaign, claim, same, stage } from "../suite/index.ts";
import { checkApart, checkKept, checkNames, checkOvertaken } from "./memory.ts";
import { scenarios } from "./scenarios.ts";
import { addOf, ServerBench, told } from "./server-bench.ts";

const exercise: Exercise = work;

const make = () => new exercise.OnceServer();

function bench(): ServerBench {
  return new ServerBench(make);
}

test("the first copy of an Add is done and answered", () => {
  const server = bench();
  const first = server.add("c1", 1, "seats", 5);
  same(told(first), "Counted 5 to c1 (request 1)", "What s1 sent after c1 added 5 to seats, which was 0");
  const second = server.add("c1", 2, "seats", -7);
  same(told(second), "Refused to c1 (request 2)", "What s1 sent when c1 would take 7 from 5 seats");
  same(server.valueOf("seats"), 5, "seats, after 5 were added and 7 were refused");
});

test("a further copy changes nothing and gets the same answer (invariant 6)", () => {
  const server = bench();
  const first = server.add("c1", 1, "seats", 5);
  server.add("c2", 9, "seats", 10, 1);
  const again = server.add("c1", 1, "seats", 5);
  const value = server.valueOf("seats");
  claim(
    value === 15,
    `c1 added 5, c2 added 10, and a copy of c1's request 1 came: seats is ${value}, not 15.`,
  );
  same(told(again), told(first), "The answer to the copy of request 1, after c2 had added 10");
});

test("what was refused stays refused (invariants 4 and 6)", () => {
  const server = bench();
  server.add("c1", 1, "seats", -3);
  server.add("c2", 9, "seats", 10, 1);
  const again = server.add("c1", 1, "seats", -3);
  claim(
    again[0]?.message.type === "Refused" && server.valueOf("seats") === 10,
    `c1 was Refused when it would take 3 from 0 seats, and believes that they never will be taken. Then c2 added 10, and a copy of the refused request came: s1 sent ${told(again)}, and seats is ${server.valueOf("seats")}.`,
  );
});

test("what was done stays done (invariant 6)", () => {
  const server = bench();
  server.add("c1", 1, "seats", 10);
  const first = server.add("c1", 2, "seats", -8, 1);
  const again = server.add("c1", 2, "seats", -8, 1);
  same(told(again), told(first), "The answer to a copy of request 2, which took 8 of 10 seats");
});

test("the requests of one client are apart (invariant 6)", () => {
  const server = bench();
  const first = server.add("c1", 1, "seats", 1);
  const second = server.add("c1", 2, "seats", 2, 1);
  const third = server.add("c1", 3, "seats", 4, 1);
  same(
    told(third),
    "Counted 7 to c1 (request 3)",
    "The answer to c1's third request, while it still waits for its first",
  );
  const copies = [addOf(1, "seats", 1), addOf(2, "seats", 2, 1), addOf(3, "seats", 4, 1)].map((copy) =>
    server.solo.receive("c1", copy),
  );
  const value = server.valueOf("seats");
  claim(
    value === 7,
    `c1 waits for requests 1, 2 and 3, which added 1, 2 and 4. Copies of all three came: seats is ${value}, not 7.`,
  );
  for (const [i, answer] of [first, second, third].entries()) {
    same(
      told(copies[i] ?? []),
      told(answer),
      `The answer to the copy of request ${i + 1}, for which c1 still waits`,
    );
  }
});

test("one number of two clients is two requests (invariant 6)", () => {
  const server = bench();
  server.add("c1", 1, "seats", 5);
  const other = server.add("c2", 1, "seats", 2);
  same(
    told(other),
    "Counted 7 to c2 (request 1)",
    "The answer to c2's request 1, which adds 2, after c1's request 1 added 5",
  );
  const again = server.add("c1", 1, "seats", 5);
  same(told(again), "Counted 5 to c1 (request 1)", "The answer to a copy of c1's request 1");
});

test("a Read gives the value of its moment and changes nothing", () => {
  const server = bench();
  server.add("c1", 1, "seats", 5);
  const read: Request = { type: "Read", request: 2, oldest: 2, counter: "seats" };
  same(
    told(server.solo.receive("c1", read)),
    "Counted 5 to c1 (request 2)",
    "The answer to a Read of seats, which is 5",
  );
  server.add("c2", 1, "seats", 1);
  const sent = server.read("c2", 2, "seats");
  same(told(sent), "Counted 6 to c2 (request 2)", "The answer to a Read of seats, which is 6 by now");
});

test("a copy is known after a crash (invariant 6)", () => {
  const server = bench();
  const answers = [
    server.add("c1", 1, "seats", 5),
    server.add("c1", 2, "seats", -9, 1),
    server.add("c2", 1, "seats", 3),
  ];
  server.crash();
  same(server.valueOf("seats"), 8, "seats, which c2 was told is 8, after s1 crashed and started again");
  const again = [
    server.add("c1", 1, "seats", 5),
    server.add("c1", 2, "seats", -9, 1),
    server.add("c2", 1, "seats", 3),
  ];
  for (const [i, answer] of answers.entries()) {
    same(
      told(again[i] ?? []),
      told(answer),
      "The answer to a copy that came after s1 had crashed and started again",
    );
  }
  const value = server.valueOf("seats");
  claim(
    value === 8,
    `5 and 3 were added, s1 crashed, and copies of all requests came: seats is ${value}, not 8.`,
  );
});

test("an Add and the memory of it are safe together or not at all (invariants 2 and 6)", () => {
  for (const survive of ["none", "all"] as const) {
    for (let count = 0, isWhole = false; !isWhole; count++) {
      const server = bench();
      server.add("c2", 1, "seats", 1);
      const cut = server.addAndCrash("c1", addOf(1, "seats", 5), count, survive);
      isWhole = cut.isWhole;
      const between = server.valueOf("seats");
      const again = server.add("c1", 1, "seats", 5);
      const value = server.valueOf("seats");
      const story = `seats was 1. s1 got request 1 of c1, which adds 5, and crashed ${cut.when}; seats was ${between} then. A copy of the request came, s1 sent ${told(again)}, and seats is ${value}`;
      claim(
        value !== 11,
        `${story}: the Add was done twice. The value was on the disk without the memory of the request.`,
      );
      claim(
        value === 6,
        `${story}, not 6: the Add is lost. The memory of the request was on the disk without its value.`,
      );
      same(told(again), "Counted 6 to c1 (request 1)", "The answer to the copy after the crash");
    }
  }
});

test("no answer goes out before what it says is safe (invariants 2 and 4)", () => {
  for (const survive of ["none", "all"] as const) {
    for (let count = 0, isWhole = false; !isWhole; count++) {
      const server = bench();
      server.add("c2", 1, "seats", 1);
      const done = server.addAndCrash("c1", addOf(1, "seats", 5), count, survive);
      isWhole = done.isWhole;
      const value = server.valueOf("seats");
      claim(
        done.sent.length === 0 || value === 6,
        `s1 sent ${told(done.sent)} and crashed ${done.when}. After its restart seats is ${value}: the answer left before its value was safe.`,
      );
    }
    for (let count = 0, isWhole = false; !isWhole; count++) {
      const server = bench();
      const refused = server.addAndCrash("c1", addOf(1, "seats", -5), count, survive);
      isWhole = refused.isWhole;
      if (refused.sent.length === 0) continue;
      server.add("c2", 1, "seats", 9);
      const again = server.add("c1", 1, "seats", -5);
      claim(
        again[0]?.message.type === "Refused",
        `s1 refused request 1 of c1 and crashed ${refused.when}. After its restart c2 added 9 seats, a copy of request 1 came, and s1 sent ${told(again)}: the refusal left before it was safe.`,
      );
    }
  }
});

test("an answer that is waited for is kept, however long ago it was given (invariant 7)", () => {
  const server = bench();
  server.add("c1", 1, "seats", 5);
  for (let hour = 1; hour <= 48; hour++) {
    server.solo.advance(3_600_000);
    if (hour % 24 !== 0) continue;
    for (let i = 1; i <= 200; i++) server.add("c2", hour * 1000 + i, "rows", 1);
    const again = server.add("c1", 1, "seats", 5);
    const value = server.valueOf("seats");
    claim(
      value === 5 && told(again) === "Counted 5 to c1 (request 1)",
      `c1 still waits for the answer to request 1. A copy of it came ${hour} hours after the first, and s1 sent ${told(again)}; seats is ${value}, not 5.`,
    );
  }
});

test("what nobody waits for any more is forgotten (invariant 7)", () => {
  const server = bench();
  for (let number = 1; number <= 600; number++) {
    server.add("c1", number, "seats", number % 5 === 0 ? -1_000_000 : 1);
    if (number % 3 === 0) server.add("c2", number, "rows", 1, number - 6);
    if (number % 50 !== 0) continue;
    const size = sizeOf(server);
    // Two counters, two clients (an observer reads too), and at most four answers that are waited for.
    const limit = 2000 + 200 * (2 + 3 + 4);
    claim(
      size <= limit,
      `After ${number} requests of c1, which waits for one answer at a time, and ${Math.floor(number / 3)} of c2, which waits for at most three, the disk holds ${size} characters: ${limit} would be enough for the counters and for what is waited for.`,
    );
  }
});

function sizeOf(server: ServerBench): number {
  const { cells, entries } = server.solo.disk;
  return JSON.stringify([...cells]).length + JSON.stringify(entries).length;
}

test("a late copy that nobody waits for does nothing (invariant 6)", () => {
  const server = bench();
  server.add("c1", 1, "seats", 5);
  server.add("c1", 2, "seats", 1, 2);
  const late = server.add("c1", 1, "seats", 5);
  const value = server.valueOf("seats");
  claim(
    value === 6,
    `c1's request 2 said that it waits for nothing below 2. Then a late copy of its request 1 came, and seats is ${value}, not 6: the Add was done again.`,
  );
  same(told(late), "nothing", "What s1 sent for a late copy of request 1, whose answer nobody waits for");
  server.crash();
  server.add("c1", 1, "seats", 5);
  same(
    server.valueOf("seats"),
    6,
    "seats, after s1 crashed, started again, and got one more late copy of request 1",
  );
});

test("a late message does not bring an old oldest back (invariant 6)", () => {
  const server = bench();
  server.add("c1", 1, "seats", 1);
  server.add("c1", 4, "seats", 2, 4);
  server.add("c1", 5, "seats", 4, 1);
  server.add("c1", 1, "seats", 1);
  server.add("c1", 2, "seats", 8, 1);
  const value = server.valueOf("seats");
  claim(
    value === 7,
    `A copy of c1's request 4 said oldest: 4. Request 5, which c1 had sent before that copy, said oldest: 1 and came after it; then came late copies of requests 1 and 2. They do nothing, so seats should be 7, and is ${value}.`,
  );
});

test("a request that is not below oldest is done, in whatever order it comes (invariant 6)", () =>
  checkOvertaken(make));

test("an answer from oldest on is kept, whatever its number (invariant 7)", () => checkKept(make));

test("two clients are apart, whatever their names (invariants 6 and 7)", () => checkApart(make));

test("a counter may have any name", () => checkNames(make));

test("a lost reply does not count twice", () => {
  stage(scenarios.copies, exercise);
});

test("a crash between the disk and the reply does not count twice", () => {
  stage(scenarios.between, exercise);
});

test("every Add counts at most once and every answer is true, whatever the network and the crashes do", async () => {
  await campaign(scenarios.once, exercise);
});
