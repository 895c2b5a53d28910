import { test } from "vitest";
import { frozenCopy } from "#lib/sim";
import { formatValue } from "#lib/trace";
import type { Exercise, Siblings, Vector, Version } from "#protocol/08-clocks";
import * as work from "#work/08-clocks";
import { campaign, claim, same } from "../suite/index.ts";
import { relation } from "./judges.ts";
import { scenarios } from "./scenarios.ts";
import { replay, unwritten, valuesOf } from "./sibling-truth.ts";
import { StoreBench, shareMs } from "./store-bench.ts";

const { mergeSiblings, Store, writeVersion }: Exercise = work;

const version = (node: string, counter: number, value: string): Version => ({
  dot: { node, counter },
  value,
});
const state = (seen: Vector, ...versions: Version[]): Siblings =>
  frozenCopy({ seen, versions }, "", () => "");
const write = (before: Siblings, value: string, context: Vector, self = "n1") =>
  writeVersion(
    before,
    self,
    value,
    frozenCopy(context, "", () => ""),
  );
const list = (values: readonly string[]) => values.join(" and ") || "nothing";

const one = state({ n1: 1 }, version("n1", 1, "a"));
const two = state({ n1: 2 }, version("n1", 1, "a"), version("n1", 2, "b"));

test("the first write of a key is its only version", () => {
  const after = write(unwritten, "a", {});
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
});

test("a write replaces what its client had seen", () => {
  same(
    valuesOf(write(one, "b", { n1: 1 })),
    ["b"],
    "The values after b, whose client had seen a (invariant 5)",
  );
  const after = write(two, "c", { n1: 2 });
  same(valuesOf(after), ["c"], "The values after c, whose client had seen a and b (invariant 5)");
  const others = state({ n2: 4, n3: 1 }, version("n2", 4, "x"), version("n3", 1, "y"));
  same(
    valuesOf(write(others, "c", { n2: 4, n3: 1 })),
    ["c"],
    "The values after c, written at n1, whose client had seen x and y, written at n2 and n3 (invariant 5)",
  );
});

test("a write does not replace what its client had not seen", () => {
  same(
    valuesOf(write(one, "b", {})),
    ["a", "b"],
    "The values after a and then b, both written at n1 by clients that had seen nothing (invariant 4)",
  );
  same(
    valuesOf(write(two, "c", { n1: 1 })),
    ["b", "c"],
    "The values after a, b and then c at n1, whose client had seen only a (invariant 4)",
  );
  const others = state({ n1: 3, n2: 4 }, version("n1", 3, "x"), version("n2", 4, "y"));
  same(
    valuesOf(write(others, "c", { n1: 3, n2: 2 })),
    ["c", "y"],
    "The values after c, whose client had seen x (dot n1 3) and an older value of n2, not y (dot n2 4) (invariant 4)",
  );
});

test("a server has seen what the context of a write has", () => {
  const after = write(state({ n1: 1 }, version("n1", 1, "a")), "c", { n1: 1, n2: 7 });
  claim(
    (after.seen.n2 ?? 0) >= 7,
    `n1 took a write whose context is { n1: 1, n2: 7 }, and now its seen is ${formatValue(after.seen)}: it should cover the context, or the writes that were replaced come back when n2 tells of them (invariant 5)`,
  );
  const late = state({ n2: 7 }, version("n2", 7, "x"));
  same(
    valuesOf(mergeSiblings(after, late)),
    ["c"],
    "The values after c, whose client had read x at n2, and then a Share of n2 that has x (invariant 5)",
  );
});

test("a dot names one write", () => {
  const used = state({ n1: 5, n2: 2 }, version("n2", 2, "b"));
  for (const context of [{}, { n1: 5, n2: 2 }, { n1: 9 }]) {
    const after = write(used, "c", context);
    const dot = after.versions.find(({ value }) => value === "c")?.dot;
    const least = Math.max(5, context.n1 ?? 0);
    claim(
      dot?.node === "n1" && dot.counter > least,
      `n1 had seen ${formatValue(used.seen)}, and a write at n1 with the context ${formatValue(context)} got the dot ${formatValue(dot)}: its counter must be above ${least}, for n1 has given that to another write (invariant 4)`,
    );
  }
});

test("neither rule changes what it is given", () => {
  // What is frozen cannot be changed: an attempt throws.
  write(two, "c", { n1: 1, n2: 3 });
  mergeSiblings(two, state({ n2: 1 }, version("n2", 1, "x")));
  same(valuesOf(two), ["a", "b"], "The values that were given to both rules, after the calls");
});

