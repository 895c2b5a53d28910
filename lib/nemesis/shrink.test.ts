import { expect, test } from "vitest";
import { History, SequentialClient } from "#lib/history";
import {
  faultKinds,
  isSkip,
  parseReplay,
  type RunResult,
  replayString,
  run,
  type Scenario,
  scenario,
  shrink,
} from "#lib/nemesis";
import type { Context, Node, NodeId } from "#lib/sim";
import { Trace } from "#lib/trace";

type Message = { type: "Add"; id: string } | { type: "Added"; id: string; total: number };
type Exercise = { Counter: new () => Node<Message> };

/** Counts what comes, copies too. */
class Forgetful implements Node<Message> {
  onMessage(ctx: Context<Message>, from: NodeId, message: Message): void {
    if (message.type !== "Add") return;
    const total = (ctx.disk.get<number>("total") ?? 0) + 1;
    ctx.disk.set("total", total);
    ctx.disk.sync();
    ctx.send(from, { type: "Added", id: message.id, total });
  }
}

/** Counts once, and answers before that is safe. */
class Hasty implements Node<Message> {
  onMessage(ctx: Context<Message>, from: NodeId, message: Message): void {
    if (message.type !== "Add") return;
    const known = ctx.disk.get<number>(message.id);
    const total = known ?? (ctx.disk.get<number>("total") ?? 0) + 1;
    if (known === undefined) ctx.disk.set({ total, [message.id]: total });
    ctx.send(from, { type: "Added", id: message.id, total });
    ctx.disk.sync();
  }
}

