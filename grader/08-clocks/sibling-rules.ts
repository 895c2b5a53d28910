import { frozenCopy } from "#lib/sim";
import { formatValue } from "#lib/trace";
import type { Siblings, Vector, Version } from "#protocol/08-clocks";
import { claim, same } from "../suite/index.ts";
import { relation } from "./judges.ts";
import { type Rules, replay, unwritten, valuesOf } from "./sibling-truth.ts";

/* The two rules of 08.3 by themselves, one function a test. */

export const version = (node: string, counter: number, value: string): Version => ({
  dot: { node, counter },
  value,
});
export const state = (seen: Vector, ...versions: Version[]): Siblings =>
  frozenCopy({ seen, versions }, "", () => "");
const write = (rules: Rules, before: Siblings, value: string, context: Vector) =>
  rules.writeVersion(
    before,
    "n1",
    value,
    frozenCopy(context, "", () => ""),
  );

const one = state({ n1: 1 }, version("n1", 1, "a"));
const two = state({ n1: 2 }, version("n1", 1, "a"), version("n1", 2, "b"));

export function writesFirst(rules: Rules): void {
  const after = write(rules, unwritten, "a", {});
  same(valuesOf(after), ["a"], "The values after a first write of a");
  const [first] = after.versions as [Version];
  claim(
    first.dot?.node === "n1" && first.dot.counter >= 1,
    `A first write, at n1, got the dot ${formatValue(first.dot)}: it should be of n1, with a counter of 1 or more`,
  );
  claim(
    (after.seen.n1 ?? 0) >= first.dot.counter,
    `After a write with the dot ${formatValue(first.dot)}, seen is ${formatValue(after.seen)}: it should cover the dot`,
  );
}

export function replacesWhatWasSeen(rules: Rules): void {
  same(
    valuesOf(write(rules, one, "b", { n1: 1 })),
    ["b"],
    "The values after b, whose client had seen a (invariant 5)",
  );
  const after = write(rules, two, "c", { n1: 2 });
  same(valuesOf(after), ["c"], "The values after c, whose client had seen a and b (invariant 5)");
  const others = state({ n2: 4, n3: 1 }, version("n2", 4, "x"), version("n3", 1, "y"));
  same(
    valuesOf(write(rules, others, "c", { n2: 4, n3: 1 })),
    ["c"],
    "The values after c, written at n1, whose client had seen x and y, written at n2 and n3 (invariant 5)",
  );
}

export function keepsWhatWasNotSeen(rules: Rules): void {
  same(
    valuesOf(write(rules, one, "b", {})),
    ["a", "b"],
    "The values after a and then b, both written at n1 by clients that had seen nothing (invariant 4)",
  );
  same(
    valuesOf(write(rules, two, "c", { n1: 1 })),
    ["b", "c"],
    "The values after a, b and then c at n1, whose client had seen only a (invariant 4)",
  );
  const others = state({ n1: 3, n2: 4 }, version("n1", 3, "x"), version("n2", 4, "y"));
  same(
    valuesOf(write(rules, others, "c", { n1: 3, n2: 2 })),
    ["c", "y"],
    "The values after c, whose client had seen x (dot n1 3) and an older value of n2, not y (dot n2 4) (invariant 4)",
  );
}

export function takesContextIn(rules: Rules): void {
  const after = write(rules, state({ n1: 1 }, version("n1", 1, "a")), "c", { n1: 1, n2: 7 });
  claim(
    (after.seen.n2 ?? 0) >= 7,
    `n1 took a write whose context is { n1: 1, n2: 7 }, and now its seen is ${formatValue(after.seen)}: it should cover the context, or the writes that were replaced come back when n2 tells of them (invariant 5)`,
  );
  const back = write(rules, state({ n1: 1, n2: 7 }, version("n1", 1, "a")), "c", { n1: 1, n2: 3 });
  claim(
    (back.seen.n2 ?? 0) >= 7,
    `n1 had seen { n1: 1, n2: 7 } and took a write whose context is { n1: 1, n2: 3 }, and now its seen is ${formatValue(back.seen)}: what it has seen, it has seen (invariant 5)`,
  );
  const late = state({ n2: 7 }, version("n2", 7, "x"));
  same(
    valuesOf(rules.mergeSiblings(after, late)),
    ["c"],
    "The values after c, whose client had read x at n2, and then a Share of n2 that has x (invariant 5)",
  );
}

