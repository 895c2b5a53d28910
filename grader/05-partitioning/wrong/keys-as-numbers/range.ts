import {
  fnv1a,
  type Range,
  type RangeShard,
  type RangeStore,
  type Scan,
  type ShardId,
} from "#protocol/05-partitioning";

/** Equal keys must stay together, so a cut is possible only before a key that differs from the one on its left. */
export function splitKey(sortedKeys: readonly string[]): string | null {
  const imbalance = (cut: number): number => Math.abs(2 * cut - sortedKeys.length);
  let best = 0;
  for (let cut = 1; cut < sortedKeys.length; cut++) {
    const isPossible = sortedKeys[cut] !== sortedKeys[cut - 1];
    if (isPossible && (best === 0 || imbalance(cut) < imbalance(best))) best = cut;
  }
  return best === 0 ? null : sortedKeys[best]!;
}

const before = (a: string, b: string): boolean => {
  const numbers = [Number(a), Number(b)] as const;
  return Number.isNaN(numbers[0]) || Number.isNaN(numbers[1]) ? a < b : numbers[0] < numbers[1];
};

export function createRangeStore(): RangeStore {
  return new ShardedTable();
}

interface Shard {
  readonly shard: ShardId;
  readonly from: string | null;
  to: string | null;
  readonly rows: Map<string, string>;
}

/** Shards in the order of their keys; each one's `to` is the next one's `from`. */
class ShardedTable implements RangeStore {
  readonly #shards: Shard[] = [{ shard: "s1", from: null, to: null, rows: new Map() }];
  #named = 1;

  shards(): RangeShard[] {
    return this.#shards.map(({ shard, from, to, rows }) => ({ shard, from, to, rowCount: rows.size }));
  }

  put(key: string, value: string): ShardId {
    const shard = this.#shardOf(key);
    shard.rows.set(key, value);
    return shard.shard;
  }

  get(key: string): string | null {
    return this.#shardOf(key).rows.get(key) ?? null;
  }

  delete(key: string): boolean {
    return this.#shardOf(key).rows.delete(key);
  }

  scan(from: string | null, to: string | null): Scan {
    const read = this.#shards.filter((shard) => overlaps(shard, { from, to }));
    const rows = read.flatMap((shard) => sortedRows(shard).filter(([key]) => holds({ from, to }, key)));
    return { rows, shards: read.map((shard) => shard.shard) };
  }

  split(id: ShardId): ShardId | null {
    const index = this.#indexOf(id);
    const left = this.#shards[index];
    if (!left) return null;
    const at = splitKey([...left.rows.keys()].sort((a, b) => (before(a, b) ? -1 : 1)));
    if (at === null) return null;
    const right: Shard = { shard: `s${++this.#named}`, from: at, to: left.to, rows: new Map() };
    left.to = at;
    for (const [key, value] of [...left.rows]) {
      if (holds(left, key)) continue;
      left.rows.delete(key);
      right.rows.set(key, value);
    }
    this.#shards.splice(index + 1, 0, right);
    return right.shard;
  }

  merge(id: ShardId): boolean {
    const index = this.#indexOf(id);
    const left = this.#shards[index];
    const right = this.#shards[index + 1];
    if (!left || !right) return false;
    left.to = right.to;
    for (const [key, value] of right.rows) left.rows.set(key, value);
    this.#shards.splice(index + 1, 1);
    return true;
  }

  #shardOf(key: string): Shard {
    return this.#shards.find((shard) => holds(shard, key))!;
  }

  #indexOf(id: ShardId): number {
    const index = this.#shards.findIndex((shard) => shard.shard === id);
    return index === -1 ? this.#shards.length : index;
  }
}

/** Half open: a boundary belongs to the shard on its right, so every key has exactly one shard. */
function holds(range: Range, key: string): boolean {
  return (range.from === null || !before(key, range.from)) && (range.to === null || before(key, range.to));
}

function overlaps(a: Range, b: Range): boolean {
  const from = a.from === null || (b.from !== null && b.from > a.from) ? b.from : a.from;
  const to = a.to === null || (b.to !== null && b.to < a.to) ? b.to : a.to;
  return from === null || to === null || from < to;
}

function sortedRows(shard: Shard): [string, string][] {
  return [...shard.rows].sort(([a], [b]) => (before(a, b) ? -1 : 1));
}

export function saltedKey(key: string, saltCount: number): string {
  return prefix(fnv1a(key) % saltCount) + key;
}

/** A key's salt cannot be known from a range, so every salt has a part of it: one scan becomes `saltCount` scans. */
export function saltedRanges(range: Range, saltCount: number): Range[] {
  return Array.from({ length: saltCount }, (_, salt) => ({
    from: prefix(salt) + (range.from ?? ""),
    to: range.to === null ? prefix(salt + 1) : prefix(salt) + range.to,
  }));
}

/** All of one length, so that no salt's range reaches into another's. */
function prefix(salt: number): string {
  return `${String(salt).padStart(4, "0")}/`;
}
