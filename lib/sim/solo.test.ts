import { expect, test } from "vitest";
import { type Context, type Disk, Misuse, type Node, type NodeId, Simulation, Solo } from "#lib/sim";

type Message = { type: "Add"; by: number } | { type: "Total"; total: number };

class Adder implements Node<Message, "tick"> {
  total = 0;
  onStart(ctx: Context<Message, "tick">): void {
    this.total = ctx.disk.get<number>("total") ?? 0;
    ctx.setTimer("tick", 100);
  }
  onMessage(ctx: Context<Message, "tick">, from: NodeId, message: Message): void {
    if (message.type !== "Add") return;
    this.total += message.by;
    ctx.disk.set("total", this.total);
    ctx.send("n2", { type: "Total", total: this.total });
    ctx.disk.sync();
    ctx.send(from, { type: "Total", total: this.total });
  }
  onTimer(ctx: Context<Message, "tick">): void {
    ctx.send("n2", { type: "Total", total: this.total });
    ctx.setTimer("tick", 100);
  }
}

const options = { self: "n1", peers: ["n2", "c1"] };

test("a node alone answers a scripted peer, in the order of its effects", () => {
  const n1 = new Solo<Message, "tick">(new Adder(), options);
  const sent = n1.receive("c1", { type: "Add", by: 2 });
  expect(sent.map(({ to }) => to)).toEqual(["n2", "c1"]);
  expect(n1.effects.map(({ effect }) => effect)).toEqual(["write", "send", "sync", "send"]);
  expect(n1.disk.cells.get("total")).toBe(2);
});

test("what was written is seen before it is safe, and gone after a crash", () => {
  class Writer implements Node<Message> {
    onMessage(ctx: Context<Message>, _from: NodeId, message: Message): void {
      ctx.disk.log.append(message);
    }
  }
  const n1 = new Solo<Message>(new Writer(), options);
  n1.receive("c1", { type: "Add", by: 2 });
  expect([n1.disk.entries, n1.written.entries]).toEqual([[], [{ type: "Add", by: 2 }]]);
  n1.crash();
  expect(n1.written.entries).toEqual([]);
});

test("timers run out in time, and again when they set themselves", () => {
  const n1 = new Solo<Message, "tick">(new Adder(), options);
  expect(n1.timers).toEqual([{ timer: "tick", atMs: 100 }]);
  expect(n1.advance(350).length).toBe(3);
  expect(n1.nowMs).toBe(350);
});

test.each([
  [1, "none", undefined, 0],
  [1, "all", 2, 0],
  [2, "none", undefined, 1],
  [3, "none", 2, 1],
] as const)(
  "after %i effects and a crash that keeps %s, the disk has %s",
  (count, survive, total, sentCount) => {
    const n1 = new Solo<Message, "tick">(new Adder(), options);
    const sent = n1.receiveAndCrash("c1", { type: "Add", by: 2 }, count, survive);
    expect(sent.length).toBe(sentCount);
    expect(n1.disk.cells.get("total")).toBe(total);
    n1.restart(new Adder());
    expect(n1.receive("c1", { type: "Add", by: 1 })[0]?.message).toEqual({
      type: "Total",
      total: (total ?? 0) + 1,
    });
  },
);

test("a crash while a timer runs out leaves what had happened before it, and no timer", () => {
  const node: Node<Message, "tick"> = {
    onMessage: (ctx: Context<Message, "tick">) => ctx.setTimer("tick", 10),
    onTimer(ctx: Context<Message, "tick">) {
      ctx.disk.set("a", 1);
      ctx.disk.sync();
      ctx.disk.set("b", 2);
      ctx.disk.sync();
    },
  };
  const n1 = new Solo<Message, "tick">(node, options);
  n1.receive("c1", { type: "Add", by: 1 });
  n1.fireAndCrash("tick", 3);
  expect(Object.fromEntries(n1.disk.cells)).toEqual({ a: 1 });
  expect(n1.timers).toEqual([]);
});

test.each([
  [0b00, {}],
  [0b01, { a: 1 }],
  [0b10, { b: 2 }],
  [0b11, { a: 1, b: 2 }],
] as const)("a crash with the mask %i leaves %o, in a handler and in a first start", (mask, expected) => {
  const write = (ctx: Context<Message>) => {
    ctx.disk.set("a", 1);
    ctx.disk.set("b", 2);
    ctx.disk.sync();
  };
  const handling = new Solo<Message>({ onMessage: write }, options);
  handling.receiveAndCrash("c1", { type: "Add", by: 1 }, 2, mask);
  expect(Object.fromEntries(handling.disk.cells)).toEqual(expected);
  const node: Node<Message> = { onMessage() {}, onStart: write };
  const starting = new Solo<Message>(node, { ...options, isDown: true });
  expect(() => starting.receive("c1", { type: "Add", by: 1 })).toThrow("call restart first");
  starting.restartAndCrash(node, 2, mask);
  expect(Object.fromEntries(starting.disk.cells)).toEqual(expected);
});

