import { type Deviation, isSkip } from "./decisions.ts";
import type { RunResult } from "./run.ts";

/** An operation that a client began, by its number. */
export interface Asked {
  readonly process: string;
  readonly index: number;
}

/** Further than this beyond its last operation a client hardly comes in the time that is left. */
const ahead = 40;

export function askedIn({ asked }: RunResult): Asked[] {
  return [...asked].flatMap(([process, indices]) => [...indices].map((index) => ({ process, index })));
}

/** Leaves out everything but what was asked in a run and is not in the chunk: nothing new may come in its place. */
export function skipsWithout(result: RunResult, chunk: readonly Asked[]): Deviation[] {
  const asked = askedIn(result);
  const kept = new Set(asked.map(nameOf));
  for (const it of chunk) kept.delete(nameOf(it));
  const last = new Map<string, number>();
  const skipped = (result.deviations ?? []).filter(isSkip);
  const before = skipped.map(({ entity, count }) => ({ process: entity, index: count }));
  for (const { process, index } of [...asked, ...before]) {
    last.set(process, Math.max(index, last.get(process) ?? 0));
  }
  return [...last].flatMap(([process, end]) =>
    Array.from({ length: end + 1 + ahead }, (_, index) => ({ process, index }))
      .filter((it) => !kept.has(nameOf(it)))
      .map(({ index }) => ({ kind: "skip", entity: process, count: index, value: 1 })),
  );
}

function nameOf({ process, index }: Asked): string {
  return `${process} ${index}`;
}

/**
 * Faults are told by counts of messages and of handlers, and fewer operations make fewer of both. So what struck the 9th message may
 * have to strike the 8th: the faults as they are, and then with the counts that they may have.
 */
export function aimedAnew(faults: readonly Deviation[], chunk: readonly Asked[]): Deviation[][] {
  const [first] = chunk;
  if (!first || chunk.some(({ process }) => process !== first.process)) return [[...faults]];
  const { process } = first;
  const isOfLink = ({ entity }: Deviation) =>
    entity.startsWith(`${process}>`) || entity.endsWith(`>${process}`);
  const isCrash = ({ kind }: Deviation) => kind === "crash";
  const moved = (isMoved: (it: Deviation) => boolean) =>
    faults.map((it) => (isMoved(it) ? { ...it, count: it.count - chunk.length } : it));
  return [[...faults], moved((it) => isOfLink(it) || isCrash(it)), moved(isOfLink), moved(isCrash)].filter(
    (list) => list.every(({ count }) => count >= 0),
  );
}
