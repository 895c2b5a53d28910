import { Stream } from "#lib/random";
import type { Range, RangeStore, Scan } from "#protocol/05-partitioning";
import { claim, same } from "../suite/index.ts";
import { shownList } from "./keys.ts";

/** In the order of their code units, which is neither that of numbers nor that of a dictionary. */
export const mixed = [
  "",
  "!",
  "10",
  "100",
  "9",
  "B",
  "Zebra",
  "a",
  "b",
  "zebra",
  "Ärger",
  "é",
  "日",
  "😀",
  "！",
];

export function possibleCuts(keys: readonly string[]): number[] {
  return keys.map((_, i) => i).filter((i) => i > 0 && keys[i] !== keys[i - 1]);
}

export function covers(store: RangeStore, when: string): void {
  const shards = store.shards();
  same(shards[0]?.from, null, `The lower bound of the first shard ${when} (invariant 5)`);
  same(shards.at(-1)?.to, null, `The upper bound of the last shard ${when} (invariant 5)`);
  for (const [i, shard] of shards.slice(1).entries()) {
    same(
      shard.from,
      shards[i]?.to,
      `The lower bound of ${shard.shard}, whose left neighbour is ${shards[i]?.shard}, ${when} (invariant 5)`,
    );
  }
  const ids = shards.map(({ shard }) => shard);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  claim(
    twice === undefined,
    `Two shards are called ${twice} ${when}: the id of a right half is never used again`,
  );
}

export function sameKeys({ rows }: Scan, expected: readonly string[], what: string): void {
  const keys = rows.map(([key]) => key);
  const isSame = keys.length === expected.length && keys.every((key, i) => key === expected[i]);
  claim(isSame, `${what} should be ${shownList(expected)}, and they are ${shownList(keys)}`);
}

export function inside(range: Range, key: string): boolean {
  const isBelow = range.to === null || key < range.to;
  return isBelow && (range.from === null || range.from <= key);
}

export function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `k${String(i).padStart(4, "0")}`);
}

/** A store with `count` rows that came in no order. */
export function filled(
  createRangeStore: () => RangeStore,
  count: number,
): { store: RangeStore; rows: Map<string, string> } {
  const store = createRangeStore();
  const rows = new Map<string, string>();
  for (const [i, key] of new Stream(1, "filled").shuffle(numbered(count)).entries()) {
    store.put(key, `v${i}`);
    rows.set(key, `v${i}`);
  }
  return { store, rows };
}

/** Splits the largest shard, again and again. */
export function splitTimes(store: RangeStore, times: number): void {
  for (let i = 0; i < times; i++) {
    const [largest] = [...store.shards()].sort((a, b) => b.rowCount - a.rowCount);
    claim(largest !== undefined, "A store has no shards");
    const right = store.split(largest.shard);
    claim(
      right !== null,
      `split(${largest.shard}) is null, and the shard holds ${largest.rowCount} rows with different keys`,
    );
  }
}

export function bounds(random: Stream): [string | null, string | null] {
  const some = (): string | null =>
    random.chance(0.15) ? null : `k${String(random.int(110)).padStart(4, "0")}`;
  const [a, b] = [some(), some()];
  return a !== null && b !== null && b < a ? [b, a] : [a, b];
}
