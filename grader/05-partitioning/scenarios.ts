import { faultKinds, type Scenario, scenario } from "#lib/nemesis";
import type { NodeId, SimEvent } from "#lib/sim";
import type { Exercise } from "#protocol/05-partitioning";
import { directoryCluster } from "./directory-cluster.ts";
import type { MoveMessage } from "./move-claims.ts";
import { type MovePlan, moveCluster } from "./move-cluster.ts";

/** There and on and back and there again, so that late messages of each move meet the next ones. */
const tour: MovePlan = {
  moves: [
    { shard: "s1", to: "n2" },
    { shard: "s1", to: "n3" },
    { shard: "s1", to: "n1" },
    { shard: "s1", to: "n2" },
  ],
  operations: 40,
  thinkMs: 15,
};

const oneMove: MovePlan = { ...tour, moves: [{ shard: "s1", to: "n2" }], operations: 20 };

/** One move, in which `who` crashes right after the first message of this type has come to it. */
function crashAt(type: MoveMessage["type"], who: NodeId): Scenario<Exercise> {
  return scenario<Exercise>({
    name: `05/crash-at-${type}`,
    faultsMs: 0,
    healMs: 10_000,
    build(setting) {
      let crashed = false;
      return {
        ...moveCluster(setting, oneMove),
        script(sim, event) {
          if (crashed || !isArrival(event, type, who)) return;
          crashed = true;
          sim.crash(who);
          sim.at(sim.now + 250, () => sim.restart(who));
        },
      };
    },
  });
}

function isArrival(event: SimEvent, type: MoveMessage["type"], node: NodeId): boolean {
  return (
    event.kind === "message" &&
    event.node === node &&
    !event.inApp &&
    (event.message as MoveMessage).type === type
  );
}

/** Every message of this type is lost the first two times. */
function loseFirst(type: MoveMessage["type"]): Scenario<Exercise> {
  return scenario<Exercise>({
    name: `05/lose-${type}`,
    faultsMs: 0,
    healMs: 10_000,
    build(setting) {
      let lost = 0;
      return {
        ...moveCluster(setting, oneMove),
        loses: (_from, _to, message) => (message as MoveMessage).type === type && lost++ < 2,
      };
    },
  });
}

/** Who takes each message of a move of s1 from n1 to n2. */
const steps: readonly (readonly [MoveMessage["type"], NodeId])[] = [
  ["BeginMove", "n1"],
  ["Rows", "n2"],
  ["RowsOk", "n1"],
  ["Handover", "n2"],
  ["HandoverOk", "n1"],
  ["Copied", "d"],
  ["Take", "n2"],
  ["TakeOk", "d"],
  ["Drop", "n1"],
  ["DropOk", "d"],
];

export const crashStories = steps.map(([type, who]) => crashAt(type, who));
export const lossStories = steps.map(([type]) => loseFirst(type));

/** "05/lose-Rows" is found as "lose-Rows". */
function keyOf(story: Scenario<Exercise>): string {
  return story.name.slice("05/".length);
}

export const scenarios = {
  lookups: scenario<Exercise>({
    name: "05/lookups",
    faultsMs: 0,
    healMs: 60_000,
    build: (setting) =>
      directoryCluster(setting, { asks: 500, atOnce: 8, thinkMs: 20, assigns: 3, mostLookups: 20 }),
  }),
  directory: scenario<Exercise>({
    name: "05/directory",
    // Not "disk": the directory writes so seldom that a torn write would hardly ever be seen.
    faults: faultKinds,
    faultsMs: 1_500,
    healMs: 10_000,
    build: (setting) => directoryCluster(setting, { asks: 40, atOnce: 3, thinkMs: 40, assigns: 3 }),
  }),
  quietMove: scenario<Exercise>({
    name: "05/quiet-move",
    faultsMs: 0,
    healMs: 20_000,
    build: (setting) => moveCluster(setting, tour),
  }),
  ...Object.fromEntries([...crashStories, ...lossStories].map((story) => [keyOf(story), story])),
  move: scenario<Exercise>({
    name: "05/move",
    faults: faultKinds,
    faultsMs: 2_000,
    healMs: 15_000,
    build: (setting) => moveCluster(setting, tour),
  }),
};
