import { expect, test } from "vitest";
import { type Deviation, run, scenario } from "#lib/nemesis";
import type { Context, Node, NodeId } from "#lib/sim";
import { story, Trace } from "#lib/trace";

type Message =
  | { type: "Put"; key: string; value: number; note: string }
  | { type: "PutReply"; key: string }
  | { type: "Get"; key: string }
  | { type: "GetReply"; key: string; value: number | null };
type Exercise = { Store: new () => Node<Message, "rest"> };

/** Answers before what it stores is safe. */
class Store implements Node<Message, "rest"> {
  count = 0;
  /** Nobody wants to read what is in it. */
  helper = { count: 0, next: () => 1 };
  onStart(ctx: Context<Message, "rest">): void {
    ctx.setTimer("rest", 90);
  }
  onMessage(ctx: Context<Message, "rest">, from: NodeId, message: Message): void {
    const { type, key } = message;
    if (type === "Put") {
      this.count++;
      this.helper.count++;
      ctx.disk.set({ [`row/${key}`]: { key, value: message.value }, "last writer of this store": from });
      ctx.send(from, { type: "PutReply", key });
      ctx.disk.sync();
    } else if (type === "Get") {
      const row = ctx.disk.get<{ value: number }>(`row/${key}`);
      ctx.send(from, { type: "GetReply", key, value: row?.value ?? null });
    }
  }
  onTimer(ctx: Context<Message, "rest">): void {
    ctx.send("n2", { type: "PutReply", key: "z" });
  }
}

const note = "a long note that nobody needs to read, and which makes every line too wide for a screen";

/** c1 puts x and y and then gets x, from n1, and c2 does so at n2. */
const storing = scenario<Exercise>({
  name: "00/store",
  faults: [],
  faultsMs: 1000,
  healMs: 1000,
  build() {
    let lost: string | undefined;
    const client = (server: NodeId) => ({
      onStart(ctx: Context<unknown, unknown>) {
        ctx.send(server, { type: "Put", key: "x", value: 7, note });
        ctx.send(server, { type: "Put", key: "y", value: 8, note });
        ctx.setTimer("read", 990);
      },
      onTimer: (ctx: Context<unknown, unknown>) => ctx.send(server, { type: "Get", key: "x" }),
      onMessage(_ctx: Context<unknown, unknown>, from: NodeId, message: unknown) {
        const { type, value } = message as { type: string; value: number };
        if (type === "GetReply" && value !== 7) lost ??= `${from} has lost x = 7`;
      },
    });
    return {
      nodes: { n1: (work) => new work.Store(), n2: (work) => new work.Store() },
      applications: { c1: client("n1"), c2: client("n2") },
      invariants: [{ name: "nothing is lost", onEvent: () => lost && { text: lost, about: ["x"] } }],
      eventually: { "it ends": () => "it has not ended" },
      completed: () => 1,
    };
  },
});

function traced(deviations: Deviation[]): { trace: Trace; deviations: Deviation[] } {
  const trace = new Trace({ states: true });
  run(storing, { Store }, { seed: 1, deviations, recorder: trace });
  return { trace, deviations };
}

const fault = (kind: string, entity: string, count: number, value = 1): Deviation => ({
  kind,
  entity,
  count,
  value,
});

test("what struck is told with its effect, what led to the end in causal order, and what nodes knew", () => {
  // n1's handlers: its start, the Put of x, the Put of y.
  const { trace, deviations } = traced([fault("crash", "n1", 1, 2)]);
  expect(story(trace, { about: ["x"], deviations })).toEqual({
    deviations: [
      "n1 crashes at 10 ms, after 2 of the 3 effects of its handler of Put, when it had sent PutReply key = x to c1, and is back at 210 ms",
    ],
    lines: [
      "  1     10 ms  c1 → n1  Put key = x, value = 7, …    n1 writes row/x, last writer of this store",
      "  2     10 ms  n1       ✗ crashes after 2 of the 3 effects of its handler",
      "  3     20 ms  n1 → c1  PutReply key = x",
      "  4     10 ms  c2 → n2  Put key = x, value = 7, …    n2 writes row/x, last writer of this store, syncs",
      "  5     20 ms  n2 → c2  PutReply key = x",
      "  6    210 ms  n1       restarts",
      "  7   1000 ms  c1 → n1  Get key = x",
      "  8   1000 ms  c2 → n2  Get key = x",
      "  9   1000 ms  n2 ⇢ c2  GetReply key = x, value = 7  on its way at the end",
      " 10   1010 ms  n1 → c1  GetReply key = x, value = null  ← the claim falls",
    ],
    knew: ["n1 knew: count = 0", "n2 knew: count = 2; on disk: row/x = { key: x, value: 7 }"],
  });
});