test("two servers know together what either knows", () => {
  const other = state({ n2: 1 }, version("n2", 1, "x"));
  same(
    valuesOf(mergeSiblings(one, other)),
    ["a", "x"],
    "The values of a server that has a, and one that has x, merged (invariant 4)",
  );
  same(
    valuesOf(mergeSiblings(one, unwritten)),
    ["a"],
    "The values of a server that has a, and one that knows nothing, merged (invariant 4)",
  );
  same(
    valuesOf(mergeSiblings(two, two)),
    ["a", "b"],
    "The values of a and b, merged with themselves (invariants 4 and 5)",
  );
  const { seen } = mergeSiblings(one, state({ n1: 1, n2: 3 }, version("n2", 3, "x")));
  claim(
    relation({ n1: 1, n2: 3 }, seen) === "equal",
    `The seen of { n1: 1 } and { n1: 1, n2: 3 }, merged, is ${formatValue(seen)}: it should be the larger of each number`,
  );
});

test("what one server has seen replaced does not come back from another", () => {
  const newer = state({ n1: 1, n2: 1 }, version("n2", 1, "b"));
  const why = "n2 took b from a client that had seen a (invariant 5)";
  same(
    valuesOf(mergeSiblings(one, newer)),
    ["b"],
    `The values of a server that has a, and one that has seen it replaced by b, merged; ${why}`,
  );
  same(valuesOf(mergeSiblings(newer, one)), ["b"], `The same, the other way round; ${why}`);
});

test("what both servers have stays", () => {
  const mine = state({ n1: 2 }, version("n1", 1, "a"), version("n1", 2, "b"));
  const yours = state({ n1: 2, n2: 1 }, version("n1", 2, "b"), version("n2", 1, "x"));
  for (const [a, b] of [
    [mine, yours],
    [yours, mine],
  ] as const) {
    const values = valuesOf(mergeSiblings(a, b));
    same(
      values,
      ["b", "x"],
      "The values of a server that has a and b, and one that has b and x and has seen a replaced, merged (invariants 4 and 5)",
    );
  }
});

test("nothing is lost and nothing comes back, in thousands of random steps", () => {
  for (let seed = 1; seed <= 250; seed++) replay(work, seed, 3 + (seed % 12));
  for (let seed = 1001; seed <= 1020; seed++) replay(work, seed, 100);
});

test("a server answers what it is asked", () => {
  const n1 = new StoreBench(Store);
  const empty = n1.get("k");
  same(empty.values, [], "The values of a key that nobody has written");
  claim(
    relation(empty.context, {}) === "equal",
    `The context of a key that nobody has written is ${formatValue(empty.context)}: it should be {}`,
  );
  n1.put("k", "a");
  same(n1.values("k"), ["a"], "The values of k after a Put of a");
  same(n1.values("other"), [], "The values of another key after a Put of k");
});

test("two clients that write without having seen each other make siblings, also at one server", () => {
  const n1 = new StoreBench(Store);
  n1.put("k", "a");
  n1.put("k", "b");
  claim(
    list(n1.values("k")) === "a and b",
    `Two clients put a and b at n1, neither of which had seen the other's, and n1 answers with ${list(n1.values("k"))}: both should be there (invariant 4)`,
  );
  n1.put("k", "c", n1.get("k").context);
  claim(
    list(n1.values("k")) === "c",
    `A client that had read a and b put c with that context, and n1 answers with ${list(n1.values("k"))}: c replaces both (invariant 5)`,
  );
});

test("a client that had read less replaces less", () => {
  const n1 = new StoreBench(Store);
  n1.put("k", "a");
  const { context } = n1.get("k");
  n1.put("k", "b", context);
  n1.put("k", "c", context);
  claim(
    list(n1.values("k")) === "b and c",
    `Two clients had read a and put b and c, and n1 answers with ${list(n1.values("k"))}: both replace a, and neither had seen the other (invariants 4 and 5)`,
  );
});

test("an acknowledged value survives a crash", () => {
  const untouched = new StoreBench(Store);
  for (const crash of untouched.crashesAt("k", "a", {})) {
    const n1 = new StoreBench(Store);
    const { isAnswered } = n1.putAndCrash("k", "a", {}, crash);
    const values = list(n1.values("k"));
    claim(
      !isAnswered || values === "a",
      `n1 answered a Put of k = a with PutReply; ${crash.text}; after its restart it has ${values} (invariant 4)`,
    );
  }
  const n1 = new StoreBench(Store);
  n1.put("k", "a");
  n1.crash();
  claim(
    list(n1.values("k")) === "a",
    `n1 answered a Put of k = a, crashed, and has ${list(n1.values("k"))} (invariant 4)`,
  );
});

