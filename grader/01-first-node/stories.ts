import { History } from "#lib/history";
import type { Cluster } from "#lib/nemesis";
import { type Scenario, scenario } from "#lib/nemesis";
import type { NodeId, SimEvent, Simulation } from "#lib/sim";
import type { Exercise, Operation, ServerMessage } from "#protocol/01-first-node";
import { clientClaims } from "./claims-client.ts";
import { onceClaims } from "./claims-once.ts";
import { type Asked, Endpoint, type Pace, Program, toServer } from "./clients.ts";
import { allEnd, clientConfig, losing, manyAsks, steady } from "./clusters.ts";
import { TrustedServer } from "./servers.ts";

/* The named stories of the chapter: one thing goes wrong in each, at a place that the story chooses. */

// ---- 01.2: what goes wrong without the rest of the chapter ------------------------------------------------------------

/** c1 takes two seats; the reply is lost; c1 asks again, as anybody would. */
export const twice = scenario<Exercise>({
  name: "01/twice",
  faultsMs: 1000,
  healMs: 0,
  build: ({ random }) => {
    const history = new History<Asked, number>();
    const take: Operation = { type: "Add", counter: "seats", amount: -2 };
    const plan: Operation[] = [
      { type: "Add", counter: "seats", amount: 10 },
      take,
      { type: "Read", counter: "seats" },
    ];
    const c1 = endpoint("c1", history, steady(plan.length, random("c1")), plan);
    return {
      nodes: { s1: (work) => new work.Server() },
      applications: { c1 },
      loses: losing({ from: "s1", to: "c1", n: [1] }),
      eventually: allEnd([c1]),
      history,
      completed: () => history.count("ok"),
    };
  },
});

function endpoint(
  self: NodeId,
  history: History<Asked, number>,
  pace: Pace,
  plan: readonly Operation[],
): Endpoint<ServerMessage> {
  return new Endpoint({ self, server: "s1" }, pace, history, toServer, (index) => ({
    operation: plan[index] as Operation,
    withinMs: 500,
    retryMs: 60,
  }));
}

// ---- 01.3: the client -------------------------------------------------------------------------------------------------

const storyMs = 600;

/** With this seed s1 stays down to the end of `dead`: the two stories are told side by side. */
export const twinSeed = 25;

/** A program at c1 that takes two seats, once, within 300 ms; what the network and the server do, is up to the story. */
function takeTwo(
  faultsMs: number,
  name: string,
  story: Pick<Cluster<Exercise>, "script" | "loses">,
): Scenario<Exercise> {
  return scenario<Exercise>({
    name,
    faultsMs,
    healMs: 0,
    build: ({ random }) => {
      const operation = { type: "Add", counter: "seats", amount: -2 } as const;
      const c1 = new Program("c1", steady(1, random("c1")), () => ({ operation, withinMs: 300 }));
      return {
        nodes: { c1: (work) => new work.Client(clientConfig), s1: () => new TrustedServer(() => 10) },
        applications: { c1 },
        invariants: clientClaims(["c1"], "s1"),
        eventually: allEnd([c1]),
        completed: () => c1.ended.size,
        ...story,
      };
    },
  });
}

/** s1 stands still for a while, and answers when everybody has given up. */
export const slow = takeTwo(storyMs, "01/slow", {
  script: (sim, event) => {
    if (event.node !== "s1" || event.kind !== "start") return;
    sim.pause("s1");
    sim.note("s1", "s1 stands still until 400 ms");
    sim.at(400, () => sim.resume("s1"));
  },
});

/** s1 is gone, and stays so until the story is over. */
export const dead = takeTwo(storyMs, "01/dead", {
  script: (sim, event) => {
    if (event.node === "s1" && event.kind === "start") sim.crash("s1");
  },
});

export const lost = takeTwo(1000, "01/lost", { loses: losing({ from: "s1", to: "c1", n: [0, 1] }) });

// ---- 01.4: the server that counts once --------------------------------------------------------------------------------

/** c1 adds ten seats, takes two, and reads; the reply to the taking is lost. */
function takeOnce(name: string, crashesAfterTaking: boolean): Scenario<Exercise> {
  return scenario<Exercise>({
    name,
    faultsMs: 3000,
    healMs: 0,
    build: ({ random }) => {
      const history = new History<Asked, number>();
      const plan: Operation[] = [
        { type: "Add", counter: "stock", amount: 10 },
        { type: "Add", counter: "stock", amount: -2 },
        { type: "Read", counter: "stock" },
      ];
      const pace = steady(plan.length, random("c1"));
      const c1 = new Endpoint({ self: "c1", server: "s1" }, pace, history, toServer, (index) => ({
        operation: plan[index] as Operation,
        withinMs: 2500,
        retryMs: 60,
      }));
      const told = () => history.operations.at(-1)?.output;
      return {
        nodes: { s1: (work) => new work.OnceServer() },
        applications: { c1 },
        invariants: onceClaims(history, "s1"),
        loses: losing({ from: "s1", to: "c1", n: [1] }),
        eventually: {
          ...allEnd([c1]),
          "an Add counts at most once (invariant 6)": () =>
            told() === 8 || `Ten were added and two taken, and c1 was told that ${told()} are left`,
        },
        history,
        completed: () => history.count("ok"),
        ...(crashesAfterTaking && { script: crashAfter(2) }),
      };
    },
  });
}

/** Crashes s1 right after it has handled a request with this number for the first time. */
function crashAfter(request: number): (sim: Simulation, event: SimEvent) => void {
  let isOver = false;
  return (sim, event) => {
    const message = event.message as ServerMessage | undefined;
    if (isOver || event.node !== "s1" || message?.type !== "Add" || message.request !== request) return;
    isOver = true;
    sim.crash("s1");
    sim.at(sim.now + 12, () => sim.restart("s1"));
  };
}

export const copies = takeOnce("01/copies", false);
export const between = takeOnce("01/between", true);

/** c1 asks f1, and a little later c2 does. Nobody told them of b1, which dies when it has answered c1. */
export const hidden = scenario<Exercise>({
  name: "01/hidden",
  faultsMs: 400,
  healMs: 0,
  build: (setting) => ({
    ...manyAsks(setting, {
      clients: 2,
      count: 1,
      answered: 0,
      pace: (_random, self) => ({ thinkMs: 0, openCount: 1, lastAtMs: self === "c1" ? 0 : 50 }),
      withinMs: [300],
      workMs: 0,
    }),
    script: (sim, event) => {
      if (event.node === "b1" && event.kind === "message" && sim.now < 400) sim.crash("b1");
    },
  }),
});

/** b1 works for longer than c1 waits, so that its answer comes when f1 has said info. */
export const late = scenario<Exercise>({
  name: "01/late",
  faultsMs: 1000,
  healMs: 0,
  build: (setting) => {
    const cluster = manyAsks(setting, {
      clients: 1,
      count: 2,
      answered: 0,
      pace: () => ({ thinkMs: 0, openCount: 1, lastAtMs: 0 }),
      withinMs: [200],
      workMs: 180,
    });
    let lateCount = 0;
    return {
      ...cluster,
      script: (_sim, event) => {
        if (event.node === "f1" && event.from === "b1") lateCount++;
      },
      completed: () => lateCount,
    };
  },
});
