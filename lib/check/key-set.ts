/**
 * A set of keys, each the same number of 32-bit integers, of which the first is not negative. An open-addressing table
 * in one typed array: no objects, so that ten million keys fit in memory and cost little.
 */
export class KeySet {
  /** Put the key here, then call `add`. */
  readonly key: Int32Array;
  size = 0;
  readonly #width: number;
  #table: Int32Array;
  #mask: number;

  constructor(width: number) {
    this.key = new Int32Array(width);
    this.#width = width;
    this.#mask = 3;
    this.#table = new Int32Array(4 * width);
  }

  /** Adds the key; false if it was there. */
  add(): boolean {
    if (this.size * 3 > this.#mask * 2) this.#grow();
    const { key } = this;
    const table = this.#table;
    const width = this.#width;
    let hash = 0;
    for (let i = 0; i < width; i++) hash = mixed(hash ^ (key[i] as number));
    // A first integer of 0 marks a free place, so those of keys are stored plus one.
    const first = (key[0] as number) + 1;
    for (let place = hash & this.#mask; ; place = (place + 1) & this.#mask) {
      let at = place * width;
      if (table[at] === 0) {
        table[at] = first;
        for (let i = 1; i < width; i++) table[++at] = key[i] as number;
        this.size++;
        return true;
      }
      if (table[at] !== first) continue;
      let i = 1;
      while (i < width && table[++at] === key[i]) i++;
      if (i === width) return false;
    }
  }

  #grow(): void {
    const old = this.#table;
    const width = this.#width;
    this.#mask = this.#mask * 2 + 1;
    const table = new Int32Array((this.#mask + 1) * width);
    for (let from = 0; from < old.length; from += width) {
      if (old[from] === 0) continue;
      let hash = mixed((old[from] as number) - 1);
      for (let i = 1; i < width; i++) hash = mixed(hash ^ (old[from + i] as number));
      let place = hash & this.#mask;
      while (table[place * width] !== 0) place = (place + 1) & this.#mask;
      for (let i = 0; i < width; i++) table[place * width + i] = old[from + i] as number;
    }
    this.#table = table;
  }
}

function mixed(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x7feb352d);
  word = Math.imul(word ^ (word >>> 15), 0x846ca68b);
  return word ^ (word >>> 16);
}
