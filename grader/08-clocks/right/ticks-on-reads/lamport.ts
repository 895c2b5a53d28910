import type { LamportClock, Stamp } from "#protocol/08-clocks";

/** Whoever looks at this clock moves it on, and every step is a few numbers wide. Neither does any harm. */
class Clock implements LamportClock {
  #next = 10;

  #take(): number {
    const taken = this.#next;
    this.#next += 1 + (taken % 3);
    return taken;
  }

  local(): number {
    return this.#take();
  }

  send(): number {
    return this.#take();
  }

  receive(timestamp: number): number {
    if (timestamp >= this.#next) this.#next = timestamp + 1;
    return this.#take();
  }

  time(): number {
    return this.#take();
  }
}

export function createLamportClock(): LamportClock {
  return new Clock();
}

export function compareStamps(a: Stamp, b: Stamp): number {
  if (a.time < b.time || (a.time === b.time && a.node < b.node)) return -1;
  return a.time === b.time && a.node === b.node ? 0 : 1;
}

export function canPrecede(a: Stamp, b: Stamp): boolean {
  return compareStamps(a, b) < 0 && a.time !== b.time;
}