test("without a subject only what led to the end is told", () => {
  const { trace, deviations } = traced([fault("crash", "n1", 1, 2)]);
  const { lines } = story(trace, { deviations });
  expect(lines.length).toBeGreaterThan(4);
  expect(lines.join("\n")).not.toContain("n2");
});

test.each([
  ["drop", "the 2nd message from c1 to n1, Put key = y, value = 8, …, is lost"],
  [
    "delay",
    "the 2nd message from c1 to n1, Put key = y, value = 8, …, takes 40 ms longer and arrives at 50 ms",
  ],
  [
    "dup",
    "the 2nd message from c1 to n1, Put key = y, value = 8, …, is sent twice by the network and arrives at 10 and 50 ms",
  ],
])("a message: %s", (kind, text) => {
  const { trace, deviations } = traced([fault(kind, "c1>n1", 1, 40)]);
  expect(story(trace, { deviations }).deviations).toEqual([text]);
});

test("cuts that go on are one, and all is told in the order in which it struck", () => {
  const { trace, deviations } = traced([
    fault("pause", "n2", 1, 30),
    fault("partition", "all", 0),
    fault("partition", "all", 1),
    fault("one-way", "all", 3),
    fault("partial", "all", 3),
    fault("slow", "n2", 2, 15),
    fault("jump", "n1", 3, -40),
    fault("skew", "n1", 0, 7),
    fault("skip", "c1", 0),
  ]);
  expect(story(trace, { deviations, isMissing: true }).deviations).toEqual([
    "the clock of n1 is 7 ms off",
    "n1 | n2, c1, c2 cannot reach each other from 0 to 500 ms",
    "n2 stands still for 30 ms, at 250 ms",
    "what comes to n2 takes 15 ms longer from 500 to 750 ms",
    "n1 cannot reach n2 from 750 to 1000 ms",
    "n1 and n2 cannot reach each other from 750 to 1000 ms",
    "the clock of n1 jumps by -40 ms, at 750 ms",
  ]);
});

test("what had not been synced and survived is told", () => {
  const { trace, deviations } = traced([
    fault("crash", "n1", 1, 2),
    fault("survive", "n1", 0),
    fault("down", "n1", 0, 30),
  ]);
  expect(story(trace, { deviations, isMissing: true }).deviations).toEqual([
    "n1 crashes at 10 ms, after 2 of the 3 effects of its handler of Put, when it had sent PutReply key = x to c1, of what it had not synced, row/x, … survives, and is back at 40 ms",
  ]);
});

test("a story of what never came ends with that, and does not tell everything again and again", () => {
  const trace = new Trace();
  for (let i = 0; i < 50; i++) trace.add("lost", i, "n1", -1, "c1", { type: "Get", key: "x" }, "n1 is down");
  trace.add("violation", 50, "", -1, undefined, undefined, "c1 has no answer");
  expect(story(trace, { isMissing: true }).lines).toEqual([
    "  1      0 ms  c1 ⇢ n1  Get key = x  ✗ n1 is down",
    "  2      1 ms  c1 ⇢ n1  Get key = x  ✗ n1 is down",
    "  3     50 ms           ✗ c1 has no answer",
  ]);
});

test("of a long story the last lines are told, and where the faults struck", () => {
  const { trace, deviations } = traced([fault("crash", "n1", 0, 0)]);
  const { lines } = story(trace, { deviations, most: 4 });
  expect(lines.length).toBe(5);
  expect(lines[0]).toMatch(/^ {5}… \d+ of \d+ lines are left out$/);
  expect(lines[1]).toContain("n1       ✗ crashes");
  expect(lines.at(-1)).toContain("← the claim falls");
});

test("no line is wider than 110 columns", () => {
  const { trace, deviations } = traced([fault("crash", "n1", 1, 2)]);
  for (const line of story(trace, { deviations, isMissing: true }).lines)
    expect(line.length).toBeLessThanOrEqual(110);
});
