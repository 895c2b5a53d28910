import { expect, test } from "vitest";
import { app, type Context, type Node, type NodeId, type SimEvent, Simulation } from "#lib/sim";

type Message = { type: "Ping"; n: number } | { type: "Pong"; n: number };

class Server implements Node<Message> {
  onMessage(ctx: Context<Message>, from: NodeId, message: Message): void {
    if (message.type === "Ping") ctx.send(from, { type: "Pong", n: message.n });
  }
}

class Client implements Node<Message> {
  onStart(ctx: Context<Message>): void {
    ctx.send("n1", { type: "Ping", n: 1 });
  }
  onMessage(ctx: Context<Message>, _from: NodeId, message: Message): void {
    if (message.n < 100) ctx.send("n1", { type: "Ping", n: message.n + 1 });
  }
}

function pingPong(seed: number): Simulation {
  return new Simulation({ seed, nodes: { n1: () => new Server(), c1: () => new Client() } });
}

test("two equal runs have equal hashes", () => {
  const [first, second] = [pingPong(1), pingPong(1)];
  first.runUntil(10_000);
  second.runUntil(10_000);
  expect(first.eventCount).toBe(2 + 200);
  expect(first.hash).toBe(second.hash);
});

test("what a node removes from its disk enters the hash, and what an earlier run has written does not", () => {
  const hashOf = (index: number, written: string) => {
    new Simulation({
      seed: 1,
      nodes: { n1: () => ({ onStart: (ctx) => ctx.disk.set("x", written), onMessage() {} }) },
    }).step();
    const onStart = (ctx: Context<unknown, unknown>) => {
      ctx.disk.log.dropHead(index);
      ctx.disk.delete("x");
    };
    const sim = new Simulation({ seed: 1, nodes: { n1: () => ({ onStart, onMessage() {} }) } });
    sim.step();
    return sim.hash;
  };
  expect(hashOf(1, "a")).toBe(hashOf(1, "b"));
  expect(hashOf(1, "a")).not.toBe(hashOf(2, "a"));
});

function failureOf(node: Partial<Node<unknown, unknown>>): string | undefined {
  const sim = new Simulation({ seed: 1, nodes: { n1: () => ({ onMessage() {}, ...node }) } });
  sim.runUntil(1000);
  return sim.failure?.message;
}

test("a message to nobody is refused with the name", () => {
  expect(failureOf({ onStart: (ctx) => ctx.send("n9", {}) })).toBe(
    'n1 sent a message to "n9": there is no such node',
  );
});

test("what is no JSON value is refused, with the remedy, even if the error is caught", () => {
  const message = failureOf({
    onStart(ctx) {
      try {
        ctx.send("n1", { type: "Store", data: new Map() });
      } catch {}
    },
  });
  expect(message).toBe(
    'n1 sent a Map to n1 in "Store": only JSON values can be kept or sent, so use [...it] instead',
  );
});

test.each([
  ["undefined", undefined, "undefined"],
  ["NaN", Number.NaN, "NaN"],
  ["a class instance", new (class Box {})(), "a Box"],
  ["a function", () => 1, "a function"],
])("%s in a message is refused", (_, value, named) => {
  expect(failureOf({ onStart: (ctx) => ctx.send("n1", { type: "T", value }) })).toContain(`n1 sent ${named}`);
});

test("the engine's clock, timers and random numbers are refused while a node runs, and work elsewhere", () => {
  expect(failureOf({ onStart: () => void Math.random() })).toContain("n1 called Math.random: use ctx.random");
  expect(failureOf({ onStart: () => void Date.now() })).toContain(
    "n1 called Date.now: use ctx.setTimer to wait",
  );
  expect(failureOf({ onStart: () => void new Date() })).toContain("n1 called new Date(): use ctx.now");
  expect(Math.random()).toBeLessThan(1);
  expect(new Date(0).getTime()).toBe(0);
});

test("a handler may print", () => {
  expect(failureOf({ onStart: () => console.log("a line from a handler") })).toBeUndefined();
});

test("an async handler is refused", () => {
  expect(failureOf({ onStart: (async () => {}) as () => void })).toContain(
    "onStart of n1 returned a promise",
  );
});

test("an exception stops the run and names the handler", () => {
  const message = failureOf({
    onStart() {
      throw new TypeError("nothing there");
    },
  });
  expect(message).toBe("onStart on n1 threw TypeError: nothing there");
});

test("a timer of 0 ms that sets itself again is a flood, not a hang", () => {
  const again = (ctx: Context<unknown, unknown>) => ctx.setTimer("again", 0);
  expect(failureOf({ onStart: again, onTimer: again })).toContain("is at its 50,000th event at 0 ms");
});

test("setting an equal timer replaces the first, whatever the order of its fields", () => {
  const fired: number[] = [];
  const node: Node<unknown, { kind: string; n: number }> = {
    onStart(ctx) {
      ctx.setTimer({ kind: "a", n: 1 }, 10);
      ctx.setTimer({ n: 1, kind: "a" }, 30);
      ctx.setTimer({ kind: "b", n: 1 }, 20);
      ctx.cancelTimer({ n: 1, kind: "b" });
    },
    onMessage() {},
    onTimer: (ctx) => void fired.push(ctx.now),
  };
  new Simulation({ seed: 1, nodes: { n1: () => node } }).runUntil(100);
  expect(fired).toEqual([30]);
});

