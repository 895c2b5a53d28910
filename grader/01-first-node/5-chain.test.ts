import { test } from "vitest";
import { type NodeId, Solo } from "#lib/sim";
import type { Answer, Ask, Exercise, FrontMessage } from "#protocol/01-first-node";
import * as work from "#work/01-first-node";
import { campaign, claim, same, stage } from "../suite/index.ts";
import { scenarios } from "./scenarios.ts";

const exercise: Exercise = work;

/** A front alone: marginMs is 50, the backend is b1, the clients are c1 and c2. */
function bench(): Solo<FrontMessage, never> {
  const front = new exercise.Front({ backend: "b1", marginMs: 50 });
  return new Solo<FrontMessage, never>(front, { self: "f1", peers: ["b1", "c1", "c2"] });
}

function ask(client: NodeId, request: number, withinMs = 500): Ask {
  return { type: "Ask", client, request, counter: "seats", amount: -2, withinMs };
}

function ok(client: NodeId, request: number, value: number): Answer {
  return { type: "Answer", client, request, outcome: "ok", value };
}

/** What the front sent, as text: `Answer ok 7 to c1 (request 3)`. */
function told(sent: readonly { to: NodeId; message: FrontMessage }[]): string {
  if (sent.length === 0) return "nothing";
  const lines = sent.map(({ to, message }) => {
    const { request, client } = message;
    const whose = client === to ? `request ${request}` : `request ${request} of ${client}`;
    if (message.type === "Ask") return `Ask within ${message.withinMs} ms to ${to} (${whose})`;
    return `Answer ${message.outcome}${message.value === null ? "" : ` ${message.value}`} to ${to} (${whose})`;
  });
  return lines.join(", ");
}

test("an Ask is passed on at once, for the client that asked", () => {
  const front = bench();
  const sent = front.receive("c1", ask("c1", 7));
  claim(
    sent.length === 1 && sent[0]?.to === "b1",
    `c1 asked f1, which should ask b1 and nobody else: it sent ${told(sent)}.`,
  );
  const { withinMs: _, ...rest } = (sent[0] as { message: FrontMessage }).message as Ask;
  same(
    rest,
    { type: "Ask", client: "c1", request: 7, counter: "seats", amount: -2 },
    "What f1 asked b1, apart from the time",
  );
});

test("no more time is passed on than is left (invariant 8)", () => {
  const front = bench();
  front.advance(1000);
  for (const [request, withinMs] of [
    [1, 500],
    [2, 80],
    [3, 51],
  ] as const) {
    const sent = front.receive("c1", ask("c1", request, withinMs));
    const passed = (sent[0]?.message as Ask | undefined)?.withinMs;
    claim(
      passed === withinMs - 50,
      `c1 waits ${withinMs} ms, and f1 keeps 50 of them for its own answer, so b1 has ${withinMs - 50} ms: f1 sent ${told(sent)}.`,
    );
  }
});

test("when nothing is left, the front says so and asks nobody (invariants 4 and 8)", () => {
  for (const withinMs of [50, 20, 0, -5]) {
    const front = bench();
    const sent = front.receive("c1", ask("c1", 1, withinMs));
    same(
      told(sent),
      "Answer info to c1 (request 1)",
      `What f1 sent for an Ask with ${withinMs} ms, of which it keeps 50`,
    );
  }
});

test("the backend's answer goes to its client, unchanged", () => {
  const front = bench();
  front.receive("c1", ask("c1", 1));
  front.receive("c1", ask("c1", 2));
  front.advance(30);
  const done = front.receive("b1", ok("c1", 1, 40));
  same(done, [{ to: "c1", message: ok("c1", 1, 40) }], "What f1 sent when b1 answered ok");
  const fail: Answer = { type: "Answer", client: "c1", request: 2, outcome: "fail", value: null };
  const refused = front.receive("b1", fail);
  same(refused, [{ to: "c1", message: fail }], "What f1 sent when b1 answered fail");
});

test("an answer goes to the client that asked, even if another has the same number (invariant 1)", () => {
  const front = bench();
  front.receive("c1", ask("c1", 1));
  front.receive("c2", ask("c2", 1));
  const second = front.receive("b1", ok("c2", 1, 20));
  same(
    told(second),
    "Answer ok 20 to c2 (request 1)",
    "What f1 sent when b1 answered request 1 of c2, while c1 waits for its own request 1",
  );
  const first = front.receive("b1", ok("c1", 1, 10));
  same(
    told(first),
    "Answer ok 10 to c1 (request 1)",
    "What f1 sent when b1 answered request 1 of c1, after that of c2",
  );
});

