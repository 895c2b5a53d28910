/* Ways down: to a shorter list, a smaller number, fewer bits. Each is told after each step whether that may be kept. */

/** Tries to do without chunks of a list, half of it at first and one item at last, from its end. `removes` says whether the list is shorter now. */
export function inChunks<Item>(list: () => Item[], removes: (chunk: Item[]) => boolean): void {
  for (let size = list().length; size >= 1; size = Math.floor(size / 2)) {
    for (let end = list().length; end > 0; ) {
      const start = Math.max(0, end - size);
      const isShorter = removes(list().slice(start, end));
      end = Math.min(start, isShorter ? list().length : start);
    }
  }
}

/** Goes from a value that will do towards one that will not, as far as it still does. */
export function bisect(bad: number, good: number, accepts: (value: number) => boolean): void {
  let [low, high] = [bad, good];
  for (;;) {
    const middle = Math.trunc((low + high) / 2);
    if (middle === low || middle === high) return;
    if (accepts(middle)) high = middle;
    else low = middle;
  }
}

/** Clears one bit after another where that will do; at least one stays. */
export function clearBits(value: number, accepts: (value: number) => boolean): void {
  let left = value;
  for (let bit = 1; bit <= left; bit *= 2) {
    const isSet = Math.floor(left / bit) % 2 === 1;
    if (isSet && left !== bit && accepts(left - bit)) left -= bit;
  }
}
