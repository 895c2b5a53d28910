import { claim, same } from "../suite/index.ts";
import type { Answered, TransactionBench } from "./truetime-bench.ts";

/* One server of 08.5 on its bench: the longer tests, one function each. */

type Make = (uncertaintyMs?: number) => TransactionBench;

const at = ({ committed }: Answered) => committed.timestamp;

/** T2 finds what T1 wrote, and its timestamp is not much larger than both that of T1 and the latest of the clock. */
function demandClose(first: Answered, second: Answered, latest: number, what: string): void {
  const least = Math.max(at(first), latest);
  claim(
    at(second) <= least + 10,
    `${what}T1 has the timestamp ${at(first)}, and the latest of n1's clock was ${latest} when T2, of the same key, had all it waits for. T2 has ${at(second)}: at most 10 ms more than that, so ${least + 10}, are allowed`,
  );
}

export function isNotMuchLarger(bench: Make): void {
  for (const uncertaintyMs of [0, 4, 20, 150]) {
    const n1 = bench(uncertaintyMs);
    const { earliest, latest } = n1.interval;
    const timestamp = at(n1.done("T1", ["x"]));
    claim(
      timestamp <= latest + 10,
      `When T1 came, the first of all, the clock of n1 said [${earliest}, ${latest}], and T1 got the timestamp ${timestamp}: at most 10 ms more than that latest, so ${latest + 10}, are allowed`,
    );
  }
  const sure = bench(0);
  const old = sure.done("T1", ["x"]);
  const { latest } = sure.interval;
  demandClose(old, sure.done("T2", ["x"]), latest, "");
  // The clock becomes surer while T1 waits: now it is T1 that asks for more than the clock does.
  const n1 = bench(40);
  n1.ask("T1", ["x"]);
  n1.solo.uncertaintyMs = 0;
  n1.ask("T2", ["x"]);
  const first = n1.answered("T1");
  const second = n1.answered("T2");
  demandClose(first, second, first.earliestMs, "n1's clock became sure while T1 waited. ");
}

export function makesNothingInPart(bench: Make): void {
  const keys = ["x", "y"];
  const old = () => {
    const n1 = bench(20);
    n1.done("T1", keys);
    return n1;
  };
  for (const crash of old().crashesAt("T2", keys)) {
    const n1 = old();
    n1.askAndCrash("T2", keys, crash);
    const reader = n1.done("T3", keys);
    const { x, y } = reader.committed.before;
    const when = `T1 wrote x and y; T2, of both, came; ${crash.text}`;
    const found = `then T3 found ${x ?? "nothing"} in x and ${y ?? "nothing"} in y`;
    const isLost = (x !== "T1/x" && x !== "T2/x") || (y !== "T1/y" && y !== "T2/y");
    claim(!isLost, `${when}; ${found}: T1 was answered, and what it wrote is lost (invariant 12)`);
    claim((x === "T2/x") === (y === "T2/y"), `${when}; ${found}: T2 was made in part (invariant 12)`);
    n1.ask("T2", keys);
    const again = n1.answered("T2");
    const isMade = x === "T2/x";
    const expected = isMade ? { x: "T1/x", y: "T1/y" } : { x: "T3/x", y: "T3/y" };
    same(
      again.committed.before,
      expected,
      `${when}. Then T3 found x = ${x} and y = ${y}, and T2 came again. What T2 found (invariant 12)`,
    );
    const [first, last] = isMade ? [again, reader] : [reader, again];
    claim(
      at(first) < at(last),
      `${when}; in the end ${first.committed.txn} has the timestamp ${at(first)}, and ${last.committed.txn}, which found its values, ${at(last)} (invariant 11)`,
    );
  }
}