test("a silent backend is reported as info, in time (invariants 4 and 5)", () => {
  for (const withinMs of [500, 120]) {
    const front = bench();
    front.receive("c1", ask("c1", 1, withinMs));
    const early = front.advance(withinMs - 51).filter(({ to }) => to === "c1");
    same(
      told(early),
      "nothing",
      `What f1 told c1 in the first ${withinMs - 51} ms, while b1 may still answer in time`,
    );
    const sent = front.advance(1);
    claim(
      sent.length > 0,
      `c1 waits ${withinMs} ms. b1 is silent, ${withinMs - 50} ms have passed, and f1 has told c1 nothing: a dead backend has made the front look dead.`,
    );
    claim(
      told(sent) === "Answer info to c1 (request 1)",
      `b1 has not answered in ${withinMs - 50} ms, so nobody knows whether it did what c1 asked. f1 should tell c1 info: it sent ${told(sent)}.`,
    );
  }
});

test("a late answer is not passed on (invariant 5)", () => {
  const front = bench();
  front.receive("c1", ask("c1", 1));
  front.advance(450);
  front.receive("c1", ask("c1", 2));
  const sent = front.receive("b1", ok("c1", 1, 10));
  same(told(sent), "nothing", "What f1 sent when b1 answered request 1, of which f1 had told c1 info");
  const second = front.receive("b1", ok("c1", 2, 8));
  same(
    told(second),
    "Answer ok 8 to c1 (request 2)",
    "What f1 sent when b1 answered request 2, which c1 waits for",
  );
});

test("a request is answered once (invariant 5)", () => {
  const front = bench();
  front.receive("c1", ask("c1", 1));
  front.advance(10);
  front.receive("c1", ask("c1", 1, 490));
  front.receive("b1", ok("c1", 1, 10));
  const again = front.receive("b1", ok("c1", 1, 10));
  same(
    told(again),
    "nothing",
    "What f1 sent when b1 answered for the second time a request that c1 had sent twice",
  );
  const later = front.advance(2000);
  same(told(later), "nothing", "What f1 sent after request 1 was answered");
});

test("an old timer does nothing", () => {
  const front = bench();
  front.receive("c1", ask("c1", 1));
  const stale = front.timers.map(({ timer }) => timer);
  front.receive("b1", ok("c1", 1, 10));
  front.receive("c1", ask("c1", 2));
  for (const timer of stale)
    same(
      told(front.fire(timer)),
      "nothing",
      "What f1 sent when a timer of request 1, which was over, ran out",
    );
  const second = front.receive("b1", ok("c1", 2, 8));
  same(told(second), "Answer ok 8 to c1 (request 2)", "What f1 sent when b1 answered request 2");
});

test("the front retries nothing of its own accord", () => {
  const front = bench();
  front.receive("c1", ask("c1", 1, 3000));
  const waiting = front.advance(2900);
  same(told(waiting), "nothing", "What f1 sent in 2,900 ms of waiting for b1: a retry is the client's");
  const sent = front.receive("c1", ask("c1", 1, 100));
  claim(
    sent.filter(({ to }) => to === "b1").length === 1,
    `c1 asked again, which f1 passes on, once: it sent ${told(sent)}.`,
  );
});

test("a request can be asked again after an info", () => {
  const front = bench();
  front.receive("c1", ask("c1", 1));
  front.advance(450);
  const again = front.receive("c1", ask("c1", 1, 300));
  same(
    told(again),
    "Ask within 250 ms to b1 (request 1 of c1)",
    "What f1 sent when c1 asked again after an info",
  );
  const sent = front.receive("b1", ok("c1", 1, 10));
  same(told(sent), "Answer ok 10 to c1 (request 1)", "What f1 sent when b1 answered the second asking");
  front.receive("c1", ask("c1", 2, 200));
  front.advance(150);
  front.receive("c1", ask("c1", 2, 200));
  same(told(front.advance(150)), "Answer info to c1 (request 2)", "What f1 sent when b1 was silent again");
});

test("one client's silence does not keep another from its answer", () => {
  const front = bench();
  for (let number = 1; number <= 50; number++) front.receive("c1", ask("c1", number));
  front.receive("c2", ask("c2", 1));
  const sent = front.receive("b1", ok("c2", 1, 3));
  same(
    told(sent),
    "Answer ok 3 to c2 (request 1)",
    "What f1 sent when b1 answered c2, while 50 requests of c1 wait",
  );
});

test("the backend dies and the front answers in time", () => {
  stage(scenarios.hidden, exercise);
});

test("an answer that comes after the deadline reaches nobody", () => {
  stage(scenarios.late, exercise);
});

test("every Ask is answered in time and with the truth, whatever becomes of the backend", async () => {
  await campaign(scenarios.chain, exercise);
});
