import { todo } from "#lib/exercise";
import type { CounterHistory, HistoryName, Verdict } from "#protocol/01-first-node";

/**
 * Is `order` an order in which one machine could have done these operations, so that every client saw what it saw?
 *
 * `order` holds names of operations, the first one done first. It explains the history if all of this holds:
 *
 * - Every name is that of an operation of the history, and none occurs twice.
 * - Every operation that was answered is in the order. One that was never answered (`endedMs` is null) may be in it or not.
 * - Where one operation ended before another began (`endedMs < beganMs`), the first one comes first. Where two overlap,
 *   either may come first. One that was never answered overlaps everything that came after.
 * - Done in this order on a counter that starts at 0, every operation gives the answer that its client was told.
 */
export function explains(history: CounterHistory, order: readonly string[]): boolean {
  return todo("01.1");
}

/**
 * Your verdict on each of the histories in protocol.ts: either an order that explains it, as in
 * `{ possible: true, order: ["b", "a"] }`, or one operation that spoils it, as in `{ possible: false, blame: "b" }`. An
 * operation is to blame if some order would explain the history, had that operation alone been told something else.
 */
export function verdict(name: HistoryName): Verdict {
  switch (name) {
    case "quiet":
      return todo("01.1");
    case "stale":
      return todo("01.1");
    case "overlap":
      return todo("01.1");
    case "flicker":
      return todo("01.1");
    case "overtake":
      return todo("01.1");
    case "twins":
      return todo("01.1");
    case "silence":
      return todo("01.1");
    case "never":
      return todo("01.1");
    case "ghost":
      return todo("01.1");
    case "twice":
      return todo("01.1");
    case "knot":
      return todo("01.1");
  }
}
