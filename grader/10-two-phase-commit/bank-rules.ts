import { formatValue } from "#lib/trace";
import type { Action, Cost, Exercise, Result } from "#protocol/10-two-phase-commit";
import { claim, same } from "../suite/index.ts";
import { measuredCost } from "./bank-cost.ts";

const placement = { ann: "p1", bob: "p2", cat: "p1", dan: "p3" };

export function splitsWork({ transferWork, auditWork }: Exercise): void {
  const bookings = [
    { account: "bob", amount: 5 },
    { account: "cat", amount: -2 },
    { account: "ann", amount: -3 },
    { account: "dan", amount: 0 },
  ];
  const add = (account: string, amount: number): Action => ({ op: "add", account, amount, ref: "t7" });
  same(
    transferWork(placement, bookings, "t7"),
    { p1: [add("cat", -2), add("ann", -3)], p2: [add("bob", 5)], p3: [add("dan", 0)] },
    `The work of the transfer t7 with ${formatValue(bookings)}, where ${formatValue(placement)}`,
  );
  same(transferWork(placement, [], "t8"), {}, "The work of a transfer without bookings");
  const audit = Object.entries(auditWork(placement)).map(([id, actions]) => [
    id,
    actions.map((it) => `${it.op} ${it.account}`).sort(),
  ]);
  same(
    Object.fromEntries(audit),
    { p1: ["read ann", "read cat"], p2: ["read bob"], p3: ["read dan"] },
    `The work of an audit, where ${formatValue(placement)}`,
  );
}

export function addsUp({ totalOf }: Exercise): void {
  const seen = (account: string, balance: number): Result[number] => ({ account, balance, ref: null });
  same(
    totalOf({ p1: [seen("ann", 40), seen("cat", 0)], p2: [seen("bob", 61)], p3: [] }),
    101,
    "The total of ann = 40, cat = 0 and bob = 61",
  );
  same(totalOf({}), 0, "The total of no accounts");
}

const words: { readonly [field in keyof Cost]: string } = {
  messages: "messages between nodes",
  forcedWrites: "syncs",
  hopsToTold: "hops until the application is told",
  hopsToEnd: "hops until the last message has arrived",
};

export function predicts({ commitCost, abortCost }: Exercise): void {
  for (const n of [2, 3, 7]) {
    const commit = { messages: 4 * n, forcedWrites: 2 * n + 1, hopsToTold: 2, hopsToEnd: 4 };
    const abort = { messages: 3 * n - 1, forcedWrites: n - 1, hopsToTold: 2, hopsToEnd: 3 };
    for (const field of Object.keys(words) as (keyof Cost)[]) {
      same(commitCost(n)?.[field], commit[field], `A commit with ${n} participants, in ${words[field]}`);
      same(
        abortCost(n)?.[field],
        abort[field],
        `An abort with ${n} participants, one of which votes no, in ${words[field]}`,
      );
    }
  }
}

export function costs(work: Exercise, outcome: "commit" | "abort", right: (n: number) => Cost): void {
  for (const n of [1, 3, 5]) {
    const found = measuredCost(work, n, outcome);
    const what = `${outcome === "commit" ? "A commit" : "An abort"} with ${n} ${n === 1 ? "participant" : "participants"}, when nothing goes wrong`;
    claim(Number.isFinite(found.hopsToTold), `${what}: the application was never told`);
    for (const field of Object.keys(words) as (keyof Cost)[]) {
      claim(
        found[field] <= right(n)[field],
        `${what}, took ${found[field]} ${words[field]}${field === "forcedWrites" ? ` (${found.syncsOf})` : ""}, and ${right(n)[field]} are enough (invariant 11)`,
      );
    }
  }
}
