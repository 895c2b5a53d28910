import type { Hlc, HlcTime } from "#protocol/08-clocks";

/** A reading in one number of 64 bits, as an implementation in C would keep it: comparing and adding 1 do the right thing. */
function packed({ ms, counter }: HlcTime): bigint {
  return (BigInt(ms) << 16n) | BigInt(counter);
}

const textOf = (bits: bigint): string => bits.toString(16).padStart(16, "0");
const bitsOf = (text: string): bigint => BigInt(`0x${text}`);

export function encodeHlc(time: HlcTime): string {
  return textOf(packed(time));
}

export function decodeHlc(timestamp: string): HlcTime {
  const bits = bitsOf(timestamp);
  return { ms: Number(bits >> 16n), counter: Number(bits & 0xffffn) };
}

class Clock implements Hlc {
  /** The smallest timestamp that the next event may have. */
  #least = 0n;
  readonly #maxOffsetMs: number;

  constructor(maxOffsetMs: number) {
    this.#maxOffsetMs = maxOffsetMs;
  }

  now(clockMs: number): string {
    const clock = packed({ ms: clockMs, counter: 0 });
    const next = clock > this.#least ? clock : this.#least;
    this.#least = next + 1n;
    return textOf(next);
  }

  receive(clockMs: number, timestamp: string): string | null {
    const received = bitsOf(timestamp);
    if (Number(received >> 16n) > clockMs + this.#maxOffsetMs) return null;
    if (received >= this.#least) this.#least = received + 1n;
    return this.now(clockMs);
  }
}

export function createHlc(maxOffsetMs: number): Hlc {
  return new Clock(maxOffsetMs);
}
