import { todo } from "#lib/exercise";
import type { Range, RangeStore } from "#protocol/05-partitioning";

/**
 * Where to split: a key such that those less than it go to the left and the others to the right.
 *
 * `sortedKeys` are in ascending order and may repeat: they can be a sample of what was asked for lately. Equal keys stay together. Both
 * sides get some; of all such keys, one that divides the list most evenly. Null if there is none.
 */
export function splitKey(sortedKeys: readonly string[]): string | null {
  return todo("05.3");
}

/** An empty table of one shard, without bounds. What its methods do is said in the protocol, at `RangeStore`. */
export function createRangeStore(): RangeStore {
  return todo("05.3");
}

/**
 * The key under which to store `key` so that neighbours are not stored side by side: one of `saltCount` prefixes, and then the
 * key. A hash of the key chooses the prefix (`fnv1a` is good enough), so the same key always gets the same one; each prefix
 * gets about as many keys as another. `saltCount` may be any number from 1 on, 12 or 16 as well.
 */
export function saltedKey(key: string, saltCount: number): string {
  return todo("05.3");
}

/**
 * What to scan in order to find all keys of a range that were stored salted: `saltCount` ranges, one a prefix, that do not
 * overlap. A salted key is in one of them if its key is in `range`, and in none if it is not.
 */
export function saltedRanges(range: Range, saltCount: number): Range[] {
  return todo("05.3");
}
