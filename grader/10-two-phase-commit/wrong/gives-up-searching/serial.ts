import type { TransactionHistory } from "#protocol/10-two-phase-commit";

/** Tries some orders, and then gives up. */
export function serialOrder({ before, transactions }: TransactionHistory): string[] | null {
  const dozens = orders(transactions.map((_, i) => i)).slice(0, 720);
  for (const order of dozens) {
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

function orders(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) =>
    orders(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}
