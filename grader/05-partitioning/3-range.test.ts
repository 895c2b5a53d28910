import { test } from "vitest";
import { Stream } from "#lib/random";
import type { Exercise, Range, ShardId } from "#protocol/05-partitioning";
import * as work from "#work/05-partitioning";
import { claim, rounds, same } from "../suite/index.ts";
import { shown, shownBound, shownList } from "./keys.ts";
import {
  bounds,
  covers,
  filled,
  inside,
  mixed,
  numbered,
  possibleCuts,
  sameKeys,
  splitTimes,
} from "./tables.ts";

const { createRangeStore, saltedKey, saltedRanges, splitKey }: Exercise = work;

test("the split key is the median, and both sides get some", () => {
  for (const size of [2, 3, 4, 9, 10, 101]) {
    const keys = numbered(size);
    const at = splitKey(keys);
    claim(at !== null, `splitKey of ${size} different keys is null`);
    const left = keys.filter((key) => key < at).length;
    claim(
      Math.abs(2 * left - size) <= 1,
      `splitKey of ${size} keys is ${shown(at)}: ${left} keys go to the left and ${size - left} to the right`,
    );
  }
});

test("equal keys stay together, and then as even as can be", () => {
  const samples = ["aab", "abb", "aaab", "abbb", "aabbb", "abbcc", "aabbbbc", "aaaabc", "abcccc", "abbbbbcd"];
  for (const sample of samples) {
    const keys = [...sample];
    const at = splitKey(keys);
    const best = Math.min(...possibleCuts(keys).map((cut) => Math.abs(2 * cut - keys.length)));
    claim(
      at !== null,
      `splitKey of ${shownList(keys)} is null: ${shown(keys[0] ?? "")} can go to the left and ${shown(keys.at(-1) ?? "")} to the right`,
    );
    const left = keys.filter((key) => key < at).length;
    claim(
      left > 0,
      `splitKey of ${shownList(keys)} is ${shown(at)}: no key is less than that, so the left side is empty`,
    );
    claim(
      left < keys.length,
      `splitKey of ${shownList(keys)} is ${shown(at)}: all keys are less, so the right side is empty`,
    );
    claim(
      Math.abs(2 * left - keys.length) === best,
      `splitKey of ${shownList(keys)} is ${shown(at)}: ${left} go to the left and ${keys.length - left} to the right, and there is a more even cut`,
    );
  }
});

test("what has no two different keys cannot be split", () => {
  for (const keys of [[], ["a"], ["a", "a", "a", "a"]]) {
    const at = splitKey(keys);
    claim(
      at === null,
      `splitKey of ${shownList(keys)} is ${shownBound(at)}: one side would be empty, so it should be null`,
    );
  }
  const store = createRangeStore();
  const [only] = store.shards();
  store.put("k", "v");
  same(store.split((only as { shard: ShardId }).shard), null, "split of a shard that holds one key");
  same(store.split("no such shard"), null, "split of a shard that is not there");
  same(store.shards().length, 1, "The number of shards after two splits that cannot be");
});

test("a new store has one shard without bounds, and keeps values", () => {
  const store = createRangeStore();
  const shards = store.shards().map(({ from, to, rowCount }) => ({ from, to, rowCount }));
  same(shards, [{ from: null, to: null, rowCount: 0 }], "The shards of a new store");
  same(store.get("k"), null, 'get("k") before any put');
  const shard = store.put("k", "1");
  same(shard, store.shards()[0]?.shard, "The shard that took the put");
  store.put("k", "2");
  same(store.get("k"), "2", 'get("k") after put("k", "1") and put("k", "2")');
  same(store.shards()[0]?.rowCount, 1, "The rows after two puts of one key");
  same(store.delete("k"), true, "delete of a key that is there");
  same(store.delete("k"), false, "delete of a key that is not there any more");
  same(store.get("k"), null, 'get("k") after the delete');
});

test("a boundary belongs to the shard on its right", () => {
  const { store } = filled(createRangeStore, 64);
  splitTimes(store, 7);
  for (const shard of store.shards()) {
    if (shard.from === null) continue;
    const took = store.put(shard.from, "again");
    claim(
      took === shard.shard,
      `${took} took the key ${shown(shard.from)}, and ${shard.shard} begins with that key: a range has its \`from\` and not its \`to\` (invariant 5)`,
    );
    same(
      store.get(shard.from),
      "again",
      `get(${shown(shard.from)}), the first key of its shard, after a put`,
    );
  }
});

