import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { AnyNode, Context, Effect, Fault } from "#lib/sim";
import { DiskFile } from "./disk-file.ts";
import { Machine } from "./machine.ts";

const shelf = mkdtempSync(join(tmpdir(), "workbook-"));
afterAll(() => rmSync(shelf, { recursive: true }));

/** A machine with a node made of handlers, and what comes out of it. */
function machine(name: string, handlers: Partial<AnyNode>, crashesBefore: (effect: Effect) => boolean) {
  const sent: unknown[] = [];
  const faults: Fault[] = [];
  const it = new Machine({
    self: "c",
    peers: ["p1"],
    newLife: async () => () => ({ onMessage: () => {}, ...handlers }),
    disk: new DiskFile(join(shelf, name)),
    send: (_to, message) => sent.push(message),
    crashesBefore,
    onCrash: () => {},
    doing: () => {},
    onFault: (fault) => faults.push(fault),
  });
  return { it, sent, faults };
}

type Ctx = Context<unknown, unknown>;

test("a crash falls between two effects, and the next life has what was synced before it", async () => {
  const onMessage = (ctx: Ctx) => {
    ctx.disk.set("a", 1);
    ctx.disk.sync();
    ctx.disk.set("b", 1);
    ctx.send("p1", "first");
    ctx.send("p1", "second");
    ctx.disk.sync();
  };
  const onStart = (ctx: Ctx) => ctx.send("p1", ctx.disk.cells());
  const { it, sent } = machine(
    "crash",
    { onMessage, onStart },
    (effect) => effect.effect === "send" && effect.message === "second",
  );
  await it.start();
  it.receive("p1", null);
  expect(it.isUp).toBe(false);
  it.receive("p1", null);
  await it.start();
  expect(sent).toEqual([[], "first", ["a"]]);
  it.crash();
});

test("a timer runs out once, in the life that set it, and an equal one replaces it", async () => {
  const { promise, done } = signal();
  const onTimer = (ctx: Ctx, timer: unknown) => {
    ctx.send("p1", timer);
    done();
  };
  const onStart = (ctx: Ctx) => {
    ctx.setTimer({ t: 1 }, 60_000);
    ctx.setTimer({ t: 1 }, 5);
    ctx.setTimer({ t: 2 }, 0);
    ctx.cancelTimer({ t: 2 });
  };
  const { it, sent } = machine("timer", { onStart, onTimer }, () => false);
  await it.start();
  await promise;
  expect(sent).toEqual([{ t: 1 }]);
  it.crash();
});

test("what a node throws or misuses is a fault, and the machine is down", async () => {
  const broken = machine("throws", { onStart: () => JSON.parse("{") }, () => false);
  await broken.it.start();
  expect(broken.faults[0]?.message).toMatch(/^onStart on c threw SyntaxError/);
  const clock = machine("clock", { onStart: () => void Date.now() }, () => false);
  await clock.it.start();
  expect(clock.faults[0]?.message).toMatch(/^c called Date\.now: use ctx\.setTimer/);
  expect(clock.it.isUp).toBe(false);
});

function signal(): { promise: Promise<void>; done: () => void } {
  let done = () => {};
  const promise = new Promise<void>((resolve) => {
    done = resolve;
  });
  return { promise, done };
}
