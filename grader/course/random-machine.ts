import type { ExploreOptions } from "#lib/explore";
import { Stream } from "#lib/random";
import { app, type Context, type Node, type NodeId } from "#lib/sim";

type Letter = "a" | "b";
type Ctx = Context<Letter, "t">;
type Action = (ctx: Ctx, machine: RandomMachine) => void;
type Table = readonly (readonly Action[])[];

/** A node that does what a table says for its number and the event. Nothing in it makes sense, so nothing is left out. */
class RandomMachine implements Node<Letter, "t"> {
  state = 0;
  readonly #tables: { readonly [event: string]: Table };

  constructor(tables: { readonly [event: string]: Table }) {
    this.#tables = tables;
  }

  onStart(ctx: Ctx): void {
    this.state = ctx.disk.get<number>("state") ?? 0;
    this.#act(ctx, "start");
  }
  onMessage(ctx: Ctx, _from: NodeId, message: Letter): void {
    this.#act(ctx, message);
  }
  onTimer(ctx: Ctx): void {
    this.#act(ctx, "t");
  }

  #act(ctx: Ctx, event: string): void {
    for (const action of this.#tables[event]?.[this.state] ?? []) action(ctx, this);
  }
}

/** Two or three nodes with random tables, an ask each, a crash or none, and one or two timers that may run out. */
export function randomMachines(seed: number): ExploreOptions {
  const random = new Stream(seed, "machine");
  const ids = random.chance(0.7) ? ["n1", "n2"] : ["n1", "n2", "n3"];
  const tables = () => {
    const table = (most: number): Table =>
      Array.from({ length: 3 }, () =>
        Array.from({ length: random.int(most + 1) }, () => randomAction(random, ids)),
      );
    return { start: table(2), a: table(4), b: table(4), t: table(4) };
  };
  const nodes = ids.map((id) => {
    const own = tables();
    return [id, () => new RandomMachine(own)] as const;
  });
  return {
    nodes: Object.fromEntries(nodes),
    asks: { n1: ["a"], n2: [random.pick(["a", "b"])] },
    budgets: [{ crashes: random.int(2) }, { timers: random.between(1, 2) }],
  };
}

function randomAction(random: Stream, ids: readonly NodeId[]): Action {
  const value = random.int(3);
  const letter = random.pick<Letter>(["a", "b"]);
  const to = random.pick([...ids, app]);
  const actions: Action[] = [
    (_, machine) => {
      machine.state = value;
    },
    (ctx) => ctx.self !== to && ctx.send(to, letter),
    (ctx) => ctx.send(app, letter),
    (ctx) => ctx.setTimer("t", 10),
    (ctx) => ctx.cancelTimer("t"),
    (ctx) => ctx.disk.set("state", value),
    (ctx) => ctx.disk.sync(),
  ];
  return random.pick(actions);
}
