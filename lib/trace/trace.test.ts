import { expect, test } from "vitest";
import { type Context, type Node, type NodeId, Simulation } from "#lib/sim";
import { formatMessage, formatValue, Trace, tell } from "#lib/trace";

type Message = { type: "Put"; key: string; value: number } | { type: "PutReply"; key: string };

class Store implements Node<Message, string> {
  onMessage(ctx: Context<Message, string>, from: NodeId, message: Message): void {
    if (message.type !== "Put") return;
    ctx.disk.set(message.key, message.value);
    ctx.disk.sync();
    ctx.log("stored");
    ctx.setTimer("tick", 5);
    ctx.send(from, { type: "PutReply", key: message.key });
  }
  onTimer(): void {}
}

function traced(trace: Trace): Simulation {
  const put = (ctx: Context<unknown, unknown>, key: string, value: number) =>
    ctx.send("n1", { type: "Put", key, value });
  const client = {
    onStart(ctx: Context<unknown, unknown>) {
      put(ctx, "x", 7);
      put(ctx, "y", 8);
      put(ctx, "z", 9);
    },
    onMessage() {},
  };
  const adversary = {
    message: (_from: NodeId, to: NodeId, n: number) =>
      to === "n1" ? { lost: n === 1, extraMs: 0, copyMs: n === 0 ? 30 : -1 } : undefined,
    crash: (_node: NodeId, n: number) => (n === 2 ? 1 : undefined),
    downMs: () => 50,
    survivors: () => 0,
  };
  return new Simulation({
    seed: 1,
    recorder: trace,
    adversary,
    nodes: { n1: () => new Store() },
    applications: { c1: client },
  });
}

test("a run is told with real values, losses, copies, crashes and what was written", () => {
  const trace = new Trace();
  traced(trace).runUntil(1000);
  expect(tell(trace)).toEqual([
    "  1      0 ms  c1 ⇢ n1  Put key = y, value = 8  ✗ lost by the network",
    '  2     10 ms  c1 → n1  Put key = x, value = 7  n1 writes x = 7, syncs, says "stored"',
    "  3     10 ms  c1 → n1  Put key = z, value = 9  n1 writes z = 9",
    "  4     10 ms  n1       ✗ crashes after 1 of the 5 effects of its handler",
    "  5     20 ms  n1 → c1  PutReply key = x",
    "  6     40 ms  c1 ⇢ n1  Put key = x, value = 7  ✗ n1 is down",
    "  7     60 ms  n1       restarts",
  ]);
});

test("a story can be kept short, to one subject, or to what led to its end", () => {
  const trace = new Trace();
  const sim = traced(trace);
  sim.runUntil(35);
  sim.violate("claim", "z = 9 was lost");
  expect(tell(trace, { most: 1 })).toEqual([
    "     … 5 of 6 lines are left out",
    expect.stringContaining("  6  "),
  ]);
  expect(tell(trace, { about: ["z"] }).length).toBe(3);
  const past = tell(trace, { pastOnly: true }).join("\n");
  expect(past).toContain("lost by the network");
  expect(past).toContain("✗ z = 9 was lost");
});

test("of lines that come again and again, the first ones are enough", () => {
  const trace = new Trace();
  for (let i = 0; i < 10; i++) trace.add("timer", i, "n1", -1, undefined, "tick");
  expect(tell(trace, { repeats: 2 })).toEqual([
    "     … 8 of 10 lines are left out",
    "  1      0 ms  n1  timer tick",
    "  2      1 ms  n1  timer tick",
  ]);
});

test("an application's timer of which nothing came is left out, and the others keep their numbers", () => {
  const trace = new Trace();
  const tick = (ms: number, actor: string, cause = -1) =>
    trace.add("timer", ms, actor, cause, undefined, "next");
  const first = tick(10, "n1's app");
  const second = tick(20, "n1's app", first);
  const sent = trace.add("send", 20, "n1's app", second, "n1", { type: "Propose" });
  trace.add("message", 20, "n1", sent, "n1's app", { type: "Propose" });
  tick(25, "n1");
  const last = tick(30, "n1's app", second);
  expect(tell(trace)).toEqual([
    "     … 2 of 5 lines are left out: timers of applications, of which nothing came",
    "  2     20 ms  n1's app       timer next",
    "  3     20 ms  n1's app → n1  Propose",
    "  4     25 ms  n1             timer next",
  ]);
  trace.add("violation", 30, "", last, undefined, undefined, "x is lost");
  expect(tell(trace)[4]).toBe("  5     30 ms  n1's app       timer next");
});

test("a trace of more rows than its columns began with keeps them all", () => {
  const trace = new Trace();
  for (let i = 0; i < 5000; i++) trace.add("timer", i, `n${i % 7}`, i - 1, undefined, i);
  expect(trace.length).toBe(5000);
  expect(trace.row(4999)).toEqual({
    number: 4999,
    kind: "timer",
    ms: 4999,
    actor: `n${4999 % 7}`,
    peer: undefined,
    cause: 4998,
    payload: 4999,
    note: undefined,
  });
});

test("values are written as a person would", () => {
  expect(formatMessage({ type: "Store", version: [1, "n1"], row: { a: null, b: "two words" } })).toBe(
    'Store version = [1, n1], row = { a: null, b: "two words" }',
  );
  expect(formatValue("x".repeat(200)).length).toBe(80);
  expect(formatMessage("tick")).toBe("tick");
});
