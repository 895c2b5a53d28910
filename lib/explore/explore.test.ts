import { expect, test } from "vitest";
import { agreement, type Claim, never, precedence } from "#lib/check";
import { NotImplemented, todo } from "#lib/exercise";
import { type ExploreOptions, explore, type Step } from "#lib/explore";
import { app, type Context, Misuse, type Node, type NodeId } from "#lib/sim";

type Message = { type: "Add"; by: number } | { type: "Sum"; sum: number } | { type: "Tick" };
type Ctx = Context<Message, string>;
type Given = Omit<ExploreOptions, "nodes">;

/** Explores one node `n1` whose handlers these are. */
function alone(node: Partial<Node<Message, string>>, options: Given = {}) {
  const make = () => ({ onMessage: () => {}, ...node });
  return explore({ nodes: { n1: make }, ...options });
}

/** Explores objects of a class. */
function all(nodes: { [id: NodeId]: new () => Node<Message, string> }, options: Given = {}) {
  const make = Object.entries(nodes).map(([id, Class]) => [id, () => new Class()]);
  return explore({ nodes: Object.fromEntries(make), ...options });
}

const neverTold = (sum: number): Claim =>
  never<Message>(`nobody is told ${sum}`, (deed) =>
    deed.deed === "tell" && deed.message.type === "Sum" && deed.message.sum === sum
      ? `${deed.node} was told ${sum}.`
      : undefined,
  );

class Adder implements Node<Message, string> {
  sum = 0;
  onMessage(ctx: Ctx, _from: NodeId, message: Message): void {
    if (message.type !== "Add") return;
    this.sum += message.by;
    ctx.send(app, { type: "Sum", sum: this.sum });
  }
}

const asks = { n1: [1, 2, 4].map((by) => ({ type: "Add", by })) };

test("each ask is made once or never, in any order", () => {
  const found = all({ n1: Adder }, { asks });
  // Sets of asks that were made, and all orders of telling about them: 1 + 3 + 6 + 6, and the state before the start.
  expect(found).toMatchObject({ stopped: "complete", states: 17, depth: 3, merging: "by state" });
  expect(all({ n1: Adder }, { asks, claims: [neverTold(7)] }).violation?.steps.length).toBe(3);
  expect(all({ n1: Adder }, { asks, claims: [neverTold(8)] }).stopped).toBe("complete");
});

class Asker implements Node<Message, string> {
  onStart(ctx: Ctx): void {
    ctx.send("n1", { type: "Add", by: 1 });
  }
  onMessage(): void {}
}

test("a message of the network comes never, once, or again and again", () => {
  const found = all({ n1: Adder, c1: Asker }, { claims: [neverTold(3)] });
  expect(found.violation).toMatchObject({
    text: "n1 was told 3.",
    kind: "invariant",
    claim: "nobody is told 3",
  });
  expect(found.violation?.steps.map(({ kind, from }) => `${kind} ${from}`)).toEqual(
    Array(3).fill("message c1"),
  );
});

test("what a node sends to itself comes once, and dies with it", () => {
  class Thinker extends Adder {
    onStart(ctx: Ctx): void {
      ctx.send("n1", { type: "Add", by: 1 });
      ctx.send("n1", { type: "Add", by: 2 });
    }
  }
  expect(all({ n1: Thinker }, { claims: [neverTold(2), neverTold(4)] }).stopped).toBe("complete");
  expect(all({ n1: Thinker }, { claims: [neverTold(3)] }).stopped).toBe("violation");
  const crashing = all({ n1: Thinker }, { claims: [neverTold(4)], budgets: [{ crashes: 2 }] });
  expect(crashing.stopped).toBe("complete");
});

class Ticker implements Node<Message, string> {
  ticks = 0;
  onStart(ctx: Ctx): void {
    ctx.setTimer("tick", 10);
  }
  onMessage(): void {}
  onTimer(ctx: Ctx): void {
    this.ticks++;
    ctx.setTimer("tick", 10);
  }
}

