import { type Cluster, faultKinds, type Scenario, scenario } from "#lib/nemesis";
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
  operations: 32,
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
      let crashedMs: number | undefined;
      const cluster = moveCluster(setting, oneMove);
      return {
        ...cluster,
        eventually: withCause(cluster.eventually, () =>
          crashedMs === undefined ? "" : ` ${who} crashed at ${crashedMs} ms, when ${type} had come to it.`,
        ),
        script(sim, event) {
          if (crashedMs !== undefined || !isArrival(event, type, who)) return;
          crashedMs = event.ms;
          sim.crash(who);
          sim.at(sim.now + 250, () => sim.restart(who));
        },
      };
    },
  });
}

type Eventually = Cluster<Exercise>["eventually"];

/** What is missing at the end, and what the story did to bring it about. */
function withCause(claims: Eventually, cause: () => string): NonNullable<Eventually> {
  const told = Object.entries(claims ?? {}).map(([claim, holds]) => {
    const missing = () => {
      const text = holds();
      return text === true || text + cause();
    };
    return [claim, missing] as const;
  });
  return Object.fromEntries(told);
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
      const sent: SentAt[] = [];
      let lost = 0;
      const cluster = moveCluster(setting, oneMove);
      return {
        ...cluster,
        eventually: withCause(cluster.eventually, () => lossText(type, sent.slice(0, 2), sent.slice(2))),
        loses: (_from, _to, message) => (message as MoveMessage).type === type && lost++ < 2,
        script(_sim, event) {
          for (const effect of event.effects) {
            if (effect.effect !== "send" || (effect.message as MoveMessage).type !== type) continue;
            sent.push({ from: event.node, to: effect.to, ms: event.ms });
          }
        },
      };
    },
  });
}

interface SentAt {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly ms: number;
}

/** Empty if it was sent again: then something else is missing. */
function lossText(type: string, lost: readonly SentAt[], later: readonly SentAt[]): string {
  const last = lost.at(-1);
  if (!last || later.some(({ ms }) => ms > last.ms)) return "";
  const when = [...new Set(lost.map(({ ms }) => ms))].join(" and at ");
  return ` The network lost ${type} from ${last.from} to ${last.to} at ${when} ms, and ${last.from} has sent none after that.`;
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
    build: (setting) => directoryCluster(setting, { asks: 30, atOnce: 3, thinkMs: 40, assigns: 3 }),
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
