/**
 * Takes items away, many at once at first and one by one in the end, as long as `holds` is true of what is left: then
 * none of them can go. `holds` is true of all of them, and undefined when there shall be no more tries. After Zeller and
 * Hildebrandt's delta debugging (2002), without its complements.
 */
export function minimal<T>(
  items: readonly T[],
  holds: (kept: readonly T[]) => boolean | undefined,
): readonly T[] {
  let kept = items;
  for (let size = items.length, isSmaller = true; size > 0; ) {
    isSmaller = false;
    for (let i = 0; i < kept.length; ) {
      const without = [...kept.slice(0, i), ...kept.slice(i + size)];
      const found = holds(without);
      if (found === undefined) return kept;
      if (found) {
        kept = without;
        isSmaller = true;
      } else i += size;
    }
    // At the end, another round for those that only the ones taken away since had kept in.
    size = size > 1 ? size >> 1 : isSmaller ? 1 : 0;
  }
  return kept;
}