test("budgets bound what happens in all, on a node, and of a kind", () => {
  const states = (budgets: ExploreOptions["budgets"]) => {
    const found = all({ n1: Ticker, n2: Ticker }, { budgets: budgets ?? [] });
    expect(found.stopped).toBe("complete");
    return found.states - 2;
  };
  expect(states([{ timers: 3 }])).toBe(10);
  expect(states([{ timers: 3 }, { timers: 1, node: "n1" }])).toBe(7);
  expect(
    states([
      { timers: 1, node: "n1" },
      { timers: 2, kind: "tick", node: "n2" },
    ]),
  ).toBe(6);
  const why = all({ n1: Ticker }, { budgets: [{ crashes: 1 }, { timers: 2, kind: "tick", node: "n1" }] }).why;
  expect(why).toBe(
    "Every state was visited that can be reached with 1 crash, 2 timers of kind tick on n1, and messages lost, late, repeated and overtaken in every way.",
  );
});

test("a counter without end stops at the budget of states", () => {
  const found = all({ n1: Ticker, c1: Asker }, { states: 2000 });
  expect(found).toMatchObject({ stopped: "state budget", states: 2000, merging: "by state" });
  expect(found.why).toContain("2000 states were visited");
  expect(found.why).toContain("n1 alone was in");
});

class Writer implements Node<Message, string> {
  onStart(ctx: Ctx): void {
    ctx.send(app, { type: "Sum", sum: ctx.disk.get<number>("a") ?? 0 });
    ctx.send(app, { type: "Sum", sum: 10 + (ctx.disk.get<number>("b") ?? 0) });
  }
  onMessage(ctx: Ctx): void {
    ctx.disk.set("a", 1);
    ctx.disk.set("b", 2);
    ctx.send(app, { type: "Tick" });
    ctx.disk.sync();
  }
}

test("a crash falls between two effects, and loses what is not synced, or any part of it", () => {
  const given: Given = { asks: { n1: [{ type: "Tick" }] }, budgets: [{ crashes: 1 }] };
  const early: Claim = never<Message>("nothing", (deed) =>
    deed.deed === "tell" && deed.message.type === "Tick" ? "told" : undefined,
  );
  expect(all({ n1: Writer }, { ...given, claims: [early] }).violation?.steps.length).toBe(1);
  // b without a: only if any of the writes may survive.
  const torn = {
    name: "b is there only with a",
    broken: (view: Parameters<NonNullable<ExploreOptions["holds"]>[number]["broken"]>[0]) =>
      view.disk("n1").cells.has("b") && !view.disk("n1").cells.has("a") ? "b without a" : undefined,
  };
  expect(all({ n1: Writer }, { ...given, holds: [torn] }).stopped).toBe("complete");
  const any = all({ n1: Writer }, { ...given, holds: [torn], survivors: "any" });
  expect(any.violation).toMatchObject({ text: "b without a", claim: "b is there only with a" });
  expect(any.violation?.steps).toEqual([
    { kind: "ask", node: "n1", from: app, message: { type: "Tick" }, crashAfter: 2, survivors: 2 },
  ]);
});

test("clients do not crash", () => {
  const nodes = { n1: () => new Adder() };
  const clients = { c1: () => new Ticker() };
  const isDown = (id: NodeId) => ({
    name: `${id} is up`,
    broken: (view: { isUp(id: NodeId): boolean }) => (view.isUp(id) ? undefined : `${id} is down`),
  });
  // Behind the second step every node has started.
  const from = { choose: () => undefined };
  const budgets = [{ crashes: 1 }, { timers: 1 }];
  expect(explore({ nodes, clients, from, budgets, holds: [isDown("n1")] }).violation?.text).toBe(
    "n1 is down",
  );
  expect(explore({ nodes, clients, from, budgets, holds: [isDown("c1")] }).stopped).toBe("complete");
  expect(() => explore({ nodes, clients: nodes })).toThrow('"n1" is a node and a client');
});

test("a misuse in a handler is a violation, with the path to it", () => {
  const onMessage = (ctx: Ctx) => ctx.send("n9", { type: "Tick" });
  const { violation } = alone({ onMessage }, { asks });
  expect(violation).toMatchObject({
    kind: "misuse",
    text: 'n1 sent a message to "n9": there is no such node',
  });
  expect(violation?.steps.length).toBe(1);
  const clock = alone({ onMessage: () => void Date.now() }, { asks });
  expect(clock.violation?.text).toContain("n1 called Date.now");
});

