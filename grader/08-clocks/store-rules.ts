import { formatValue } from "#lib/trace";
import type { Exercise } from "#protocol/08-clocks";
import { claim, same } from "../suite/index.ts";
import { relation } from "./judges.ts";
import { state, version } from "./sibling-rules.ts";
import { valuesOf } from "./sibling-truth.ts";
import { StoreBench, shareMs } from "./store-bench.ts";

/* One server of 08.3 on its bench, one function a test. */

type Class = Exercise["Store"];

const list = (values: readonly string[]) => values.join(" and ") || "nothing";

export function answers(Store: Class): void {
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
}

export function makesSiblings(Store: Class): void {
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
}

export function replacesLess(Store: Class): void {
  const n1 = new StoreBench(Store);
  n1.put("k", "a");
  const { context } = n1.get("k");
  n1.put("k", "b", context);
  n1.put("k", "c", context);
  claim(
    list(n1.values("k")) === "b and c",
    `Two clients had read a and put b and c, and n1 answers with ${list(n1.values("k"))}: both replace a, and neither had seen the other (invariants 4 and 5)`,
  );
}

export function takesEqualValues(Store: Class): void {
  const n1 = new StoreBench(Store);
  n1.put("k", "a");
  n1.put("k", "b");
  n1.put("k", "a", n1.get("k").context);
  claim(
    list(n1.values("k")) === "a",
    `n1 had a and b; a client that had read both chose a, and put a again with that context, and n1 answers with ${list(n1.values("k"))}: this Put replaces both (invariant 5)`,
  );
  const other = new StoreBench(Store);
  other.put("k", "a");
  const { context } = other.get("k");
  other.put("k", "a");
  other.put("k", "c", context);
  claim(
    list(other.values("k")) === "a and c",
    `n1 had a, and a client read it; another one, that had read nothing, put a as well; the first put c with its context, and n1 answers with ${list(other.values("k"))}: nobody who knew of the second a has replaced it (invariant 4)`,
  );
}

export function givesWhatItHasSeen(Store: Class): void {
  const n1 = new StoreBench(Store);
  const seen = { n2: 5, n3: 2 };
  n1.share("n3", "k", state(seen, version("n3", 2, "y")));
  const { context } = n1.get("k");
  claim(
    relation(context, seen) === "equal",
    `n3 told n1 that the seen of k is ${formatValue(seen)} and its only version is y, with the dot (n3, 2), and n1 gives the context ${formatValue(context)}: the context of a GetReply is seen, with the writes that have been replaced (invariant 5)`,
  );
}

export function keepsAcknowledged(Store: Class): void {
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
}

export function tellsEverything(Store: Class): void {
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
        const when = `n1 has ${key} = ${values}. In period ${round} of ${shareMs} ms`;
        claim(
          got !== undefined,
          `${when} it sent ${peer} no Share of ${key}, so ${peer} may never hear of it (invariant 6)`,
        );
        claim(
          got === values,
          `${when} the last Share of ${key} that it sent ${peer} had the values ${got}: it should have ${values}, once (invariant 6)`,
        );
      }
    }
    if (round === 2) n1.crash();
    if (round === 2) n1.share("n3", "j", state({ n3: 2 }, version("n3", 2, "x")));
  }
}

export function takesIn(Store: Class): void {
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
}

export function reusesNoDot(Store: Class): void {
  const before = new StoreBench(Store);
  before.put("k", "a");
  for (const crash of before.crashesAt("k", "b", {})) {
    const n1 = new StoreBench(Store);
    n1.put("k", "a");
    const { shares } = n1.putAndCrash("k", "b", {}, crash);
    const heard = shares.flatMap(({ message }) => message.siblings.versions);
    n1.put("k", "c");
    const known = n1.told("k").versions;
    for (const [i, { dot, value }] of known.entries()) {
      const twin = known.slice(0, i).find((it) => it.dot.node === dot.node && it.dot.counter === dot.counter);
      claim(
        twin === undefined,
        `n1 took a; b came, and ${crash.text}; then it took c, and now both ${twin?.value} and ${value} have the dot ${formatValue(dot)}: a dot names one write (invariant 4)`,
      );
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
}

export function staysReplaced(Store: Class): void {
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
}

export function agrees(Store: Class): void {
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
}