/** Gives up for ever when it has been down. */
class Sulking implements Node<Message> {
  onMessage(ctx: Context<Message>, from: NodeId, message: Message): void {
    if (message.type !== "Add") return;
    if (ctx.disk.get("begun") !== undefined && this.#isNew) return;
    this.#isNew = false;
    ctx.disk.set("begun", 1);
    ctx.disk.sync();
    ctx.send(from, { type: "Added", id: message.id, total: 0 });
  }
  #isNew = true;
}

/** Throws when a request comes that it has had. */
class Touchy implements Node<Message> {
  readonly #seen = new Set<string>();
  onMessage(ctx: Context<Message>, from: NodeId, message: Message): void {
    if (message.type !== "Add") return;
    if (this.#seen.has(message.id)) throw new Error(`${message.id} again`);
    this.#seen.add(message.id);
    ctx.send(from, { type: "Added", id: message.id, total: -1 });
  }
}

const operations = 12;

/** Two clients that add, and a claim about what they are told: totals grow, and never by more than was asked. */
const counting: Scenario<Exercise> = scenario<Exercise>({
  name: "00/count",
  faults: faultKinds,
  faultsMs: 2000,
  healMs: 4000,
  build({ random, asks }) {
    const history = new History<string, number>();
    let told = 0;
    let broken: string | undefined;
    const clients = ["c1", "c2"].map((process) => {
      return new SequentialClient<string, number, Message>({
        process,
        history,
        random: random(process),
        next: (index) => (index < operations ? `${process}.${index}` : undefined),
        asks: (index) => asks(process, index),
        request: ({ input }) => ({ to: "n1", message: { type: "Add", id: input } }),
        response(message, { input }) {
          if (message.type !== "Added" || message.id !== input) return undefined;
          const { total } = message;
          const asked = history.operations.length;
          if (total > asked) broken ??= `n1 counted ${total}, and was asked ${asked} times`;
          if (total > 0 && total <= told) broken ??= `n1 counted ${total} after ${told}`;
          if (total > 0) told = Math.max(told, total);
          return { outcome: "ok", output: total };
        },
        thinkMs: 40,
        retryMs: 60,
      });
    });
    return {
      nodes: { n1: (work) => new work.Counter() },
      applications: { c1: clients[0], c2: clients[1] } as never,
      invariants: [{ name: "the total grows by one", onEvent: () => broken }],
      eventually: {
        "everything is answered": () => clients.every((it) => it.isDone) || "a request has no answer",
      },
      completed: () => history.count("ok"),
    };
  },
});

function firstFailure(Counter: Exercise["Counter"], least = 0): RunResult {
  for (let seed = 1; seed <= 200; seed++) {
    const result = run(counting, { Counter }, { seed, recorder: new Trace() });
    if (result.failure && (result.deviations ?? []).length >= least) return result;
  }
  throw new Error("no seed fails");
}

function faultsIn({ deviations = [] }: RunResult): number {
  return deviations.filter((it) => !isSkip(it)).length;
}

const mistakes = [
  { name: "copies are counted", Counter: Forgetful, most: 1 },
  { name: "answered before it is safe", Counter: Hasty, most: 1 },
  { name: "silent after a crash", Counter: Sulking, most: 1 },
  { name: "throws at a copy", Counter: Touchy, most: 1 },
];

test.each(mistakes)("$name: one fault and a few operations show it", ({ Counter, most }) => {
  const failed = firstFailure(Counter, 10);
  const { result, eventCount } = shrink(counting, { Counter }, failed);
  expect(faultsIn(result)).toBeLessThanOrEqual(most);
  expect([...result.asked.values()].reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(3);
  const { kind, claim } = failed.failure as NonNullable<RunResult["failure"]>;
  expect(result.failure).toMatchObject({ kind, claim });
  expect(eventCount).toBeLessThan(250_000);
});

test.each(mistakes)("$name: what was found is found again, and its replay string gives it", ({ Counter }) => {
  const failed = firstFailure(Counter, 10);
  const first = shrink(counting, { Counter }, failed);
  const second = shrink(counting, { Counter }, failed);
  expect(replayString(second.result)).toBe(replayString(first.result));
  expect(second.runCount).toBe(first.runCount);
  const { seed, deviations } = parseReplay(replayString(first.result));
  const again = run(counting, { Counter }, { seed, deviations: deviations ?? [] });
  expect(again.hash).toBe(first.result.hash);
  expect(again.failure?.message).toBe(first.result.failure?.message);
});

test("the budget ends the search, with the best that was found by then", () => {
  const failed = firstFailure(Forgetful, 10);
  const none = shrink(counting, { Counter: Forgetful }, failed, { maxEvents: 1 });
  expect(none.runCount).toBe(1);
  expect(none.result.hash).toBe(failed.hash);
  const some = shrink(counting, { Counter: Forgetful }, failed, { maxEvents: 200 });
  // The last run was begun within it.
  expect(some.eventCount).toBeLessThan(200 + 1000);
  expect(faultsIn(some.result)).toBeLessThanOrEqual(faultsIn(failed));
});

test("a run that cannot be shrunk is refused", () => {
  const fine = run(counting, { Counter: Forgetful }, { seed: 1, deviations: [] });
  expect(() => shrink(counting, { Counter: Forgetful }, fine)).toThrow(
    "The run 00/count:1:calm broke no claim: there is nothing to shrink",
  );
  const { seed } = firstFailure(Forgetful);
  const unrecorded = run(counting, { Counter: Forgetful }, { seed });
  expect(() => shrink(counting, { Counter: Forgetful }, unrecorded)).toThrow("was not recorded");
});

test("operations that are left out keep the numbers and values of the others", () => {
  const ids: string[] = [];
  class Noting implements Node<Message> {
    onMessage(ctx: Context<Message>, from: NodeId, message: Message): void {
      if (message.type !== "Add") return;
      ids.push(message.id);
      ctx.send(from, { type: "Added", id: message.id, total: 0 });
    }
  }
  const { deviations = [] } = parseReplay("00/count:1:skip(c1,0..9)+skip(c2,0..11)");
  const result = run(counting, { Counter: Noting }, { seed: 1, deviations });
  expect(ids).toEqual(["c1.10", "c1.11"]);
  expect(result.failure).toBeUndefined();
  expect([...result.asked]).toEqual([["c1", new Set([10, 11])]]);
  expect(replayString(result)).toBe("00/count:1:skip(c1,0..9)+skip(c2,0..11)");
});

test("a run can be given up, and is not judged then", () => {
  const result = run(counting, { Counter: Sulking }, { seed: 1, deviations: [], untilMs: 100 });
  expect(result.virtualMs).toBe(100);
  expect(result.failure).toBeUndefined();
});

test("with a share of its faults a run has fewer, and its deviations tell it", () => {
  const { seed } = firstFailure(Hasty, 10);
  const right = {
    Counter: class implements Node<Message> {
      onMessage(): void {}
    },
  };
  const full = run(counting, right, { seed, recorder: new Trace() });
  const thin = run(counting, right, { seed, thinned: { share: 0.2, mixture: 0 } });
  expect(faultsIn(thin)).toBeLessThan(faultsIn(full));
  const again = run(counting, right, { seed, deviations: thin.deviations ?? [] });
  expect(again.hash).toBe(thin.hash);
});