test("so is an exception", () => {
  const onMessage = () => {
    throw new RangeError("what now?");
  };
  const { violation } = alone({ onMessage }, { asks });
  expect(violation).toMatchObject({
    kind: "exception",
    text: "onMessage of Add from app on n1 threw RangeError: what now?",
  });
  expect(violation?.error).toBeInstanceOf(RangeError);
});

test("a todo comes through as it was thrown", () => {
  expect(() => alone({ onMessage: () => todo("12.1") }, { asks })).toThrow(NotImplemented);
});

test("a search begins where the steps of a prefix end", () => {
  const nodes = { n1: Adder, c1: Asker };
  const two = (possible: readonly Step[], taken: number) =>
    taken < 2 ? possible.find(({ kind }) => kind === "message") : undefined;
  const found = all(nodes, { from: { choose: two }, claims: [neverTold(4)] });
  expect(found.violation?.steps.length).toBe(4);
  expect(found.depth).toBe(2);
  const forgetful = all(nodes, { from: { choose: two, forgetsMessages: true }, claims: [neverTold(3)] });
  expect(forgetful).toMatchObject({ stopped: "complete", states: 1 });
  expect(() => all(nodes, { from: { choose: () => ({ kind: "crash", node: "n1" }) } })).toThrow(Misuse);
});

test("facts are a part of the state: a claim may look back", () => {
  const claim = precedence<Message>("1 comes before 2", (deed) => {
    if (deed.deed !== "ask" || deed.message.type !== "Add") return undefined;
    const { by } = deed.message;
    return { key: `${by} came`, text: `${by} came`, ...(by === 2 && { after: ["1 came"] }) };
  });
  const forgetful = { onMessage: () => {} };
  const { violation } = alone(forgetful, { asks, claims: [claim] });
  expect(violation?.text).toBe("2 came, and it was not so yet that 1 came.");
  const last = agreement<Message>("one number", (deed) =>
    deed.deed === "ask" && deed.message.type === "Add"
      ? { key: "number", value: deed.message.by, text: `${deed.message.by} came` }
      : undefined,
  );
  expect(alone(forgetful, { asks, claims: [last] }).violation?.steps.length).toBe(2);
});

test("what cannot be explored is refused in a sentence", () => {
  const nodes = { n1: Adder, n2: Adder };
  expect(() => all(nodes, { asks: { n3: [1] } })).toThrow(
    'There is no node "n3" to explore: there are n1, n2',
  );
  expect(() => all(nodes, { budgets: [{ crashes: -1 }] })).toThrow(
    "A budget is a whole number, 0 or more, and -1 is not",
  );
  expect(() => all(nodes, { asks, symmetry: { alike: ["n1", "n2"] } })).toThrow("n1 is not like the others");
  const many = { n1: Array.from({ length: 32 }, (_, by) => ({ type: "Add", by })) };
  expect(() => all(nodes, { asks: many })).toThrow("too many combinations");
});

test("what a node sends to itself is told from its sending on", () => {
  class Thinker extends Adder {
    onStart(ctx: Ctx): void {
      ctx.send("n1", { type: "Add", by: 1 });
      ctx.send("n1", { type: "Add", by: 2 });
    }
  }
  const { violation } = all({ n1: Thinker }, { claims: [neverTold(3)] });
  const rows: string[] = [];
  const add = (kind: string, ms: number, actor: string, cause: number, peer?: string) =>
    rows.push(`${kind} ${ms} ${actor} ${cause} ${peer}`) - 1;
  violation?.record({ add });
  expect(rows).toEqual([
    "start 0 n1 -1 undefined",
    "send 0 n1 0 n1",
    "send 0 n1 0 n1",
    "message 10 n1 1 n1",
    "send 10 n1 3 n1's app",
    "message 10 n1's app 4 n1",
    "message 20 n1 2 n1",
    "send 20 n1 6 n1's app",
    "message 20 n1's app 7 n1",
    "violation 20  6 undefined",
  ]);
});

test("progress is told on the way", () => {
  const seen: number[] = [];
  all({ n1: Ticker, n2: Ticker }, { states: 25_000, onProgress: ({ states }) => seen.push(states) });
  expect(seen.length).toBeGreaterThan(0);
});