test("a split loses no row and gives each to one side", () => {
  const { store, rows } = filled(createRangeStore, 200);
  splitTimes(store, 12);
  for (const [key, value] of rows) {
    same(store.get(key), value, `get(${shown(key)}) after twelve splits (invariant 5)`);
  }
  const total = store.shards().reduce((sum, shard) => sum + shard.rowCount, 0);
  same(total, rows.size, "The rows of all shards together, after twelve splits (invariant 5)");
});

test("the shards cover all keys, without a gap and without an overlap", () => {
  const { store } = filled(createRangeStore, 120);
  const random = new Stream(6, "cover");
  for (let step = 0; step < 40; step++) {
    const shards = store.shards();
    const { shard } = random.pick(shards);
    if (random.chance(0.7)) store.split(shard);
    else store.merge(shard);
    covers(store, `after ${step + 1} splits and merges`);
  }
});

test("a split halves a shard and names the right half anew", () => {
  const { store } = filled(createRangeStore, 101);
  const used = new Set(store.shards().map(({ shard }) => shard));
  for (let i = 0; i < 6; i++) {
    const largest = [...store.shards()].sort((a, b) => b.rowCount - a.rowCount)[0] as {
      shard: ShardId;
      rowCount: number;
    };
    const right = store.split(largest.shard);
    const shards = store.shards();
    const left = shards.findIndex(({ shard }) => shard === largest.shard);
    claim(left !== -1, `${largest.shard} was split, and no shard has its id now: the left half keeps it`);
    claim(
      right !== null && !used.has(right),
      `The right half of ${largest.shard} is called ${right}: that id is not new`,
    );
    same(shards[left + 1]?.shard, right, `The right neighbour of ${largest.shard} after its split`);
    const counts = [shards[left]?.rowCount ?? 0, shards[left + 1]?.rowCount ?? 0] as const;
    claim(
      counts[0] + counts[1] === largest.rowCount && Math.abs(counts[0] - counts[1]) <= 1,
      `${largest.shard} had ${largest.rowCount} rows; its halves have ${counts[0]} and ${counts[1]}: a split at the median loses none, and gives each half as many, or one more`,
    );
    used.add(right);
    if (i === 3) store.merge(largest.shard); // An id that is free again is not new.
  }
});

test("keys are in the order of their code units", () => {
  const store = createRangeStore();
  for (const key of new Stream(7, "mixed").shuffle(mixed)) store.put(key, `value of ${key}`);
  splitTimes(store, 5);
  sameKeys(store.scan(null, null), mixed, "The keys of a scan of everything");
  for (const key of mixed) same(store.get(key), `value of ${key}`, `get(${shown(key)}) after five splits`);
  for (const [from, to] of [
    ["10", "9"],
    ["B", "a"],
    ["9", "b"],
    ["a", "é"],
  ] as const) {
    const expected = mixed.filter((key) => from <= key && key < to);
    sameKeys(store.scan(from, to), expected, `The keys of a scan from ${shown(from)} to ${shown(to)}`);
  }
});

test("a scan gives the rows from its lower bound on, without its upper bound, in order", () => {
  const { store, rows } = filled(createRangeStore, 90);
  splitTimes(store, 9);
  const random = new Stream(8, "scan");
  for (let i = 0; i < 60; i++) {
    const [from, to] = bounds(random);
    const expected = [...rows]
      .filter(([key]) => inside({ from, to }, key))
      .sort((one, other) => (one[0] < other[0] ? -1 : 1));
    same(
      store.scan(from, to).rows,
      expected,
      `scan(${shownBound(from)}, ${shownBound(to)}) after nine splits`,
    );
  }
});

