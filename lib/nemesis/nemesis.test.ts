import { expect, test } from "vitest";
import { type FaultKind, faultKinds, parseReplay, replayString, run, scenario } from "#lib/nemesis";
import type { Context, Node, NodeId } from "#lib/sim";
import { Trace, tell } from "#lib/trace";

type Message = { type: "Add"; id: string } | { type: "Added"; id: string; total: number };
type Exercise = { Counter: new () => Node<Message> };

/** Counts each id once, durably. */
class Counter implements Node<Message> {
  onMessage(ctx: Context<Message>, from: NodeId, message: Message): void {
    if (message.type !== "Add") return;
    const total = ctx.disk.get<number>("total") ?? 0;
    const known = ctx.disk.get<number>(`id ${message.id}`);
    if (known === undefined) {
      ctx.disk.set({ total: total + 1, [`id ${message.id}`]: total + 1 });
      ctx.disk.sync();
    }
    ctx.send(from, { type: "Added", id: message.id, total: known ?? total + 1 });
  }
}

/** Asks until it is answered. */
function client(name: string, count: number, done: () => void) {
  let next = 0;
  const ask = (ctx: Context<unknown, unknown>) => {
    ctx.send("n1", { type: "Add", id: `${name}.${next}` });
    ctx.setTimer("again", 100 + ctx.random.int(100));
  };
  return {
    onStart: ask,
    onTimer: ask,
    onMessage(ctx: Context<unknown, unknown>, _from: NodeId, message: unknown) {
      if ((message as Message).id !== `${name}.${next}`) return;
      done();
      if (++next < count) ask(ctx);
      else ctx.cancelTimer("again");
    },
  };
}

function counting(faults: readonly FaultKind[]) {
  return scenario<Exercise>({
    name: "00/count",
    faults,
    faultsMs: 4000,
    healMs: 20_000,
    build() {
      let completed = 0;
      const done = () => void completed++;
      return {
        nodes: { n1: (work) => new work.Counter(), n2: (work) => new work.Counter() },
        applications: { c1: client("c1", 40, done), c2: client("c2", 40, done) },
        eventually: {
          "every request is answered": () => completed === 80 || `${completed} of 80 are answered`,
        },
        invariants: [
          {
            name: "the total is the number of ids",
            onEvent: (_event, sim) => {
              const { cells } = sim.disk("n1");
              const total = cells.get("total") ?? 0;
              return total === Math.max(0, cells.size - 1)
                ? undefined
                : `total = ${total}, ids = ${cells.size - 1}`;
            },
          },
        ],
        completed: () => completed,
      };
    },
  });
}

test("a right counter survives every fault on every seed, and every fault strikes", () => {
  const struck = new Map<FaultKind, number>();
  for (let seed = 1; seed <= 100; seed++) {
    const result = run(counting(faultKinds), { Counter }, { seed });
    expect(result.failure).toBeUndefined();
    for (const kind of result.struck.keys()) struck.set(kind, (struck.get(kind) ?? 0) + 1);
  }
  // Each kind is enabled in about half of the runs; "disk" needs a crash between a write and its sync, too.
  for (const kind of faultKinds)
    expect([kind, (struck.get(kind) ?? 0) > (kind === "disk" ? 0 : 10)]).toEqual([kind, true]);
});

/** Writes the id and the total apart. */
class Torn implements Node<Message> {
  onMessage(ctx: Context<Message>, from: NodeId, message: Message): void {
    if (message.type !== "Add") return;
    const total = ctx.disk.get<number>("total") ?? 0;
    if (ctx.disk.get(`id ${message.id}`) === undefined) {
      ctx.disk.set(`id ${message.id}`, total + 1);
      ctx.disk.sync();
      ctx.disk.set("total", total + 1);
      ctx.disk.sync();
    }
    ctx.send(from, { type: "Added", id: message.id, total });
  }
}

function firstFailure() {
  for (let seed = 1; seed <= 200; seed++) {
    const result = run(counting(faultKinds), { Counter: Torn }, { seed });
    if (result.failure) return result;
  }
  throw new Error("no seed fails");
}

test("a crash between two effects finds the torn write, and its deviations alone give the same run", () => {
  const failed = firstFailure();
  const trace = new Trace();
  const recorded = run(counting(faultKinds), { Counter: Torn }, { seed: failed.seed, recorder: trace });
  expect(recorded.hash).toBe(failed.hash);
  expect(tell(trace, { most: 3 }).at(-1)).toContain("✗ total = ");
  const line = replayString(recorded);
  const { seed, deviations } = parseReplay(line);
  const replayed = run(counting(faultKinds), { Counter: Torn }, { seed, deviations: deviations ?? [] });
  expect(replayed.failure?.message).toBe(failed.failure?.message);
  expect(replayed.hash).toBe(failed.hash);
});

test("with deviations given, everything else is calm", () => {
  const deviations = [{ kind: "drop", entity: "c1>n1", count: 0, value: 1 }];
  const result = run(counting(faultKinds), { Counter }, { seed: 1, deviations });
  expect([...result.struck]).toEqual([["loss", 1]]);
  expect(result.failure).toBeUndefined();
});

test("a fault that is not allowed does not strike", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const result = run(counting(["loss"]), { Counter }, { seed });
    expect([...result.struck.keys()].filter((kind) => kind !== "loss")).toEqual([]);
  }
});

test("what never comes is named when the time to heal is over", () => {
  class Silent implements Node<Message> {
    onMessage(): void {}
  }
  const { failure } = run(counting([]), { Counter: Silent }, { seed: 1 });
  expect(failure).toMatchObject({
    kind: "eventually",
    claim: "every request is answered",
    message: "0 of 80 are answered",
  });
});

test.each([
  ["05/crash-at-Drop:41", { scenario: "05/crash-at-Drop", seed: 41 }],
  ["05/move:41", { scenario: "05/move", seed: 41 }],
  ["05/move:41:calm", { scenario: "05/move", seed: 41, deviations: [] }],
  [
    "05/move:41:delay(n1>n2,3)=40+skip(c1,0)+skip(c1,4..6)",
    {
      scenario: "05/move",
      seed: 41,
      deviations: [
        { kind: "delay", entity: "n1>n2", count: 3, value: 40 },
        ...[0, 4, 5, 6].map((count) => ({ kind: "skip", entity: "c1", count, value: 1 })),
      ],
    },
  ],
])("the replay string %s is read and written", (text, replay) => {
  expect(parseReplay(text)).toEqual(replay);
  expect(replayString(replay)).toBe(text);
});

test.each([
  "",
  "05/move",
  "05/move:x",
  "05:1",
  "05/move:1:drop(n1)",
  "05/move:1:a:b",
  "05/move:99999999999999999",
  "05/move:1:skip(c1,5..4)",
  "05/move:1:skip(c1,0..99999)",
  "05/move:1:skip(c1,1)=2",
  "05/move:1:drop(n1>n2,1..2)",
])("%s is refused as a replay string", (text) => {
  expect(() => parseReplay(text)).toThrow(/replay string/);
});

test("a run says when its faults end, and a run without any that its scenario does what goes wrong", () => {
  const noteOf = (faultsMs: number) => {
    const trace = new Trace();
    run({ ...counting([]), faultsMs }, { Counter }, { seed: 1, recorder: trace });
    return [...trace.rows()].find(({ kind }) => kind === "fault")?.note;
  };
  expect(noteOf(4000)).toBe("the faults end: everyone is up and reachable from here on");
  expect(noteOf(0)).toBe("nothing goes wrong by chance: each cut and crash is the scenario's own");
});
