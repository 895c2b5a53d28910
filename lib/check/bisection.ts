/** How many items come before the first for which this is false; it must be false for all that follow. */
export function countBefore<T>(items: readonly T[], isBefore: (item: T) => boolean): number {
  let [low, high] = [0, items.length];
  // Most of what is asked for is at the end.
  if (high === 0 || isBefore(items[high - 1]!)) return high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(items[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
