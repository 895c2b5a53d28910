/*
 * Hash tables of whole numbers in typed arrays, with open addressing. A search asks them several times a step: a Map of
 * strings would take most of its time and memory.
 */

export function scramble(number: number): number {
  const mixed = Math.imul(number ^ (number >>> 16), 0x7feb352d);
  return Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
}

/** A number for each pair of numbers, all of them 0 or more, but the value, which may be anything but −1. */
export class PairTable {
  #keys = new Int32Array(2 * 1024);
  #values = new Int32Array(1024).fill(-1);
  #count = 0;

  /** −1 if there is none. */
  get(a: number, b: number): number {
    return this.#values[this.#find(a, b)] as number;
  }

  set(a: number, b: number, value: number): void {
    if (2 * this.#count >= this.#values.length) this.#grow();
    const at = this.#find(a, b);
    if (this.#values[at] === -1) this.#count++;
    this.#keys[2 * at] = a;
    this.#keys[2 * at + 1] = b;
    this.#values[at] = value;
  }

  /** Where the pair is, or where it would be. */
  #find(a: number, b: number): number {
    const mask = this.#values.length - 1;
    let at = scramble(a ^ Math.imul(b, 0x9e3779b1)) & mask;
    while (this.#values[at] !== -1 && (this.#keys[2 * at] !== a || this.#keys[2 * at + 1] !== b)) {
      at = (at + 1) & mask;
    }
    return at;
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#keys = new Int32Array(2 * keys.length);
    this.#values = new Int32Array(2 * values.length).fill(-1);
    for (let i = 0; i < values.length; i++) {
      if (values[i] === -1) continue;
      const at = this.#find(keys[2 * i] as number, keys[2 * i + 1] as number);
      this.#keys[2 * at] = keys[2 * i] as number;
      this.#keys[2 * at + 1] = keys[2 * i + 1] as number;
      this.#values[at] = values[i] as number;
    }
  }
}

/** Different rows of numbers, each known by its place in the order of their coming. A row may have any length. */
export class RowTable {
  length = 0;
  #cells = new Int32Array(4096);
  /** Where each row ends; the next one begins there. */
  #ends = new Int32Array(1024);
  #hashes = new Int32Array(1024);
  /** Places + 1, by hash. */
  #slots = new Int32Array(2048);

  /** Where the row begins in `cells`. */
  start(place: number): number {
    return place === 0 ? 0 : (this.#ends[place - 1] as number);
  }

  end(place: number): number {
    return this.#ends[place] as number;
  }

  /** The cells of all rows. Ask again after an `add`. */
  get cells(): Int32Array {
    return this.#cells;
  }

  /** The place of the row made of the first `size` numbers; a new row has the place that `length` was. */
  add(row: Int32Array, size: number): number {
    let hash = size;
    for (let i = 0; i < size; i++) hash = scramble(hash ^ Math.imul(row[i] as number, 0x9e3779b1));
    const mask = this.#slots.length - 1;
    let at = hash & mask;
    for (let place = this.#slots[at] as number; place !== 0; place = this.#slots[at] as number) {
      if (this.#hashes[place - 1] === hash && this.#isAt(place - 1, row, size)) return place - 1;
      at = (at + 1) & mask;
    }
    this.#slots[at] = this.length + 1;
    return this.#append(row, size, hash);
  }

  #isAt(place: number, row: Int32Array, size: number): boolean {
    const start = this.start(place);
    if (this.end(place) - start !== size) return false;
    for (let i = 0; i < size; i++) if (this.#cells[start + i] !== row[i]) return false;
    return true;
  }

  #append(row: Int32Array, size: number, hash: number): number {
    const place = this.length++;
    const start = this.start(place);
    while (start + size > this.#cells.length) this.#cells = grown(this.#cells);
    for (let i = 0; i < size; i++) this.#cells[start + i] = row[i] as number;
    if (place === this.#ends.length) {
      this.#ends = grown(this.#ends);
      this.#hashes = grown(this.#hashes);
    }
    this.#ends[place] = start + size;
    this.#hashes[place] = hash;
    if (2 * this.length > this.#slots.length) this.#spread();
    return place;
  }

  #spread(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    for (let place = 0; place < this.length; place++) {
      let at = (this.#hashes[place] as number) & mask;
      while (slots[at] !== 0) at = (at + 1) & mask;
      slots[at] = place + 1;
    }
    this.#slots = slots;
  }
}

/** A copy of twice the length. */
export function grown(column: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const bigger = new Int32Array(2 * column.length);
  bigger.set(column);
  return bigger;
}
