import { todo } from "#lib/exercise";
import type { Hlc, HlcTime } from "#protocol/08-clocks";

/**
 * A reading as text: 16 hex digits, small letters, the first 12 for the ms and the last 4 for the counter. { ms: 255, counter: 1 } is
 * "0000000000ff0001". The order of the texts is the order of the readings: by ms, then by counter.
 */
export function encodeHlc(time: HlcTime): string {
  return todo("08.4");
}

/** The reading that `encodeHlc` made this text of. */
export function decodeHlc(timestamp: string): HlcTime {
  return todo("08.4");
}

/**
 * A new hybrid logical clock. Every event of its node gets a timestamp:
 *
 * - It is larger than that of the event before it on the same node; that of an arrival is also larger than that of the sending.
 * - Its ms are no less than `clockMs`, and no more than the largest `clockMs` of this event and of all that happened before it.
 * - Its counter is 0, unless events that happened before it have the same ms. Then it is one more than the largest counter of those.
 * - An arriving timestamp whose ms are more than `maxOffsetMs` above `clockMs` is refused: `receive` gives null, and it is as if nothing had
 *   arrived. Exactly `maxOffsetMs` is taken.
 *
 * `clockMs` is a whole number, from 1 to 2⁴⁸ − 1, and can be smaller than the last time. No test has 2¹⁶ events in one ms.
 */
export function createHlc(maxOffsetMs: number): Hlc {
  return todo("08.4");
}
