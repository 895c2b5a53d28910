import type { Stream } from "#lib/random";

/** Everything that can be made to go wrong. */
export const faultKinds = [
  "loss",
  "delay",
  "reorder",
  "duplication",
  "partition",
  "one-way",
  "partial",
  "pause",
  "slow",
  "crash",
  "disk",
  "skew",
  "drift",
  "jump",
] as const;

/**
 * `reorder` delays a message by a little, so that the next ones overtake it; `delay` by much. `partition` splits everyone into two
 * groups, `one-way` cuts one direction of one link, `partial` cuts one pair that others can still reach. `crash` falls
 * between any two effects of a handler, and the node restarts. `disk` lets any of the unsynced writes survive a crash,
 * where without it none does. `skew`, `drift` and `jump` make clocks wrong from the start, in rate, and at once.
 */
export type FaultKind = (typeof faultKinds)[number];

/** How much of each fault this run has: drawn from the seed, so that runs are unlike each other (Groce et al., Swarm Testing, 2012). */
export interface Swarm {
  readonly loss: number;
  readonly delay: number;
  readonly delayMs: number;
  readonly reorder: number;
  readonly duplication: number;
  readonly crash: number;
  readonly downMs: number;
  readonly window: { readonly [kind in WindowFault]: number };
  /** For how many windows a cut lasts. */
  readonly stretch: number;
  readonly enabled: ReadonlySet<FaultKind>;
}

type WindowFault = "partition" | "one-way" | "partial" | "pause" | "slow" | "jump";

/** Draws a run's swarm: each kind of fault that the scenario allows with probability 1/2, and how much of it. */
export function drawSwarm(stream: Stream, faults: readonly FaultKind[]): Swarm {
  const enabled = new Set<FaultKind>();
  // Each kind has its own draws, so that a scenario that allows one more fault does not change the others.
  for (const [i, kind] of faultKinds.entries()) {
    if (stream.at(i) < 0.5 && faults.includes(kind)) enabled.add(kind);
  }
  const level = (kind: FaultKind, index: number, levels: readonly number[]): number =>
    enabled.has(kind) ? (levels[Math.floor(stream.at(100 + index) * levels.length)] as number) : 0;
  const pick = (index: number, levels: readonly number[]) =>
    levels[Math.floor(stream.at(100 + index) * levels.length)] as number;
  return {
    enabled,
    loss: level("loss", 0, [0.01, 0.05, 0.15, 0.3]),
    delay: level("delay", 1, [0.05, 0.3, 0.8]),
    delayMs: pick(2, [20, 100, 400, 1500]),
    reorder: level("reorder", 3, [0.05, 0.3, 0.8]),
    duplication: level("duplication", 4, [0.02, 0.1, 0.4]),
    crash: level("crash", 5, [0.005, 0.02, 0.06]),
    downMs: pick(6, [20, 200, 1000]),
    stretch: pick(7, [1, 2, 4]),
    window: {
      partition: level("partition", 8, [0.1, 0.3, 0.6]),
      "one-way": level("one-way", 9, [0.1, 0.3, 0.6]),
      partial: level("partial", 10, [0.1, 0.3, 0.6]),
      pause: level("pause", 11, [0.02, 0.1, 0.3]),
      slow: level("slow", 12, [0.02, 0.1, 0.3]),
      jump: level("jump", 13, [0.02, 0.1, 0.3]),
    },
  };
}
