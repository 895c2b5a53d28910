import { faultKinds, scenario } from "#lib/nemesis";
import type { NodeId } from "#lib/sim";
import type { Exercise, Vector } from "#protocol/08-clocks";
import { type ClockworkPlan, clockwork } from "./clockwork.ts";
import { judgeHlc, judgeLamport, judgeVector } from "./judges.ts";
import { byHlc, byTheClock, registerStory } from "./last-writer.ts";
import { storeCluster, storeStory } from "./store-cluster.ts";
import { phoneCall, transactionCluster } from "./truetime-cluster.ts";

/** What can happen to clocks' messages. Nobody crashes: a clock in memory would be lost, and nobody promised that it is not. */
const network = [
  "loss",
  "delay",
  "reorder",
  "duplication",
  "partition",
  "one-way",
  "partial",
  "pause",
  "slow",
] as const;
const nodes = ["n1", "n2", "n3", "n4"];
export const maxOffsetMs = 500;

function lamportPlan(ids: readonly NodeId[], ticks: number): ClockworkPlan<number> {
  return {
    nodes: ids,
    ticks,
    claim: "what happened before has the smaller timestamp (invariant 1)",
    judge: judgeLamport,
    make(work) {
      const clock = work.createLamportClock();
      return {
        local: () => clock.local(),
        send: () => clock.send(),
        receive: (_, stamp) => clock.receive(stamp),
      };
    },
  };
}

function vectorPlan(ids: readonly NodeId[], ticks: number): ClockworkPlan<Vector> {
  return {
    nodes: ids,
    ticks,
    claim: "one vector is before another just if its event happened before the other's (invariant 3)",
    judge: judgeVector,
    make(work, node) {
      const clock = work.createVectorClock(node);
      return {
        local: () => clock.local(),
        send: () => clock.send(),
        receive: (_, stamp) => clock.receive(stamp),
      };
    },
  };
}

export const scenarios = {
  lastWriter: scenario<Exercise>({
    name: "08/last-writer",
    // Until then the clocks stay wrong.
    faultsMs: 300,
    healMs: 100,
    build() {
      const steps = [
        { client: "c1", server: "n1", value: "draft" },
        { client: "c2", server: "n2" },
        { client: "c2", server: "n2", value: "final" },
        { client: "c2", server: "n2" },
      ];
      // It is no work of the learner's: what becomes of it is told, and not judged.
      return { ...registerStory(steps, () => byTheClock), eventually: {} };
    },
  }),
  laterWrite: scenario<Exercise>({
    name: "08/later-write",
    // Until then the clocks stay wrong.
    faultsMs: 300,
    healMs: 100,
    build() {
      const steps = [
        { client: "c1", server: "n1", value: "draft" },
        { client: "c2", server: "n2" },
        { client: "c2", server: "n2", value: "final" },
        { client: "c2", server: "n1" },
      ];
      return registerStory(steps, (work) => byHlc(work.createHlc(maxOffsetMs)));
    },
  }),
  lamport: scenario<Exercise>({
    name: "08/lamport",
    faults: network,
    faultsMs: 1_000,
    healMs: 3_000,
    build: (setting) => clockwork(setting, lamportPlan(nodes, 12)),
  }),
  threeNodes: scenario<Exercise>({
    name: "08/three-nodes",
    faultsMs: 0,
    healMs: 300,
    build: (setting) => clockwork(setting, lamportPlan(["n1", "n2", "n3"], 5)),
  }),
  threeVectors: scenario<Exercise>({
    name: "08/three-vectors",
    faultsMs: 0,
    healMs: 300,
    build: (setting) => clockwork(setting, vectorPlan(["n1", "n2", "n3"], 5)),
  }),
  vector: scenario<Exercise>({
    name: "08/vector",
    faults: network,
    faultsMs: 1_000,
    healMs: 3_000,
    build: (setting) => clockwork(setting, vectorPlan(nodes, 12)),
  }),
  cart: scenario<Exercise>({
    name: "08/cart",
    faultsMs: 0,
    healMs: 300,
    build() {
      const steps = [
        { client: "c1", server: "n1" },
        { client: "c2", server: "n1" },
        { client: "c1", server: "n1", value: "milk" },
        { client: "c2", server: "n1", value: "bread" },
        { client: "c1", server: "n1" },
        { client: "c1", server: "n1", value: "milk+bread" },
        { client: "c2", server: "n1" },
      ];
      return storeStory(steps, ["n1"]);
    },
  }),
  store: scenario<Exercise>({
    name: "08/store",
    faults: faultKinds,
    faultsMs: 1_200,
    healMs: 5_000,
    build: (setting) =>
      storeCluster(setting, {
        servers: ["n1", "n2", "n3"],
        keys: ["k1", "k2"],
        operations: 14,
        thinkMs: 50,
        shareMs: 250,
        calmMs: 1_300,
      }),
  }),
  hlc: scenario<Exercise>({
    name: "08/hlc",
    faults: [...network, "skew", "drift", "jump"],
    faultsMs: 1_500,
    healMs: 3_000,
    build: (setting) =>
      clockwork(setting, {
        nodes,
        ticks: 20,
        maxOffsetMs: 300,
        claim:
          "timestamps keep close to the clocks, and in the order of what happened (invariants 1, 7, 8 and 9)",
        judge: judgeHlc,
        make(work) {
          const clock = work.createHlc(300);
          return {
            local: (clockMs) => clock.now(clockMs),
            send: (clockMs) => clock.now(clockMs),
            receive: (clockMs, stamp) => clock.receive(clockMs, stamp),
          };
        },
      }),
  }),
  phone: scenario<Exercise>({
    name: "08/phone",
    // Until then the clocks stay wrong.
    faultsMs: 1_000,
    healMs: 1_000,
    uncertaintyMs: 25,
    build: () => phoneCall(25),
  }),
  transactions: scenario<Exercise>({
    name: "08/transactions",
    faults: faultKinds,
    faultsMs: 2_000,
    healMs: 30_000,
    uncertaintyMs: 20,
    build: (setting) => transactionCluster(setting, { count: 8, thinkMs: 30 }),
  }),
};