export function namesOneWrite(rules: Rules): void {
  const used = state({ n1: 5, n2: 2 }, version("n2", 2, "b"));
  for (const context of [{}, { n1: 5, n2: 2 }, { n1: 9 }]) {
    const after = write(rules, used, "c", context);
    const dot = after.versions.find(({ value }) => value === "c")?.dot;
    const least = Math.max(5, context.n1 ?? 0);
    claim(
      dot?.node === "n1" && dot.counter > least,
      `n1 had seen ${formatValue(used.seen)}, and a write at n1 with the context ${formatValue(context)} got the dot ${formatValue(dot)}: its counter must be above ${least}, for n1 has given that to another write (invariant 4)`,
    );
  }
}

/** A value says nothing of where it came from: two people may write the same. */
export function tellsEqualValuesApart(rules: Rules): void {
  const why = "equal values of two writes are two versions, with dots of their own (invariant 4)";
  same(
    valuesOf(write(rules, two, "a", { n1: 2 })),
    ["a"],
    "The values after a and b, and then a again, whose client had seen both: the new a replaces them (invariant 5)",
  );
  const again = write(rules, one, "a", {});
  same(
    valuesOf(again),
    ["a", "a"],
    `The values after a, and then a again, both written at n1 by clients that had seen nothing: ${why}`,
  );
  const [first, second] = again.versions.map(({ dot }) => dot.counter);
  claim(
    first !== second,
    `n1 took a twice, from clients that had seen nothing, and gave both the counter ${first}: ${why}`,
  );
  const other = state({ n2: 1 }, version("n2", 1, "a"));
  for (const [x, y] of [
    [one, other],
    [other, one],
  ] as const) {
    const merged = rules.mergeSiblings(x, y);
    same(
      valuesOf(merged),
      ["a", "a"],
      `The values of a server that has a, written at n1, and one that has a, written at n2, merged: ${why}`,
    );
    same(
      valuesOf(write(rules, merged, "c", { n1: 1 })),
      ["a", "c"],
      "The values after the same a was written at n1 and at n2, and then c, whose client had seen only the one of n1 (invariant 4)",
    );
  }
}

export function changesNothingGiven(rules: Rules): void {
  // What is frozen cannot be changed: an attempt throws.
  write(rules, two, "c", { n1: 1, n2: 3 });
  rules.mergeSiblings(two, state({ n2: 1 }, version("n2", 1, "x")));
  same(valuesOf(two), ["a", "b"], "The values that were given to both rules, after the calls");
}

export function joins(rules: Rules): void {
  const other = state({ n2: 1 }, version("n2", 1, "x"));
  same(
    valuesOf(rules.mergeSiblings(one, other)),
    ["a", "x"],
    "The values of a server that has a, and one that has x, merged (invariant 4)",
  );
  same(
    valuesOf(rules.mergeSiblings(one, unwritten)),
    ["a"],
    "The values of a server that has a, and one that knows nothing, merged (invariant 4)",
  );
  same(
    valuesOf(rules.mergeSiblings(two, two)),
    ["a", "b"],
    "The values of a and b, merged with themselves (invariants 4 and 5)",
  );
  const { seen } = rules.mergeSiblings(one, state({ n1: 1, n2: 3 }, version("n2", 3, "x")));
  claim(
    relation({ n1: 1, n2: 3 }, seen) === "equal",
    `The seen of { n1: 1 } and { n1: 1, n2: 3 }, merged, is ${formatValue(seen)}: it should be the larger of each number`,
  );
}

export function keepsReplaced(rules: Rules): void {
  const newer = state({ n1: 1, n2: 1 }, version("n2", 1, "b"));
  const why = "n2 took b from a client that had seen a (invariant 5)";
  same(
    valuesOf(rules.mergeSiblings(one, newer)),
    ["b"],
    `The values of a server that has a, and one that has seen it replaced by b, merged; ${why}`,
  );
  same(valuesOf(rules.mergeSiblings(newer, one)), ["b"], `The same, the other way round; ${why}`);
}

export function keepsShared(rules: Rules): void {
  const mine = state({ n1: 2 }, version("n1", 1, "a"), version("n1", 2, "b"));
  const yours = state({ n1: 2, n2: 1 }, version("n1", 2, "b"), version("n2", 1, "x"));
  for (const [a, b] of [
    [mine, yours],
    [yours, mine],
  ] as const) {
    const values = valuesOf(rules.mergeSiblings(a, b));
    same(
      values,
      ["b", "x"],
      "The values of a server that has a and b, and one that has b and x and has seen a replaced, merged (invariants 4 and 5)",
    );
  }
}

export function survivesRandomSteps(rules: Rules): void {
  for (let seed = 1; seed <= 250; seed++) replay(rules, seed, 3 + (seed % 12));
  for (let seed = 1001; seed <= 1020; seed++) replay(rules, seed, 100);
}
