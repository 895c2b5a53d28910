import { expect, test } from "vitest";
import { History, SequentialClient } from "#lib/history";
import { Stream } from "#lib/random";
import { app, type Context, type Node, type NodeId, Simulation } from "#lib/sim";

type Message = { type: "Get"; n: number } | { type: "GetReply"; n: number };

function client(history: History<number, number>, process: NodeId, more: object = {}) {
  return new SequentialClient<number, number, Message>({
    process,
    history,
    random: new Stream(1, process),
    next: (index) => (index < 3 ? index : undefined),
    request: ({ input }) => ({ to: "n1", message: { type: "Get", n: input } }),
    response: (message, { input }) =>
      message.type === "GetReply" && message.n === input ? { outcome: "ok", output: message.n } : undefined,
    thinkMs: 5,
    ...more,
  });
}

class Echo implements Node<Message> {
  onMessage(ctx: Context<Message>, from: NodeId, message: Message): void {
    if (message.type === "Get") ctx.send(from, { type: "GetReply", n: message.n });
  }
}

test("a client asks one thing after another, and the history tells in which order", () => {
  const history = new History<number, number>();
  const c1 = client(history, "c1");
  new Simulation({ seed: 1, nodes: { n1: () => new Echo() }, applications: { c1 } }).runUntil(1000);
  expect(history.operations.map(({ input, outcome, output }) => [input, outcome, output])).toEqual([
    [0, "ok", 0],
    [1, "ok", 1],
    [2, "ok", 2],
  ]);
  expect(history.operations.flatMap((it) => [it.invokedAt, it.returnedAt])).toEqual([0, 1, 2, 3, 4, 5]);
  expect(c1.isDone).toBe(true);
});

test("a lost request is asked again, or given up as unknown", () => {
  const loses = (_from: NodeId, to: NodeId, _message: unknown, n: number) => to === "n1" && n === 0;
  const outcomes = [{ retryMs: 100 }, { timeoutMs: 100 }].map((more) => {
    const history = new History<number, number>();
    const applications = { c1: client(history, "c1", more) };
    new Simulation({ seed: 1, nodes: { n1: () => new Echo() }, applications, loses }).runUntil(1000);
    return history.operations.map((it) => it.outcome);
  });
  expect(outcomes).toEqual([
    ["ok", "ok", "ok"],
    ["info", "ok", "ok"],
  ]);
});

test("when a client's node crashes, nobody knows what became of its open operation", () => {
  const history = new History<number, number>();
  class Silent implements Node<Message> {
    onMessage(_ctx: Context<Message>, from: NodeId): void {
      expect(from).toBe(app);
    }
  }
  const request = () => ({ to: "c1", message: { type: "Get", n: 0 } });
  const applications = { c1: client(history, "c1", { request }) };
  const sim = new Simulation({ seed: 1, nodes: { c1: () => new Silent() }, applications });
  sim.runUntil(20);
  sim.crash("c1");
  expect(history.operations[0]).toMatchObject({ outcome: "info", input: 0 });
});

test("a second response changes nothing, and the end makes what is open unknown", () => {
  const history = new History<string, string>();
  const [first, second] = [history.invoke("c1", "a", 0), history.invoke("c2", "b", 0)];
  history.complete(first, "ok", 5, "done");
  history.complete(first, "fail", 6);
  history.end(10);
  expect([first.outcome, first.output, second.outcome, second.returnedMs]).toEqual([
    "ok",
    "done",
    "info",
    10,
  ]);
  expect([history.count("ok"), history.count("info"), history.count("open")]).toEqual([1, 1, 0]);
});