test("a server tells its peers everything that it knows, again and again", () => {
  const n1 = new StoreBench(Store);
  n1.put("k", "a");
  n1.share("n3", "j", state({ n3: 2 }, version("n3", 2, "x")));
  for (let round = 1; round <= 3; round++) {
    const shares = n1.sharesWithin(shareMs + 1);
    for (const peer of ["n2", "n3"]) {
      for (const [key, values] of [
        ["k", "a"],
        ["j", "x"],
      ] as const) {
        const last = shares.findLast(({ to, message }) => to === peer && message.key === key);
        const got = last && list(valuesOf(last.message.siblings));
        claim(
          got === values,
          `n1 has ${key} = ${values}. In period ${round} of ${shareMs} ms it told ${peer} ${got === undefined ? "nothing of it" : got}: without that, ${peer} may never hear of it (invariant 6)`,
        );
      }
    }
    if (round === 2) n1.crash();
    if (round === 2) n1.share("n3", "j", state({ n3: 2 }, version("n3", 2, "x")));
  }
});

test("a server takes in what its peers tell it", () => {
  const n1 = new StoreBench(Store);
  n1.put("k", "a");
  n1.share("n2", "k", state({ n2: 1 }, version("n2", 1, "x")));
  same(
    n1.values("k"),
    ["a", "x"],
    "The values of k after a Put of a, and a Share of n2 with x (invariant 4)",
  );
  const { context } = n1.get("k");
  n1.put("k", "c", context);
  n1.share("n2", "k", state({ n2: 1 }, version("n2", 1, "x")));
  same(
    n1.values("k"),
    ["c"],
    "The values of k after c, whose client had read a and x, and the same Share again (invariant 5)",
  );
});

test("after a crash, no dot that anyone has heard of names another write", () => {
  const before = new StoreBench(Store);
  before.put("k", "a");
  for (const crash of before.crashesAt("k", "b", {})) {
    const n1 = new StoreBench(Store);
    n1.put("k", "a");
    const { shares } = n1.putAndCrash("k", "b", {}, crash);
    const heard = shares.flatMap(({ message }) => message.siblings.versions);
    n1.put("k", "c");
    for (const { dot, value } of n1.told("k").versions) {
      const other = heard.find((it) => it.dot.node === dot.node && it.dot.counter === dot.counter);
      claim(
        other === undefined || other.value === value,
        `n1 told its peers of ${other?.value}, with the dot ${formatValue(dot)}; ${crash.text}; then it gave the same dot to ${value}: who knows the one will never take the other (invariant 4)`,
      );
    }
    const values = n1.values("k");
    claim(
      values.includes("a") && values.includes("c"),
      `n1 took a; b came, and ${crash.text}; then it took c, whose client had seen nothing, and has ${list(values)} (invariant 4)`,
    );
  }
});

test("what was replaced stays replaced after a crash", () => {
  const n1 = new StoreBench(Store);
  n1.put("k", "a");
  n1.put("k", "b", n1.get("k").context);
  n1.crash();
  same(
    n1.values("k"),
    ["b"],
    "The values of k after a, and b whose client had read a, and a crash (invariants 4 and 5)",
  );
  const dots = n1.told("k").versions.map(({ dot }) => dot.counter);
  n1.put("k", "c");
  const after = n1.told("k").versions.find(({ value }) => value === "c")?.dot.counter ?? 0;
  claim(
    after > Math.max(...dots),
    `Before the crash n1 gave the counters up to ${Math.max(...dots)}; after it, c got ${after} (invariant 4)`,
  );
});

test("two servers that tell each other agree", () => {
  const [n1, other] = [new StoreBench(Store), new StoreBench(Store)];
  n1.put("k", "a");
  // The second bench plays n1 as well, so its own writes come from outside, as those of n2.
  const fromOther = state({ n1: 1, n2: 2 }, version("n2", 1, "x"), version("n2", 2, "y"));
  other.share("n2", "k", fromOther);
  const mine = n1.told("k");
  n1.share("n2", "k", fromOther);
  other.share("n3", "k", mine);
  same(
    other.values("k"),
    n1.values("k"),
    "What one server has after it heard from the other, and what the other has after it heard from the first (invariant 6)",
  );
});

test("no write is lost, none comes back and all servers agree in the end, whatever goes wrong", async () => {
  await campaign(scenarios.store, work, { minCompleted: 30 });
});
