/** Something that will happen at a virtual time; among equal times, the one that was planned first comes first. */
export interface Planned {
  readonly ms: number;
  readonly order: number;
}

/** A binary heap: the earliest first. */
export class Heap<T extends Planned> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  get first(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    const items = this.#items;
    let i = items.length;
    items.push(item);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = items[parent] as T;
      if (above.ms < item.ms || (above.ms === item.ms && above.order < item.order)) break;
      items[i] = above;
      i = parent;
    }
    items[i] = item;
  }

  pop(): T | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return top;
    const count = items.length;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= count) break;
      const right = child + 1;
      if (right < count && earlier(items[right] as T, items[child] as T)) child = right;
      if (!earlier(items[child] as T, last)) break;
      items[i] = items[child] as T;
      i = child;
    }
    items[i] = last;
    return top;
  }
}

function earlier(a: Planned, b: Planned): boolean {
  return a.ms < b.ms || (a.ms === b.ms && a.order < b.order);
}