class Writer implements Node<{ type: "Go" }> {
  onMessage(ctx: Context<{ type: "Go" }>): void {
    ctx.disk.set("a", 1);
    ctx.disk.set("b", 2);
    ctx.disk.sync();
    ctx.send("c1", { type: "Go" });
  }
}

test.each([0, 1, 2, 3, 4])("a crash after %i effects leaves exactly those", (count) => {
  const got: unknown[] = [];
  const sim = new Simulation({
    seed: 1,
    nodes: { n1: () => new Writer() },
    applications: {
      c1: { onStart: (ctx) => ctx.send("n1", { type: "Go" }), onMessage: (_, __, m) => void got.push(m) },
    },
    adversary: {
      message: () => undefined,
      crash: (_node, n) => (n === 1 ? count : undefined),
      downMs: () => 0,
      survivors: () => 0b10,
    },
  });
  sim.runUntil(1000);
  const { cells } = sim.disk("n1");
  expect(got.length).toBe(count >= 4 ? 1 : 0);
  // Before the sync, only the write whose bit is set survives: the disk may reorder them.
  if (count < 2) expect([...cells]).toEqual([]);
  if (count === 2) expect([...cells]).toEqual([["b", 2]]);
  if (count > 2)
    expect([...cells]).toEqual([
      ["a", 1],
      ["b", 2],
    ]);
  expect(sim.isUp("n1")).toBe(false);
});

test("an application talks to its node inside the machine, and what is between them dies in a crash", () => {
  const heard: string[] = [];
  const node: Node<{ type: string }> = {
    onMessage: (ctx, from, message) => ctx.send(app, { type: `${message.type} from ${from}` }),
  };
  const sim = new Simulation({
    seed: 1,
    nodes: { n1: () => node },
    applications: {
      n1: {
        onStart: (ctx) => ctx.send("n1", { type: "Hello" }),
        onMessage: (_ctx, from, message) =>
          void heard.push(`${(message as { type: string }).type}, says ${from}`),
        onCrash: () => void heard.push("crash"),
      },
    },
  });
  sim.runUntil(5);
  sim.crash("n1");
  sim.runUntil(10);
  expect(heard).toEqual(["Hello from app, says n1", "crash"]);
});

test("stepping from outside gives the same run", () => {
  const inside = pingPong(3);
  inside.runUntil(10_000);
  const outside = pingPong(3);
  const nodes: Record<string, Client | Server> = { n1: new Server(), c1: new Client() };
  for (let pending = outside.next(); pending; pending = outside.next()) {
    const sent: { to: NodeId; message: Message }[] = [];
    const ctx = {
      send: (to: NodeId, message: Message) => void sent.push({ to, message }),
    } as Context<Message>;
    const node = nodes[pending.node] as Node<Message>;
    if (pending.kind === "message") node.onMessage(ctx, pending.from as NodeId, pending.message as Message);
    else node.onStart?.(ctx);
    outside.apply(sent.map(({ to, message }) => ({ effect: "send", to, message, fingerprint: 0 })));
  }
  expect(outside.eventCount).toBe(inside.eventCount);
});

test("a cut link loses what is sent, a mended one carries it", () => {
  const sim = pingPong(1);
  sim.runUntil(105);
  const before = sim.eventCount;
  sim.cut("n1", "c1");
  sim.runUntil(500);
  expect(sim.eventCount - before).toBeLessThanOrEqual(1);
});

test("a paused node handles late what came in the meantime", () => {
  const sim = pingPong(1);
  sim.runUntil(105);
  sim.pause("n1");
  sim.runUntil(1000);
  const paused = sim.eventCount;
  sim.resume("n1");
  sim.runUntil(2000);
  expect(sim.eventCount).toBeGreaterThan(paused + 50);
});

test("runs in flight side by side do not disturb each other", () => {
  const alone = [1, 2, 3].map((seed) => {
    const sim = pingPong(seed);
    sim.runUntil(10_000);
    return sim.hash;
  });
  const together = [1, 2, 3].map(pingPong);
  while (together.map((sim) => sim.step()).some(Boolean));
  expect(together.map((sim) => sim.hash)).toEqual(alone);
});

test("a broken claim stops the run, and can say what its story is about", () => {
  const claims = ["three pongs are too many", { text: "three pongs are too many", about: ["Pong"] }].map(
    (violation) => {
      let pongs = 0;
      const onEvent = (event: SimEvent) =>
        (event.message as Message | undefined)?.type === "Pong" && ++pongs === 3 ? violation : undefined;
      const nodes = { n1: () => new Server(), c1: () => new Client() };
      const sim = new Simulation({ seed: 1, nodes, invariants: [{ name: "few pongs", onEvent }] });
      sim.runUntil(1000);
      return sim.failure;
    },
  );
  const expected = { kind: "invariant", claim: "few pongs", message: "three pongs are too many", ms: 60 };
  expect(claims).toEqual([
    expect.objectContaining(expected),
    expect.objectContaining({ ...expected, about: ["Pong"] }),
  ]);
  expect(claims[0]?.about).toBeUndefined();
});
