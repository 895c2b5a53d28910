import { History } from "#lib/history";
import { type Cluster, faultKinds, type RunSetting, scenario } from "#lib/nemesis";
import type { Random } from "#lib/random";
import type { Exercise, Operation } from "#protocol/01-first-node";
import { clientClaims } from "./claims-client.ts";
import { amountOf, onceClaims } from "./claims-once.ts";
import { type Asked, Endpoint, type Pace, Program, toServer } from "./clients.ts";
import { allEnd, clientConfig, lastIsAnswered, manyAsks } from "./clusters.ts";
import { TrustedServer } from "./servers.ts";
import { between, copies, dead, hidden, late, lost, slow, twice } from "./stories.ts";

const faultsMs = 3000;
/** A machine that stands still, or whose timers run slow, cannot keep a deadline, however well it is programmed. */
const allButStanding = faultKinds.filter((kind) => kind !== "pause" && kind !== "drift");
/** A little later, so that the last calls find everything mended. */
const healedMs = faultsMs + 100;

/** Two clients whose programs call up to two at a time; each call has a counter of its own, and some are refused. */
function manyCalls({ random, asks }: RunSetting): Cluster<Exercise> {
  const programs = ["c1", "c2"].map((self) => {
    const stream = random(self);
    return new Program(
      self,
      {
        count: 14,
        thinkMs: stream.pick([50, 200, 400]),
        openCount: 2,
        lastAtMs: healedMs,
        random: stream,
        asks: (index) => asks(self, index),
      },
      (index) => {
        const counter = `${self}-${index}`;
        const amount = stream.between(-20, 60);
        const operation: Operation = stream.chance(0.3)
          ? { type: "Read", counter }
          : { type: "Add", counter, amount };
        return { operation, withinMs: index === 13 ? 900 : stream.pick([40, 150, 400, 900]) };
      },
    );
  }) as [Program, Program];
  // Each counter begins with a value of its own, so that an answer shows which question it belongs to.
  const initial = (counter: string) =>
    1000 * Number(counter.split("-")[1]) + (counter.startsWith("c1") ? 0 : 500);
  const last = () => programs.every((program, i) => program.ended.get(`c${i + 1}-13`)?.outcome !== "info");
  return {
    nodes: {
      c1: (work) => new work.Client(clientConfig),
      c2: (work) => new work.Client(clientConfig),
      s1: () => new TrustedServer(initial),
    },
    applications: { c1: programs[0], c2: programs[1] },
    invariants: clientClaims(["c1", "c2"], "s1"),
    eventually: {
      ...allEnd(programs),
      "a call is answered when nothing is wrong": () =>
        last() || "The faults had ended, and a call still got no answer",
    },
    completed: () =>
      programs.reduce(
        (sum, { ended }) => sum + [...ended.values()].filter((it) => it.outcome !== "info").length,
        0,
      ),
  };
}

const retry = scenario<Exercise>({
  name: "01/retry",
  faults: allButStanding,
  faultsMs,
  healMs: 3000,
  build: manyCalls,
});

/** Three clients that add, take and read, two requests at a time each. */
function manyAdds({ random, asks }: RunSetting): Cluster<Exercise> {
  const history = new History<Asked, number>();
  let addCount = 0;
  const next = (stream: Random, index: number): Operation => {
    if (index === 17 || stream.chance(0.25)) return { type: "Read", counter: "seats" };
    if (stream.chance(0.4) || addCount >= 25)
      return { type: "Add", counter: "stock", amount: stream.between(-3, 4) };
    return { type: "Add", counter: "seats", amount: amountOf(addCount++) };
  };
  const clients = ["c1", "c2", "c3"].map((self) => {
    const stream = random(self);
    const pace: Pace = {
      count: 18,
      thinkMs: stream.pick([30, 150, 300]),
      openCount: 2,
      lastAtMs: healedMs,
      random: stream,
      asks: (index) => asks(self, index),
    };
    return new Endpoint({ self, server: "s1" }, pace, history, toServer, (index) => ({
      operation: next(stream, index),
      withinMs: index === 17 ? 1200 : stream.pick([100, 400, 1200]),
      retryMs: stream.pick([25, 60]),
    }));
  });
  return {
    nodes: { s1: (work) => new work.OnceServer() },
    applications: Object.fromEntries(clients.map((client, i) => [`c${i + 1}`, client])),
    invariants: onceClaims(history, "s1"),
    eventually: { ...allEnd(clients), ...lastIsAnswered(history, 18) },
    history,
    completed: () => history.count("ok") + history.count("fail"),
  };
}

const once = scenario<Exercise>({
  name: "01/once",
  faults: faultKinds,
  faultsMs,
  healMs: 3000,
  build: manyAdds,
});

const chain = scenario<Exercise>({
  name: "01/chain",
  faults: allButStanding,
  faultsMs,
  healMs: 3000,
  build: (setting) =>
    manyAsks(setting, {
      clients: 3,
      count: 14,
      answered: 14,
      pace: (random) => ({ thinkMs: random.pick([50, 300]), openCount: 2, lastAtMs: healedMs }),
      withinMs: [40, 150, 500, 900],
      workMs: setting.random("backend").pick([0, 30, 200]),
    }),
});

export { explorations } from "./explorations.ts";

export const scenarios = { twice, slow, dead, lost, retry, copies, between, once, hidden, late, chain };
