import { Stream } from "#lib/random";

/** Keys as applications have them, and keys that are hard on a weak hash. Each list has `count` different keys. */
export function keyFamilies(count: number): { readonly [family: string]: string[] } {
  const list = (make: (i: number) => string): string[] => Array.from({ length: count }, (_, i) => make(i));
  const path = "/home/projects/archive/2024/reports/quarterly/final/";
  return {
    "numbers in a row": list((i) => String(i)),
    "user ids": list((i) => `user:${i}`),
    "e-mail addresses": list((i) => `${names[i % names.length]}.${Math.floor(i / names.length)}@example.com`),
    "dates with a counter": list((i) => `2024-${twoDigits(1 + (i % 12))}-${twoDigits(1 + (i % 28))}T${i}`),
    "paths with a long common beginning": list((i) => `${path.repeat(4)}${i.toString(36)}`),
    "keys with a common end": list((i) => `${i}:profile:settings:v1`),
    "Chinese and Cyrillic words": list((i) => `${cjk(i)}${cjk(i * 7 + 1)} Ключ`),
    emoji: list((i) => `${String.fromCodePoint(0x1f300 + (i % 700))}${i}`),
    "lone surrogates": list((i) =>
      String.fromCharCode(0xd800 + (i % 2048), 0xd800 + (Math.floor(i / 2048) % 1024)),
    ),
    "random bytes": randomTexts(count),
  };
}

const names = ["ada", "barbara", "edsger", "grace", "leslie", "nancy", "tony"];

function twoDigits(n: number): string {
  return String(n).padStart(2, "0");
}

function cjk(i: number): string {
  return String.fromCharCode(0x4e00 + (i % 20_000));
}

function randomTexts(count: number): string[] {
  const random = new Stream(5, "keys");
  const texts = new Set<string>();
  while (texts.size < count) {
    texts.add(Array.from({ length: 6 }, () => String.fromCharCode(random.int(256))).join(""));
  }
  return [...texts];
}

/** A key as a sentence can show it. */
export function shown(key: string): string {
  const text = JSON.stringify(key);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

/** A bound of a range: null is no bound, and no key. */
export function shownBound(bound: string | null): string {
  return bound === null ? "null" : shown(bound);
}

export function shownList(keys: readonly string[]): string {
  return `[${keys.map(shown).join(", ")}]`;
}

/**
 * How far counts are from even: Pearson's chi-square, in standard deviations from what thrown dice give. Beyond 6 it is
 * no accident.
 */
export function unevenness(counts: readonly number[]): number {
  const freedom = counts.length - 1;
  return (chiSquare(counts) - freedom) / Math.sqrt(2 * freedom);
}

function chiSquare(counts: readonly number[]): number {
  const expected = meanOf(counts);
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

function meanOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0) / counts.length;
}

/** What is wrong with uneven counts: one that no dice would throw, or all of them together. */
export function unevenText(counts: readonly number[]): string {
  const mean = meanOf(counts);
  const most = Math.max(...counts);
  const least = Math.min(...counts);
  const spread = 4 * Math.sqrt(mean);
  const even = `even would be ${mean < 10 ? mean.toFixed(1) : Math.round(mean)}`;
  if (most > mean + spread || least < mean - spread) {
    return `the fullest has ${most}, the emptiest ${least}, and ${even} each, give or take ${Math.ceil(spread)}`;
  }
  const times = (chiSquare(counts) / (counts.length - 1)).toFixed(1);
  return `no single count is strange (${least} to ${most}; ${even}), but taken together the ${counts.length} counts vary ${times} times as much as dice would let them`;
}

/** How many of the items fall into each of `bucketCount` buckets. */
export function countIn<T>(
  items: readonly T[],
  bucketCount: number,
  bucketOf: (item: T) => number,
): number[] {
  const counts = new Array<number>(bucketCount).fill(0);
  for (const item of items) {
    const bucket = bucketOf(item);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  return counts;
}
