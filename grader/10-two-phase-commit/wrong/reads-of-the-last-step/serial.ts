import type { Done, TransactionHistory } from "#protocol/10-two-phase-commit";

type Database = { readonly [key: string]: number };

export function serialOrder({ before, transactions }: TransactionHistory): string[] | null {
  return orderOf(before, transactions);
}

/** Which of them can have been first? After it, the same question for the rest. */
function orderOf(database: Database, left: readonly Done[]): string[] | null {
  if (left.length === 0) return [];
  for (const first of left) {
    const after = run(database, first);
    if (!after) continue;
    const others = orderOf(
      after,
      left.filter((other) => other !== first),
    );
    if (others) return [first.name, ...others];
  }
  return null;
}

/** The database after a transaction that runs alone; undefined if it would have read something else. */
function run(database: Database, { steps }: Done): Database | undefined {
  const after: { [key: string]: number } = { ...database };
  for (const { op, key, value } of steps) if (op === "write") after[key] = value;
  const reads = steps.filter(({ op }) => op === "read");
  const last = reads.at(-1);
  if (last && database[last.key] !== last.value && after[last.key] !== last.value) return undefined;
  return after;
}
