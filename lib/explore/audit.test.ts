import { expect, test } from "vitest";
import { never } from "#lib/check";
import { type ExploreOptions, explore } from "#lib/explore";
import { app, type Context, type Node, type NodeId, privateFields } from "#lib/sim";

type Message = { type: "Add"; by: number } | { type: "Sum"; sum: number };
type Ctx = Context<Message, string>;

const asks = { n1: [1, 2, 4].map((by) => ({ type: "Add", by })) };

/** Explores objects of a class, of which the first is asked to add. */
function all(
  nodes: { [id: NodeId]: new () => Node<Message, string> },
  options: Partial<ExploreOptions> = {},
) {
  const make = Object.entries(nodes).map(([id, Class]) => [id, () => new Class()]);
  return explore({ nodes: Object.fromEntries(make), asks, ...options });
}

class Adder implements Node<Message, string> {
  sum = 0;
  onMessage(ctx: Ctx, _from: NodeId, message: Message): void {
    if (message.type !== "Add") return;
    this.sum += message.by;
    ctx.send(app, { type: "Sum", sum: this.sum });
  }
}

const neverTold = (sum: number) =>
  never<Message>(`nobody is told ${sum}`, (deed) =>
    deed.deed === "tell" && deed.message.type === "Sum" && deed.message.sum === sum
      ? `${deed.node} was told ${sum}.`
      : undefined,
  );

/** A counter that nobody can see. */
class Secretive implements Node<Message, string> {
  #sum = 0;
  onMessage(ctx: Ctx, _from: NodeId, message: Message): void {
    if (message.type !== "Add") return;
    this.#sum += message.by;
    if (this.#sum >= 3) ctx.send(app, { type: "Sum", sum: this.#sum });
  }
}

test("private state is found, merged by history, and no failure", () => {
  const found = all({ n1: Secretive });
  expect(found).toMatchObject({ stopped: "complete", merging: "by history" });
  expect(found.hidden).toContain("Secretive keeps state where it cannot be compared");
  expect(all({ n1: Secretive }, { claims: [neverTold(7)] }).violation?.steps.length).toBe(3);
});

test("private state that any message may change ends at the budget", () => {
  class Chatty extends Secretive {
    onStart(ctx: Ctx): void {
      ctx.setTimer("tick", 1);
    }
    onTimer(ctx: Ctx): void {
      ctx.setTimer("tick", 1);
    }
  }
  const found = all({ n1: Chatty, n2: Chatty }, { states: 3000 });
  expect(found).toMatchObject({ stopped: "state budget", merging: "by history" });
});

test("a class that holds functions is merged by history", () => {
  class Holder extends Adder {
    hook = () => this.sum;
  }
  const found = all({ n1: Holder });
  expect(found).toMatchObject({ stopped: "complete", merging: "by history" });
  expect(found.hidden).toContain("an object of Holder holds what cannot be compared");
});

let outside = 0;
test("state outside of the objects is said to be there, and nothing else is", () => {
  class Leaky extends Adder {
    override onMessage(ctx: Ctx): void {
      ctx.send(app, { type: "Sum", sum: outside++ });
    }
  }
  const found = all({ n1: Leaky });
  expect(found.stopped).toBe("hidden state");
  expect(found.why).toContain("Leaky did not do the same twice");
});

test("a class whose fields show everything is merged by state", () => {
  class Careful extends Adder {
    readonly seen = new Set<number>();
    override onMessage(ctx: Ctx, from: NodeId, message: Message): void {
      if (message.type === "Add" && !this.seen.has(message.by)) super.onMessage(ctx, from, message);
      if (message.type === "Add") this.seen.add(message.by);
    }
  }
  expect(all({ n1: Careful })).toMatchObject({ stopped: "complete", merging: "by state" });
});

test("so is one that shows its private fields, as those do that the grader loads", () => {
  class Open implements Node<Message, string> {
    #sum = 0;
    [privateFields]() {
      return { "#sum": this.#sum };
    }
    onMessage(ctx: Ctx, _from: NodeId, message: Message): void {
      if (message.type === "Add") this.#sum += message.by;
      if (this.#sum >= 3) ctx.send(app, { type: "Sum", sum: this.#sum });
    }
  }
  expect(all({ n1: Open })).toMatchObject({ stopped: "complete", merging: "by state" });
  expect(all({ n1: Open }, { claims: [neverTold(7)] }).violation?.steps.length).toBe(3);
});
