import type { Json } from "#lib/sim";
import { countBefore } from "./bisection.ts";
import { identity } from "./identity.ts";
import type { RegisterStep } from "./transaction.ts";
import type { Line, Version } from "./versions.ts";

/** The versions of one register, by their values. */
export type Versions = Map<unknown, Version<RegisterStep>>;

/** The line of a key whose order is known. */
export function givenLine(key: string, versions: Versions, order: readonly Json[]): Line<RegisterStep> {
  const line = [null, ...order].flatMap((value) => versions.get(identity(value)) ?? []);
  return lined(key, line, [], false);
}

/** Who reads a value and writes the next makes a line of them. What begins with null comes first. */
export function inferredLines(key: string, versions: Versions): Line<RegisterStep>[] {
  const ownVersions = new Map([...versions.values()].map((version) => [version.writer, version]));
  const next = new Map<Version<RegisterStep>, Version<RegisterStep>>();
  const follows = new Set<Version<RegisterStep>>();
  for (const version of versions.values()) {
    for (const reader of version.readers) {
      const newer = ownVersions.get(reader);
      if (!newer || newer === version || next.has(version) || follows.has(newer)) continue;
      next.set(version, newer);
      follows.add(newer);
    }
  }
  const all = [...versions.values()];
  const heads = all.filter((version) => !follows.has(version));
  const placed = new Set<Version<RegisterStep>>();
  const lineFrom = (head: Version<RegisterStep>, later: readonly Version<RegisterStep>[]) => {
    const line: Version<RegisterStep>[] = [];
    for (let at: typeof head | undefined = head; at && !placed.has(at); at = next.get(at)) {
      line.push(at);
      placed.add(at);
    }
    return lined(key, line, later, true);
  };
  const lines = heads.map((head) => lineFrom(head, head.writer ? [] : heads.filter(({ writer }) => writer)));
  // What is left are rings: each wrote what the next had read.
  for (const version of all) if (!placed.has(version)) lines.push(lineFrom(version, []));
  return lines;
}

/** Where time counts: after each version those whose writers began when its own had ended, the next of them. */
export function timedLines(key: string, versions: Versions): Line<RegisterStep>[] {
  const byBegin = [...versions.values()]
    .filter(({ writer }) => writer)
    .sort((a, b) => a.writer!.operation.invokedAt - b.writer!.operation.invokedAt);
  return byBegin.flatMap((version) => {
    if (version.readers.length === 0) return [];
    const end = endOf(version);
    const later: Version<RegisterStep>[] = [];
    let firstEnd = Number.POSITIVE_INFINITY;
    for (
      let at = countBefore(byBegin, ({ writer }) => writer!.operation.invokedAt < end);
      at < byBegin.length;
      at++
    ) {
      const next = byBegin[at]!;
      // The others come after one of these.
      if (next.writer!.operation.invokedAt > firstEnd) break;
      later.push(next);
      firstEnd = Math.min(firstEnd, endOf(next));
    }
    return later.length > 0 ? [{ key, versions: [{ ...version, place: 0 }], later, isInferred: false }] : [];
  });
}

/** When the writer of a version had ended; never, if nobody knows. */
function endOf({ writer }: Version<RegisterStep>): number {
  const { outcome, returnedAt } = writer!.operation;
  return outcome === "ok" ? returnedAt! : Number.POSITIVE_INFINITY;
}

function lined(
  key: string,
  versions: readonly Version<RegisterStep>[],
  later: readonly Version<RegisterStep>[],
  isInferred: boolean,
): Line<RegisterStep> {
  versions.forEach((version, place) => {
    version.place = place;
  });
  return { key, versions, later, isInferred };
}
