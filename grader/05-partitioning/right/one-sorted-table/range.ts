import type { Range, RangeShard, RangeStore, Scan, ShardId } from "#protocol/05-partitioning";

export function splitKey(sortedKeys: readonly string[]): string | null {
  const middle = sortedKeys[sortedKeys.length >>> 1];
  if (middle === undefined) return null;
  const start = sortedKeys.indexOf(middle);
  const end = sortedKeys.lastIndexOf(middle) + 1;
  const half = sortedKeys.length / 2;
  if (start === 0 && end === sortedKeys.length) return null;
  if (start === 0) return sortedKeys[end]!;
  if (end === sortedKeys.length) return middle;
  return end - half < half - start ? sortedKeys[end]! : middle;
}

/** All rows in one sorted table; a shard is no more than a name and the key at which it begins. "" is the least of all keys. */
export function createRangeStore(): RangeStore {
  const rows: [key: string, value: string][] = [];
  const begins: { shard: ShardId; from: string }[] = [{ shard: "shard-0", from: "" }];
  let made = 0;

  const rowAt = (key: string): number => firstAtOrAfter(rows, ([other]) => other < key);
  const shardAt = (key: string): number => firstAtOrAfter(begins, ({ from }) => from <= key) - 1;
  const rowsOf = (index: number): [number, number] => {
    const next = begins[index + 1];
    return [rowAt(begins[index]!.from), next ? rowAt(next.from) : rows.length];
  };

  return {
    shards(): RangeShard[] {
      return begins.map(({ shard, from }, i) => {
        const [low, high] = rowsOf(i);
        return { shard, from: i === 0 ? null : from, to: begins[i + 1]?.from ?? null, rowCount: high - low };
      });
    },
    put(key, value) {
      const i = rowAt(key);
      rows.splice(i, rows[i]?.[0] === key ? 1 : 0, [key, value]);
      return begins[shardAt(key)]!.shard;
    },
    get(key) {
      const row = rows[rowAt(key)];
      return row?.[0] === key ? row[1] : null;
    },
    delete(key) {
      const i = rowAt(key);
      if (rows[i]?.[0] !== key) return false;
      rows.splice(i, 1);
      return true;
    },
    scan(from, to): Scan {
      if (from !== null && to !== null && from >= to) return { rows: [], shards: [] };
      const low = rowAt(from ?? "");
      const high = to === null ? rows.length : rowAt(to);
      const last = to === null ? begins.length : firstAtOrAfter(begins, (shard) => shard.from < to);
      return {
        rows: rows.slice(low, high),
        shards: begins.slice(shardAt(from ?? ""), last).map(({ shard }) => shard),
      };
    },
    split(id) {
      const index = begins.findIndex(({ shard }) => shard === id);
      if (index === -1) return null;
      const [low, high] = rowsOf(index);
      if (high - low < 2) return null;
      const shard = `shard-${++made}`;
      begins.splice(index + 1, 0, { shard, from: rows[low + ((high - low) >>> 1)]![0] });
      return shard;
    },
    merge(id) {
      const index = begins.findIndex(({ shard }) => shard === id);
      if (index === -1 || index === begins.length - 1) return false;
      begins.splice(index + 1, 1);
      return true;
    },
  };
}

/** The index of the first item that is not before; the items that are before come first. */
function firstAtOrAfter<T>(items: readonly T[], isBefore: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(items[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** One letter for each salt, from a letter on that sorts like the others. */
export function saltedKey(key: string, saltCount: number): string {
  let sum = 7;
  for (let i = 0; i < key.length; i++) sum = (sum * 31 + key.charCodeAt(i)) % 1_000_003;
  return String.fromCharCode(0x100 + (sum % saltCount)) + key;
}

export function saltedRanges({ from, to }: Range, saltCount: number): Range[] {
  return Array.from({ length: saltCount }, (_, salt) => {
    const letter = String.fromCharCode(0x100 + salt);
    return { from: letter + (from ?? ""), to: to === null ? String.fromCharCode(0x101 + salt) : letter + to };
  });
}
