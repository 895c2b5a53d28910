import type { CounterHistory, HistoryName, Verdict } from "#protocol/01-first-node";

/** Is `order` an order in which one machine could have done these operations, so that every client saw what it saw? */
export function explains(history: CounterHistory, order: readonly string[]): boolean {
  const named = new Map(history.map((operation) => [operation.name, operation]));
  const left = new Set(history);
  let value = 0;
  for (const name of order) {
    const operation = named.get(name);
    if (operation === undefined || operation.endedMs === null || !left.delete(operation)) return false;
    // Whatever ended before this one began must have had its turn: nothing like it may still be left.
    for (const other of left) {
      if (other.endedMs !== null && other.endedMs < operation.beganMs) return false;
    }
    value += operation.amount;
    if (operation.answer !== null && operation.answer !== value) return false;
  }
  // An operation that was never answered may never have happened, and only such a one may be left out.
  return [...left].every((operation) => operation.endedMs === null);
}

/** The verdict on each history. */
export function verdict(name: HistoryName): Verdict {
  switch (name) {
    case "quiet":
      return { possible: true, order: ["a", "b"] };
    case "stale": // a was over when b began, so b had to see it.
      return { possible: false, blame: "b" };
    case "overlap": // They overlap, so either may be first.
      return { possible: true, order: ["b", "a"] };
    case "flicker": // Once b has seen the new value, c cannot see the old one.
      return { possible: false, blame: "c" };
    case "overtake": // a began first and was done last.
      return { possible: true, order: ["b", "c", "a"] };
    case "twins": // The second of two adds has to count the first.
      return { possible: false, blame: "b" };
    case "silence": // No answer to a, and 40 ms later it was not done yet, and then it was.
      return { possible: true, order: ["b", "a", "c"] };
    case "never":
      return { possible: true, order: ["b", "c"] };
    case "ghost": // Seen once, an operation has happened: it cannot unhappen.
      return { possible: false, blame: "c" };
    case "twice": // a is one operation, sent once or ten times.
      return { possible: false, blame: "c" };
    case "knot":
      return { possible: true, order: ["b", "c", "a", "d"] };
  }
}
