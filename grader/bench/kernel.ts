import { faultKinds, type RunResult, run, scenario } from "#lib/nemesis";
import { type Context, type Node, type NodeId, Simulation } from "#lib/sim";
import { Trace } from "#lib/trace";
import { best, type Row } from "./row.ts";

type Ping = { type: "Ping"; n: number };

class Player implements Node<Ping> {
  onMessage(ctx: Context<Ping>, from: NodeId, message: Ping): void {
    ctx.send(from, { type: "Ping", n: message.n + 1 });
  }
}

/** Sixteen balls between two nodes, and nothing else: what the kernel costs by itself. */
function pingPong(): number {
  const throwIn = {
    onStart(ctx: Context<unknown, unknown>) {
      for (let i = 0; i < 16; i++) ctx.send("n1", { type: "Ping", n: i });
    },
    onMessage: (ctx: Context<unknown, unknown>, from: NodeId, message: unknown) => ctx.send(from, message),
  };
  const sim = new Simulation({ seed: 1, nodes: { n1: () => new Player() }, applications: { c1: throwIn } });
  sim.runUntil(300_000);
  return sim.eventCount;
}

/** The same number of events from a sorted list of nothing but times: what no kernel can beat. */
function bareLoop(events: number): void {
  const heap: number[][] = Array.from({ length: 16 }, (_, i) => [0, i]);
  for (let i = 0; i < events; i++) {
    const first = heap.shift() as number[];
    heap.push([(first[0] as number) + 10, i]);
  }
}

type Message =
  | { type: "Put"; id: string; key: string; value: number }
  | { type: "Get"; id: string; key: string }
  | { type: "Reply"; id: string; value: number | null };

/** A store with a table of answered requests, both durable. */
export class StoreNode implements Node<Message> {
  onMessage(ctx: Context<Message>, from: NodeId, message: Message): void {
    if (message.type === "Reply") return;
    const value = ctx.disk.get<number>(message.key) ?? null;
    const last = `last ${from}`;
    if (message.type === "Put" && ctx.disk.get(last) !== message.id) {
      ctx.disk.set({ [message.key]: message.value, [last]: message.id });
      ctx.disk.sync();
    }
    ctx.send(from, { type: "Reply", id: message.id, value });
  }
}

/** Five clients that put and get without a pause, and ask again when no answer comes. */
export const storeScenario = scenario<{ Store: new () => Node<Message> }>({
  name: "00/bench",
  faults: faultKinds,
  faultsMs: 20_000,
  healMs: 1000,
  build({ random }) {
    let completed = 0;
    const client = (name: string) => {
      const draws = random(name);
      const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
      let n = 0;
      let id = "";
      const ask = (ctx: Context<unknown, unknown>) => {
        const key = keys[Math.floor(draws.at(n) * 20)] as string;
        id = `${name}.${n}`;
        const to = `n${1 + (n % 3)}`;
        ctx.send(to, n % 2 ? { type: "Get", id, key } : { type: "Put", id, key, value: n });
        ctx.setTimer("again", 60);
      };
      return {
        onStart: ask,
        onTimer: ask,
        onMessage(ctx: Context<unknown, unknown>, _from: NodeId, message: unknown) {
          if ((message as Message).id !== id) return;
          completed++;
          n++;
          ask(ctx);
        },
      };
    };
    const make = (work: { Store: new () => Node<Message> }) => new work.Store();
    let writes = 0;
    return {
      nodes: { n1: make, n2: make, n3: make },
      applications: {
        c1: client("c1"),
        c2: client("c2"),
        c3: client("c3"),
        c4: client("c4"),
        c5: client("c5"),
      },
      invariants: [
        {
          name: "what is written is synced in the same handler",
          onEvent(event) {
            for (const effect of event.effects) if (effect.effect === "write") writes++;
            return writes < 0 ? "never" : undefined;
          },
        },
        {
          name: "a value is not negative",
          onEvent: (event, sim) =>
            Number(sim.disk(event.node).cells.get("k1") ?? 0) < 0 ? "negative" : undefined,
        },
      ],
      completed: () => completed,
    };
  },
});

export function* kernelRows(): Generator<Row> {
  // The store first: what the compiler learns from a ball that bounces would slow it down.
  let count = 0;
  const seconds = best(6, () => {
    count = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const result: RunResult = run(storeScenario, { Store: StoreNode }, { seed, recorder: new Trace() });
      if (result.failure) throw new Error(result.failure.message);
      count += result.eventCount;
    }
  });
  yield {
    name: "kernel: store under every fault, with trace and invariants",
    value: count / seconds,
    unit: "events/s",
    baseline: {
      value: 600_000,
      source: "recorded: the prototype of this kernel, 5-node Raft under faults, 2 cores",
    },
  };
  let events = 0;
  const kernel = best(5, () => {
    events = pingPong();
  });
  const bare = best(5, () => bareLoop(events));
  yield {
    name: "kernel: ping-pong",
    value: events / kernel,
    unit: "events/s",
    baseline: { value: events / bare, source: "a bare loop over a queue of times, in this run" },
  };
}
