import { expect, test } from "vitest";
import { agreement, type Deed, DeedsOfRun, invariantsOf, never, precedence } from "#lib/check";
import { app, type Context, type Node, type NodeId, Simulation, type SimulationOptions } from "#lib/sim";

type Message = { type: "Put"; value: number } | { type: "Stored"; value: number };
type Ctx = Context<Message>;

/** Stores a number, and says so to whoever asked and to its application. */
class Store implements Node<Message> {
  onMessage(ctx: Ctx, from: NodeId, message: Message): void {
    if (message.type !== "Put") return;
    ctx.disk.set("value", message.value);
    ctx.disk.log.append(message.value);
    ctx.send(from, { type: "Stored", value: message.value });
    ctx.disk.sync();
    ctx.send(app, { type: "Stored", value: message.value });
  }
}

function run(options: Partial<SimulationOptions>, values: readonly number[] = [1]): Simulation {
  const c1 = {
    onStart: (ctx: Context<unknown, unknown>) => {
      for (const value of values) ctx.send("n1", { type: "Put", value });
    },
    onMessage: () => {},
  };
  const n1 = {
    onStart: (ctx: Context<unknown, unknown>) => ctx.send("n1", { type: "Hello" }),
    onMessage: () => {},
  };
  const nodes = { n1: () => new Store() };
  const sim = new Simulation({ seed: 1, nodes, applications: { c1, n1 }, ...options });
  sim.runUntil(1000);
  sim.finish();
  return sim;
}

const calm = { message: () => undefined, downMs: () => 0, survivors: () => 0, crash: () => undefined };

function deedsIn(options: Partial<SimulationOptions>): Deed[] {
  const run1 = new DeedsOfRun();
  const deeds: Deed[] = [];
  const onEvent: NonNullable<NonNullable<SimulationOptions["invariants"]>[number]["onEvent"]> = (
    event,
    sim,
  ) => {
    deeds.push(...run1.of(event, sim));
    return undefined;
  };
  run({ ...options, invariants: [{ name: "look", onEvent }] });
  return deeds.filter(({ node }) => node === "n1");
}

const asked = { deed: "ask", node: "n1", message: { type: "Hello" } };
const said = { deed: "send", node: "n1", to: "c1", message: { type: "Stored", value: 1 } };
const cell = { deed: "save", node: "n1", cell: "value", value: 1 };
const entry = { deed: "append", node: "n1", index: 0, entry: 1 };

test("deeds are in order, and a write is one when it is safe", () => {
  const told = { deed: "tell", node: "n1", message: { type: "Stored", value: 1 } };
  expect(deedsIn({})).toEqual([asked, said, cell, entry, told]);
});

test("a write that a crash loses is none, and one that it leaves is one", () => {
  const crashAfter3 = (_: NodeId, n: number) => (n === 2 ? 3 : undefined);
  const adversary = { ...calm, crash: crashAfter3 };
  expect(deedsIn({ adversary })).toEqual([asked, said]);
  expect(deedsIn({ adversary: { ...adversary, survivors: () => 2 } })).toEqual([asked, said, entry]);
  expect(deedsIn({ adversary: { ...adversary, survivors: () => 3 } })).toEqual([asked, said, cell, entry]);
});

const isSaid = (deed: Deed<Message>) =>
  deed.deed === "send" && deed.message.type === "Stored" && deed.message.value;

const saved = precedence<Message>("what is said to be stored is safe", (deed) => {
  if (deed.deed === "save") return { key: `${deed.value} is safe`, text: "" };
  const value = isSaid(deed);
  return value
    ? { key: `${value} is said`, text: `n1 said ${value}`, after: [`${value} is safe`] }
    : undefined;
});

test("a fact before the one that it needs is objected to", () => {
  const { failure } = run({ invariants: invariantsOf([saved]) });
  expect(failure).toMatchObject({
    claim: "what is said to be stored is safe",
    message: "n1 said 1, and it was not so yet that 1 is safe.",
  });
});

test("two facts with one key must agree", () => {
  const one = agreement<Message>("one value", (deed) => {
    const value = isSaid(deed);
    return value ? { key: "value", value, text: `n1 said ${value}` } : undefined;
  });
  expect(run({ invariants: invariantsOf([one]) }, [4, 4]).failure).toBeUndefined();
  expect(run({ invariants: invariantsOf([one]) }, [4, 5]).failure?.message).toBe("n1 said 5, and n1 said 4.");
});

test("a deed may be wrong by itself", () => {
  const no = never<Message>("no 7", (deed) => (isSaid(deed) === 7 ? "n1 said 7." : undefined));
  expect(run({ invariants: invariantsOf([no]) }, [6]).failure).toBeUndefined();
  expect(run({ invariants: invariantsOf([no]) }, [6, 7]).failure?.message).toBe("n1 said 7.");
});