test("a scan reads the shards that overlap, and no others", () => {
  const { store } = filled(createRangeStore, 90);
  splitTimes(store, 9);
  const random = new Stream(9, "touch");
  const edges = store.shards().flatMap(({ from, to }) => (from && to ? [[from, to] as const] : []));
  for (const [from, to] of [...edges, ...Array.from({ length: 60 }, () => bounds(random))]) {
    if (from !== null && to !== null && from >= to) continue;
    const shards = store.shards();
    const expected = shards.filter(
      (shard) =>
        (to === null || shard.from === null || shard.from < to) &&
        (from === null || shard.to === null || from < shard.to),
    );
    same(
      store.scan(from, to).shards,
      expected.map(({ shard }) => shard),
      `The shards that scan(${shownBound(from)}, ${shownBound(to)}) read`,
    );
  }
  same(
    store.scan("k050", "k050"),
    { rows: [], shards: [] },
    "A scan of an empty range, which reads no shard",
  );
});

test("a scan of one shard does not look at the rows of all", () => {
  const { store } = filled(createRangeStore, 4_000);
  splitTimes(store, 31);
  const one = store.shards()[10] as Range & { rowCount: number };
  store.scan(null, null);
  const used = rounds(() => store.scan(one.from, one.to));
  claim(
    used < 3_000,
    `A scan of one shard of 32, with ${one.rowCount} rows of 4,000, took ${used} rounds of loops and calls of functions: it should look at the rows of that shard only`,
  );
});

test("a merge joins a shard with its right neighbour, under its own id", () => {
  const { store, rows } = filled(createRangeStore, 60);
  splitTimes(store, 5);
  const before = store.shards();
  const [left, right] = [before[2], before[3]] as [(typeof before)[0], (typeof before)[0]];
  same(store.merge(left.shard), true, `merge(${left.shard}), which has a right neighbour`);
  const merged = store.shards()[2];
  same(
    merged,
    { ...left, to: right.to, rowCount: left.rowCount + right.rowCount },
    `${left.shard} after it was merged with ${right.shard}`,
  );
  covers(store, `after ${left.shard} and ${right.shard} were merged`);
  for (const [key, value] of rows)
    same(store.get(key), value, `get(${shown(key)}) after the merge (invariant 5)`);
  same(
    store.merge(store.shards().at(-1)?.shard as string),
    false,
    "merge of the last shard, which has no right neighbour",
  );
  same(store.merge("no such shard"), false, "merge of a shard that is not there");
  same(store.shards().length, before.length - 1, "The number of shards after one merge");
});

test("the same key always gets the same salt, and different keys stay different", () => {
  const keys = [...numbered(300), ...mixed];
  const first = keys.map((key) => saltedKey(key, 8));
  const i = keys.findIndex((key, index) => saltedKey(key, 8) !== first[index]);
  claim(
    i === -1,
    `saltedKey(${shown(keys[i] ?? "")}, 8) was ${shown(first[i] ?? "")} and is another now: a get could not find the row again`,
  );
  same(new Set(first).size, keys.length, `The number of different salted keys of ${keys.length} keys`);
});

test("a salted scan finds what is in the range, once, and nothing else", () => {
  const random = new Stream(10, "salt");
  const keys = [...numbered(300), ...mixed];
  for (let i = 0; i < 30; i++) {
    const [from, to] = i === 0 ? [null, null] : bounds(random);
    for (const saltCount of [1, 4, 12]) {
      const ranges = saltedRanges({ from, to }, saltCount);
      for (const key of keys) {
        const found = ranges.filter((range) => inside(range, saltedKey(key, saltCount))).length;
        const wanted = inside({ from, to }, key) ? 1 : 0;
        claim(
          found === wanted,
          `${shown(key)}, salted as ${shown(saltedKey(key, saltCount))}, is in ${found} of the ${ranges.length} ranges for a scan from ${shownBound(from)} to ${shownBound(to)}: it should be in ${wanted}`,
        );
      }
    }
  }
});

test("salting spreads keys that come in a row", () => {
  for (const saltCount of [2, 8, 16]) {
    const ranges = saltedRanges({ from: null, to: null }, saltCount);
    same(ranges.length, saltCount, `The number of ranges to scan with ${saltCount} salts`);
    const keys = Array.from(
      { length: 100 * saltCount },
      (_, i) => `2024-05-17T10:${String(i).padStart(6, "0")}`,
    );
    const counts = ranges.map(
      (range) => keys.filter((key) => inside(range, saltedKey(key, saltCount))).length,
    );
    claim(
      Math.max(...counts) <= 160 && Math.min(...counts) >= 50,
      `${keys.length} keys in a row, salted ${saltCount} ways, put ${counts.join(", ")} keys under the prefixes: it should be about 100 each`,
    );
  }
});
