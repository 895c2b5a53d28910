import { faultKinds, scenario } from "#lib/nemesis";
import type { Exercise } from "#protocol/04-quorum-store";
import { comeback, missed } from "./absences.ts";
import { plain } from "./bench.ts";
import { clientsOf, type Plan, withAgreement, withCollection, withLastReads } from "./clusters.ts";
import { lossStories } from "./disk-loss.ts";
import { away, sloppyCluster } from "./hint-clusters.ts";
import { linearCluster, newThenOld } from "./linear.ts";

export { lossStories };

const faultsMs = 1_500;

/** Three replicas, and n4, which coordinates and keeps nothing. */
const four: Plan = {
  config: plain,
  nodes: ["n1", "n2", "n3", "n4"],
  keys: ["x", "y"],
  operations: 3,
  thinkMs: 150,
  weights: { get: 0.45, delete: 0 },
  healedMs: faultsMs + 1_000,
};

/** Whoever is read agrees in the end. */
const repairing: Plan = { ...four, config: { ...plain, readRepair: true }, nodes: ["n1", "n2", "n3"] };

/** Longer than any message, or any coordinator, can be late: one message takes 3.4 s at most. */
const graceMs = 6_000;

/** Every coordinator is a replica here: it has seen the counter of every tombstone that goes. */
const deleting: Plan = {
  ...repairing,
  config: { ...plain, graceMs },
  operations: 4,
  weights: { get: 0.35, delete: 0.3 },
  lastMs: faultsMs + 2 * graceMs,
};

const agree = "all replicas agree (invariant 12)";
const comparing: Plan = {
  ...repairing,
  config: { ...plain, compareMs: 600 },
  keys: ["x", "y", "z", "u", "v"],
  operations: 4,
  weights: { get: 0.2, delete: 0.2 },
};

const linear: Plan = {
  ...four,
  config: { ...plain, writeBack: true },
  nodes: ["n1", "n2", "n3"],
  keys: ["x"],
  operations: 5,
  thinkMs: 30,
  weights: { get: 0.6, delete: 0.03 },
};

export const scenarios = {
  calm: scenario<Exercise>({
    name: "04/calm",
    faultsMs: 0,
    healMs: 20_000,
    build: (setting) => clientsOf(setting, { ...four, healedMs: 0 }).cluster,
  }),
  quorum: scenario<Exercise>({
    name: "04/quorum",
    faults: faultKinds,
    faultsMs,
    healMs: 20_000,
    build: (setting) => clientsOf(setting, four).cluster,
  }),
  repair: scenario<Exercise>({
    name: "04/repair",
    faults: faultKinds,
    faultsMs,
    healMs: 20_000,
    build: (setting) => withLastReads(setting, repairing),
  }),
  missed: scenario<Exercise>({ name: "04/missed", faultsMs: 0, healMs: 20_000, build: missed }),
  comeback: scenario<Exercise>({ name: "04/comeback", faultsMs: 0, healMs: 40_000, build: comeback }),
  deletes: scenario<Exercise>({
    name: "04/deletes",
    faults: faultKinds,
    faultsMs,
    healMs: 30_000,
    build: (setting) => withCollection(setting, deleting),
  }),
  away: scenario<Exercise>({ name: "04/away", faultsMs: 0, healMs: 20_000, build: away }),
  sloppy: scenario<Exercise>({
    name: "04/sloppy",
    faults: faultKinds,
    faultsMs,
    healMs: 20_000,
    build: (setting) =>
      sloppyCluster(setting, { ...four, busy: ["n1", "n3", "n4"], weights: { get: 0.3, delete: 0.1 } }),
  }),
  quietAntiEntropy: scenario<Exercise>({
    name: "04/quiet-anti-entropy",
    faultsMs: 0,
    healMs: 20_000,
    build: (setting) => withAgreement(setting, { ...comparing, healedMs: 0 }, agree),
  }),
  antiEntropy: scenario<Exercise>({
    name: "04/anti-entropy",
    faults: faultKinds,
    faultsMs,
    healMs: 20_000,
    build: (setting) => withAgreement(setting, comparing, agree),
  }),
  newThenOld: scenario<Exercise>({
    name: "04/new-then-old",
    faultsMs: 0,
    healMs: 5_000,
    build: (setting) => newThenOld(setting, false),
  }),
  writtenBack: scenario<Exercise>({
    name: "04/written-back",
    faultsMs: 0,
    healMs: 5_000,
    build: (setting) => newThenOld(setting, true),
  }),
  linearizable: scenario<Exercise>({
    name: "04/linearizable",
    faults: faultKinds,
    faultsMs,
    healMs: 20_000,
    build: (setting) => linearCluster(setting, linear),
  }),
  ...Object.fromEntries(lossStories.map((story) => [story.name.slice(3), story])),
};
