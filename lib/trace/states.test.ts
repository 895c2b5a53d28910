import { expect, test } from "vitest";
import { type Context, type Node, type NodeId, privateFields, Simulation } from "#lib/sim";
import { Trace } from "./trace.ts";

type Put = { type: "Put"; key: string; value: number };

class Store implements Node<Put> {
  puts = 0;
  last: string | null = null;
  onMessage(ctx: Context<Put>, _from: NodeId, { key, value }: Put): void {
    this.puts++;
    this.last = key;
    ctx.disk.set(key, value);
    ctx.disk.log.append(value);
    if (value !== 2) ctx.disk.sync();
  }
}

test("each event says what it changed in memory and on the disk, and a crash takes the memory", () => {
  const trace = new Trace({ states: true });
  const client = {
    onStart(ctx: Context<unknown, unknown>) {
      for (const value of [1, 2, 3]) ctx.send("n1", { type: "Put", key: "x", value });
    },
    onMessage: () => {},
  };
  const sim = new Simulation({
    seed: 1,
    recorder: trace,
    nodes: { n1: () => new Store() },
    applications: { c1: client },
  });
  sim.runUntil(100);
  sim.crash("n1");
  const told = trace.states.map(({ row, where, field, text }) => {
    return `${trace.row(row).kind} ${where} ${field} ${text}`;
  });
  expect(told).toEqual([
    "start memory puts 0",
    "start memory last null",
    "message memory puts 1",
    "message memory last x",
    "message disk x 1",
    "message disk log[0] 1",
    "message memory puts 2",
    "message memory puts 3",
    "message disk x 3",
    "message disk log[1] 2",
    "message disk log[2] 3",
    "crash memory puts undefined",
    "crash memory last undefined",
  ]);
});

test("what two fields share has its value in both, and what has itself within is said in words", () => {
  class Server implements Node<Put> {
    readonly config = { members: ["n1", "n2"] };
    readonly members = this.config.members;
    readonly circle: { self?: object } = {};
    readonly #leader = this.members;
    constructor() {
      this.circle.self = this.circle;
    }
    onMessage(): void {}
    [privateFields](): object {
      return { "#leader": this.#leader };
    }
  }
  const trace = new Trace({ states: true });
  const sim = new Simulation({ seed: 1, recorder: trace, nodes: { n1: () => new Server() } });
  sim.runUntil(10);
  expect(trace.states.map(({ field, text }) => `${field} = ${text}`)).toEqual([
    "config = { members: [n1, n2] }",
    "members = [n1, n2]",
    'circle = { self: "(the same object again)" }',
    "#leader = [n1, n2]",
  ]);
});

test("a trace that was not asked for it keeps no states", () => {
  const trace = new Trace();
  const sim = new Simulation({ seed: 1, recorder: trace, nodes: { n1: () => new Store() } });
  sim.runUntil(10);
  expect(trace.states).toEqual([]);
});
