import { test } from "vitest";
import type { Exercise } from "#protocol/01-first-node";
import * as work from "#work/01-first-node";
import { claim, same } from "../suite/index.ts";
import { addOf, ServerBench, told } from "./server-bench.ts";

const exercise: Exercise = work;

function bench(): ServerBench {
  return new ServerBench(() => new exercise.Server());
}

test("an Add is answered with the new value", () => {
  const server = bench();
  const first = server.add("c1", 1, "seats", 5);
  claim(
    first[0]?.message.type === "Counted" && first[0].message.value === 5,
    `c1 added 5 to seats, which was 0, and should be told Counted 5: s1 sent ${told(first)}.`,
  );
  const second = server.add("c1", 2, "seats", -2);
  claim(
    second[0]?.message.type === "Counted" && second[0].message.value === 3,
    `c1 added -2 to seats, which was 5, and should be told Counted 3: s1 sent ${told(second)}.`,
  );
});

test("a reply carries the number of its request", () => {
  const server = bench();
  for (const number of [7, 3, 12]) {
    const [sent] = number === 3 ? server.read("c1", 3, "seats") : server.add("c1", number, "seats", 1);
    same(sent?.message.request, number, `The number in the reply to request ${number}`);
  }
  const [refused] = server.add("c1", 20, "seats", -100);
  same(refused?.message.request, 20, "The number in the reply to request 20, which takes 100 from 2");
});

test("a reply goes to the node that asked", () => {
  const server = bench();
  for (const client of ["c2", "c1", "c3"]) {
    const sent = server.add(client, 1, "seats", 1);
    claim(sent[0]?.to === client, `${client} asked, so ${client} should be answered: s1 sent ${told(sent)}.`);
  }
});

test("a Read is answered with the value and changes nothing", () => {
  const server = bench();
  server.add("c1", 1, "seats", 4);
  for (const request of [1, 2]) {
    const sent = server.read("c2", request, "seats");
    claim(
      sent[0]?.message.type === "Counted" && sent[0].message.value === 4,
      `seats is 4, and c2 read it for the ${request === 1 ? "first" : "second"} time: s1 sent ${told(sent)}.`,
    );
  }
});

test("a counter that was never added to is 0", () => {
  const server = bench();
  const sent = server.read("c1", 1, "rows");
  claim(
    sent[0]?.message.type === "Counted" && sent[0].message.value === 0,
    `Nobody has added to rows, so a Read should be told Counted 0: s1 sent ${told(sent)}.`,
  );
});

test("counters with different names are apart", () => {
  const server = bench();
  server.add("c1", 1, "seats", 4);
  server.add("c2", 1, "rows", 9);
  server.add("c1", 2, "seats", 1);
  same(server.valueOf("seats"), 5, "seats, after 4 and 1 were added to it and 9 to rows");
  same(server.valueOf("rows"), 9, "rows, after 9 was added to it and 5 to seats");
});

test("an Add that would take a counter below 0 is refused and changes nothing", () => {
  const server = bench();
  server.add("c1", 1, "seats", 3);
  const sent = server.add("c1", 2, "seats", -4);
  claim(
    sent[0]?.message.type === "Refused",
    `seats is 3, and c1 would take 4: that is Refused, but s1 sent ${told(sent)}.`,
  );
  same(server.valueOf("seats"), 3, "seats, after an Add of -4 was refused");
  const all = server.add("c1", 3, "seats", -3);
  claim(
    all[0]?.message.type === "Counted" && all[0].message.value === 0,
    `seats is 3, and c1 takes 3, which leaves 0 and is allowed: s1 sent ${told(all)}.`,
  );
});

test("every request gets exactly one reply", () => {
  const server = bench();
  for (const [what, sent] of [
    ["an Add", server.add("c1", 1, "seats", 2)],
    ["a Read", server.read("c1", 2, "seats")],
    ["an Add that cannot be done", server.add("c1", 3, "seats", -9)],
  ] as const) {
    claim(sent.length === 1, `s1 got ${what} and should send one reply: it sent ${told(sent)}.`);
  }
});

test("a value that was told survives a crash (invariant 2)", () => {
  const server = bench();
  server.add("c1", 1, "seats", 5);
  server.add("c2", 1, "rows", 2);
  server.crash();
  same(server.valueOf("seats"), 5, "seats, which c1 was told is 5, after s1 crashed and started again");
  server.add("c1", 2, "seats", 1);
  server.crash();
  same(server.valueOf("seats"), 6, "seats, which c1 was told is 6, after s1 crashed a second time");
});

test("no reply goes out before its value is safe (invariant 2)", () => {
  for (const survive of ["none", "all"] as const) {
    for (let count = 0; count < 20; count++) {
      const server = bench();
      server.add("c1", 1, "seats", 5);
      const { sent, when } = server.addAndCrash("c1", addOf(2, "seats", 2), count, survive);
      const value = server.valueOf("seats");
      claim(
        sent.length === 0 || value === 7,
        `s1 sent ${told(sent)} and crashed ${when}. After its restart seats is ${value}: the reply had left before the value was safe.`,
      );
      claim(
        value === 5 || value === 7,
        `seats was 5, an Add of 2 came, and s1 crashed ${when}: seats is ${value} now, neither 5 nor 7.`,
      );
    }
  }
});
