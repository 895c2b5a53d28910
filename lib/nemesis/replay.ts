import { Misuse } from "#lib/sim";
import { type Deviation, isSkip } from "./decisions.ts";

/** What a replay string says. */
export interface Replay {
  /** The scenario's name: "05/move". */
  readonly scenario: string;
  readonly seed: number;
  /** If given, all that is not calm. */
  readonly deviations?: readonly Deviation[];
}

/**
 * One line from which a run can be made again: `05/move:41`, where everything comes from the seed, or
 * `05/move:41:drop(n1>n2,3)+crash(n2,5)=1`, where the nemesis does just that, or `05/move:41:calm`. Operations that
 * are left out come last, as ranges: `skip(c1,4..11)`.
 */
export function replayString({ scenario, seed, deviations }: Replay): string {
  if (!deviations) return `${scenario}:${seed}`;
  const faults = deviations
    .filter((it) => !isSkip(it))
    .map(({ kind, entity, count, value }) => {
      const what = `${kind}(${entity},${count})`;
      return value === 1 ? what : `${what}=${value}`;
    });
  const parts = [...faults, ...rangesOf(deviations.filter(isSkip))];
  return `${scenario}:${seed}:${parts.join("+") || "calm"}`;
}

function rangesOf(skips: readonly Deviation[]): string[] {
  const ranges: { entity: string; first: number; last: number }[] = [];
  const inOrder = [...skips].sort((a, b) =>
    a.entity === b.entity ? a.count - b.count : a.entity < b.entity ? -1 : 1,
  );
  for (const { entity, count } of inOrder) {
    const range = ranges.at(-1);
    if (range?.entity === entity && count <= range.last + 1) range.last = count;
    else ranges.push({ entity, first: count, last: count });
  }
  return ranges.map(({ entity, first, last }) =>
    first === last ? `skip(${entity},${first})` : `skip(${entity},${first}..${last})`,
  );
}

const shape = /^([a-z-]+)\(([^,()]+),(\d{1,9})(?:\.\.(\d{1,9}))?\)(?:=(-?\d+))?$/;
/** A longer range is a slip of the pen. */
const longestRange = 10_000;

/** Reads a replay string. Throws a `Misuse` that says what it should look like. */
export function parseReplay(text: string): Replay {
  const [scenario, seedText, ...rest] = text.trim().split(":");
  const seed = Number(seedText);
  const isSeed = /^\d+$/.test(seedText ?? "") && Number.isSafeInteger(seed);
  if (!scenario || !/^\d\d\/[A-Za-z0-9-]+$/.test(scenario) || !isSeed || rest.length > 1) {
    throw new Misuse(
      `"${text}" is no replay string: it looks like 05/move:41 or 05/move:41:drop(n1>n2,3)+crash(n2,5)=1`,
    );
  }
  const deviations = rest[0];
  if (deviations === undefined) return { scenario, seed };
  if (deviations === "calm") return { scenario, seed, deviations: [] };
  return { scenario, seed, deviations: deviations.split("+").flatMap(parsePart) };
}

function parsePart(part: string): Deviation[] {
  const match = shape.exec(part);
  if (!match) {
    throw new Misuse(
      `"${part}" in the replay string is no fault: one looks like drop(n1>n2,3) or crash(n2,5)=1`,
    );
  }
  const [, kind, entity, firstText, lastText, valueText] = match as unknown as [
    string,
    string,
    string,
    string,
    string?,
    string?,
  ];
  const first = Number(firstText);
  const last = Number(lastText ?? firstText);
  const value = Number(valueText ?? 1);
  const isRange = lastText === undefined || (kind === "skip" && last >= first && last - first < longestRange);
  if (!isRange || (kind === "skip" && value !== 1)) {
    throw new Misuse(
      `"${part}" in the replay string leaves nothing out: that looks like skip(c1,4) or skip(c1,4..11)`,
    );
  }
  return Array.from({ length: last - first + 1 }, (_, i) => ({ kind, entity, count: first + i, value }));
}
