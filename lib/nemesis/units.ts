import type { Deviation } from "./decisions.ts";

/* Lists of deviations, taken apart and put together again by those who make them smaller. */

/** What people count as one kind of trouble: whoever shrinks tries each alone before anything finer. */
const families: readonly (readonly string[])[] = [
  ["crash", "down", "survive"],
  ["dup"],
  ["drop"],
  ["delay", "late"],
  ["partition", "one-way", "partial"],
  ["pause", "slow"],
  ["skew", "drift", "jump"],
];

const windowKinds: ReadonlySet<string> = new Set(["partition", "one-way", "partial"]);

/** The faults of each family that is there. */
export function familiesOf(faults: readonly Deviation[]): Deviation[][] {
  return families
    .map((kinds) => faults.filter(({ kind }) => kinds.includes(kind)))
    .filter((it) => it.length > 0);
}

/** Faults that go together: a crash with its downtime and what survives it, and a cut over neighbouring windows. */
export function unitsOf(faults: readonly Deviation[]): Deviation[][] {
  const units: Deviation[][] = [];
  const crashes = new Map<string, Deviation[][]>();
  const open = new Map<string, Deviation[]>();
  for (const fault of faults) {
    const { kind, entity, count, value } = fault;
    const crash = kind === "down" || kind === "survive" ? crashes.get(entity)?.[count] : undefined;
    const cut = open.get(kind);
    const last = cut?.at(-1);
    if (crash) crash.push(fault);
    else if (cut && last?.entity === entity && last.value === value && last.count + 1 === count)
      cut.push(fault);
    else {
      const unit = [fault];
      units.push(unit);
      if (kind === "crash") crashes.set(entity, [...(crashes.get(entity) ?? []), unit]);
      if (windowKinds.has(kind)) open.set(kind, unit);
    }
  }
  return units;
}

/**
 * The faults without some of them. What is said of the third crash of a node is said of its second when the first is gone; and what was
 * said of that one is gone with it.
 */
export function without(faults: readonly Deviation[], gone: ReadonlySet<Deviation>): Deviation[] {
  const kept: Deviation[] = [];
  const numbers = new Map<string, (number | undefined)[]>();
  for (const fault of faults) {
    if (fault.kind !== "crash") continue;
    const ofNode = numbers.get(fault.entity) ?? [];
    const left = ofNode.filter((number) => number !== undefined).length;
    numbers.set(fault.entity, [...ofNode, gone.has(fault) ? undefined : left]);
  }
  for (const fault of faults) {
    if (gone.has(fault)) continue;
    const ofNode = fault.kind === "down" || fault.kind === "survive" ? numbers.get(fault.entity) : undefined;
    if (!ofNode || fault.count >= ofNode.length) {
      kept.push(fault);
      continue;
    }
    const count = ofNode[fault.count];
    if (count !== undefined) kept.push(count === fault.count ? fault : { ...fault, count });
  }
  return kept;
}

/** The calm value of a fault that can be made less by degrees; undefined if it cannot. */
export function calmOf(kind: string): number | undefined {
  if (kind === "down") return 200;
  if (kind === "dup") return -1;
  return ["delay", "late", "pause", "slow", "skew", "drift", "jump"].includes(kind) ? 0 : undefined;
}
