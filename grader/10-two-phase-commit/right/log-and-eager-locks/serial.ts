import type { TransactionHistory } from "#protocol/10-two-phase-commit";

/** All orders, one after another, each tried from its beginning. */
export function serialOrder({ before, transactions }: TransactionHistory): string[] | null {
  for (const order of permutations(transactions.map((_, i) => i))) {
    const database = new Map(Object.entries(before));
    const steps = order.flatMap((i) => transactions[i]!.steps);
    const isRight = steps.every(({ op, key, value }) => {
      if (op === "write") database.set(key, value);
      return database.get(key) === value;
    });
    if (isRight) return order.map((i) => transactions[i]!.name);
  }
  return null;
}

function* permutations(items: number[]): Generator<number[]> {
  if (items.length === 0) yield [];
  for (const item of items) {
    for (const rest of permutations(items.filter((other) => other !== item))) yield [item, ...rest];
  }
}
