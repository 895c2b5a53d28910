import type { Hlc, HlcTime } from "#protocol/08-clocks";

export function encodeHlc({ ms, counter }: HlcTime): string {
  return hex(ms, 12) + hex(counter, 4);
}

/** With zeros in front: without them, "9" would come after "10". */
function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

export function decodeHlc(timestamp: string): HlcTime {
  return {
    ms: Number.parseInt(timestamp.slice(0, 12), 16),
    counter: Number.parseInt(timestamp.slice(12), 16),
  };
}

export function createHlc(maxOffsetMs: number): Hlc {
  let last: HlcTime = { ms: 0, counter: -1 };
  /** The next time after `last` and after the others that is not behind the clock. */
  const advance = (clockMs: number, ...others: HlcTime[]): string => {
    const known = [last, ...others];
    const ms = Math.max(clockMs, ...known.map((time) => time.ms));
    // Only readings of this very ms must be exceeded. If the clock is ahead of all of them there are none, and the counter is 0.
    const counters = known.filter((time) => time.ms === ms).map((time) => time.counter);
    last = { ms, counter: Math.max(-1, ...counters) + 1 };
    return encodeHlc(last);
  };
  return {
    now: (clockMs) => advance(clockMs),
    receive(clockMs, timestamp) {
      const received = decodeHlc(timestamp);
      // Measured against the machine's clock. Against `last`, it could be led astray step by step.
      const stamp = advance(clockMs, received);
      return received.ms - clockMs > maxOffsetMs ? null : stamp;
    },
  };
}