test("a misuse comes out of the call, even if the node caught it", () => {
  const node: Node<Message> = {
    onMessage(ctx) {
      try {
        ctx.send("n7", { type: "Add", by: 1 });
      } catch {}
    },
  };
  const n1 = new Solo(node, options);
  expect(() => n1.receive("c1", { type: "Add", by: 1 })).toThrow(
    'n1 sent a message to "n7": there is no such node',
  );
  expect(() => n1.crash()).not.toThrow();
  expect(() => n1.receive("c1", { type: "Add", by: 1 })).toThrow(Misuse);
});

/** Runs `write` on a disk, then crashes with some of the unsynced writes kept, and gives what is safe. */
function afterCrash(mask: number, write: (disk: Disk) => void) {
  const node: Node<unknown> = { onMessage() {}, onStart: (ctx) => write(ctx.disk) };
  const survivors = () => mask;
  const adversary = { message: () => undefined, crash: () => undefined, downMs: () => 0, survivors };
  const sim = new Simulation({ seed: 1, nodes: { n1: () => node }, adversary });
  sim.runUntil(1);
  sim.crash("n1");
  const { cells, entries, first } = sim.disk("n1");
  return { cells: Object.fromEntries(cells), entries, first };
}

test("one write of several cells survives whole or not at all; two writes survive apart", () => {
  const together = (disk: Disk) => disk.set({ a: 1, b: 2 });
  expect(afterCrash(0b1, together).cells).toEqual({ a: 1, b: 2 });
  expect(afterCrash(0b0, together).cells).toEqual({});
  const apart = (disk: Disk) => {
    disk.set("a", 1);
    disk.set("b", 2);
  };
  expect(afterCrash(0b10, apart).cells).toEqual({ b: 2 });
});

test("a log has no holes: what was appended after a lost entry is lost", () => {
  const write = (disk: Disk) => {
    for (const entry of ["a", "b", "c"]) disk.log.append(entry);
    disk.set("x", 1);
  };
  expect(afterCrash(0b1101, write)).toEqual({ cells: { x: 1 }, entries: ["a"], first: 0 });
});

test("a handler reads its own writes, and indexes of the log stay when its head is dropped", () => {
  let seen: unknown;
  const { entries, first } = afterCrash(0, (disk) => {
    for (const entry of ["a", "b", "c", "d"]) disk.log.append(entry);
    disk.log.dropHead(2);
    disk.log.truncate(3);
    disk.set({ gone: 1, kept: 2 });
    disk.set({ gone: undefined, kept: 3 });
    seen = [disk.log.first, disk.log.end, disk.log.get(2), disk.log.get(0), disk.get("gone"), disk.cells()];
    disk.sync();
  });
  expect(seen).toEqual([2, 3, "c", undefined, undefined, ["kept"]]);
  expect([entries, first]).toEqual([["c"], 2]);
});

test("a clock that jumps or drifts is wrong for its node alone, and its interval holds the true time", () => {
  const readings: [number, number, number, number][] = [];
  const node: Node<unknown, "tick"> = {
    onStart: (ctx) => ctx.setTimer("tick", 100),
    onMessage() {},
    onTimer(ctx) {
      const { earliest, latest } = ctx.clock();
      readings.push([sim.now, ctx.now, earliest, latest]);
      ctx.setTimer("tick", 100);
    },
  };
  const sim = new Simulation({ seed: 1, nodes: { n1: () => node }, uncertaintyMs: 7 });
  sim.runUntil(100);
  sim.clock("n1").jump(sim.now, -40);
  sim.clock("n1").drift(sim.now, 2);
  sim.runUntil(200);
  expect(readings[0]).toEqual([100, 100, 93, 107]);
  // The timer set at 100 was measured by the right clock, the next one by one that runs twice as fast.
  expect(readings[1]).toEqual([200, 260, 200, 320]);
  sim.runUntil(250);
  expect(readings[2]?.[0]).toBe(250);
  for (const [now, , earliest, latest] of readings) expect(earliest <= now && now <= latest).toBe(true);
});

test("the test sets the clock of the node on the bench, and how sure the node is of it", () => {
  const seen: unknown[] = [];
  const n1 = new Solo<Message>({ onMessage: (ctx) => seen.push([ctx.now, ctx.clock()]) }, options);
  n1.nowMs = 100;
  n1.uncertaintyMs = 7;
  n1.clockErrorMs = -5;
  n1.receive("c1", { type: "Add", by: 1 });
  expect(seen).toEqual([[95, { earliest: 88, latest: 102 }]]);
});
