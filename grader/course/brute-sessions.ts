import type { SessionGuarantee, SessionOperation } from "#lib/check";

/**
 * The definition of lib/check's session guarantees, tried out case by case, for histories of a few operations: is there
 * a choice of which unsure puts happened, an order of all puts, and for each get a set of puts that the replica knew,
 * such that each get returned the newest put of its key that was known, and the guarantees hold?
 */
export function canBeExplained(
  operations: readonly SessionOperation[],
  promised: readonly SessionGuarantee[],
): boolean {
  const gets = operations.filter(({ input, outcome }) => input.type === "get" && outcome === "ok");
  const sure = operations.filter(({ input, outcome }) => input.type === "put" && outcome === "ok");
  const unsure = operations.filter(({ input, outcome }) => input.type === "put" && outcome === "info");
  return subsetsOf(unsure).some((subset) => {
    const puts = [...sure, ...subset];
    const needs = new Map(puts.map((put) => [put, mustBeKnownWith(put, puts, gets, promised)]));
    const knowable = subsetsOf(puts).filter((known) => known.every((put) => isIn(known, needs.get(put))));
    const choices = gets.map((get) =>
      knowable.filter((known) => mayAnswer(known, get, puts, gets, promised)),
    );
    return ordersOf(puts).some((order) => {
      const place = (put: SessionOperation) => order.indexOf(put);
      const isInOrder = puts.every((put) => needs.get(put)?.every((older) => place(older) < place(put)));
      const newest = (known: readonly SessionOperation[], key: string) =>
        order.findLast((put) => put.input.key === key && known.includes(put));
      return (
        isInOrder &&
        gets.every((get, i) =>
          choices[i]?.some((known) => valueOfPut(newest(known, get.input.key)) === (get.output ?? null)),
        )
      );
    });
  });
}

/** Whether a replica that knew these puts was allowed to answer this get. */
function mayAnswer(
  known: readonly SessionOperation[],
  get: SessionOperation,
  puts: readonly SessionOperation[],
  gets: readonly SessionOperation[],
  promised: readonly SessionGuarantee[],
): boolean {
  if (known.some((put) => put.invokedAt > (get.returnedAt as number))) return false;
  if (promised.includes("read-your-writes") && !isIn(known, earlierOf(get, puts))) return false;
  const seen = earlierOf(get, gets).flatMap((earlier) => sourceOf(earlier, puts));
  return !promised.includes("monotonic-reads") || isIn(known, seen);
}

function isIn(known: readonly SessionOperation[], needed: readonly SessionOperation[] = []): boolean {
  return needed.every((put) => known.includes(put));
}

function mustBeKnownWith(
  put: SessionOperation,
  puts: readonly SessionOperation[],
  gets: readonly SessionOperation[],
  promised: readonly SessionGuarantee[],
): SessionOperation[] {
  const own = promised.includes("monotonic-writes") ? earlierOf(put, puts) : [];
  const seen = promised.includes("writes-follow-reads")
    ? earlierOf(put, gets).flatMap((get) => sourceOf(get, puts))
    : [];
  return [...own, ...seen];
}

/** What the same session had done before. An operation that is unsure comes before nothing. */
function earlierOf(operation: SessionOperation, others: readonly SessionOperation[]): SessionOperation[] {
  return others.filter(
    (other) =>
      other.process === operation.process &&
      other.outcome === "ok" &&
      (other.returnedAt as number) < operation.invokedAt,
  );
}

function sourceOf(get: SessionOperation, puts: readonly SessionOperation[]): SessionOperation[] {
  return puts.filter((put) => put.input.key === get.input.key && valueOfPut(put) === get.output);
}

function valueOfPut(put: SessionOperation | undefined): unknown {
  return put?.input.type === "put" ? put.input.value : null;
}

function subsetsOf<T>(items: readonly T[]): T[][] {
  const [first, ...others] = items;
  if (first === undefined) return [[]];
  return subsetsOf(others).flatMap((subset) => [subset, [first, ...subset]]);
}

function ordersOf<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) => ordersOf(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

/**
 * Whether none of the patterns is there that no causally convergent store shows (Bouajjani et al., POPL 2017, table 2): for
 * histories in which each value that was read had been written, and before.
 */
export function hasNoBadPattern(operations: readonly SessionOperation[]): boolean {
  const gets = operations.filter(({ input, outcome }) => input.type === "get" && outcome === "ok");
  const puts = operations.filter(({ input, outcome }) => input.type === "put" && outcome !== "fail");
  const source = new Map(gets.map((get) => [get, sourceOf(get, puts)[0]]));
  const all = [...gets, ...puts];
  const causes = new Map(
    all.map((it) => [it, new Set([...earlierOf(it, all), ...(source.get(it) ? [source.get(it)] : [])])]),
  );
  for (const middle of all) {
    for (const known of causes.values())
      if (known.has(middle)) for (const it of causes.get(middle) ?? []) known.add(it);
  }
  const isCause = (a: SessionOperation, b: SessionOperation) => causes.get(b)?.has(a) === true;
  const sameKey = (put: SessionOperation, get: SessionOperation) => put.input.key === get.input.key;
  // Conflicts: whoever knew one put and returned another holds that one for newer.
  const older = new Map(puts.map((put) => [put, new Set<SessionOperation | undefined>(causes.get(put))]));
  for (const get of gets) {
    const returned = source.get(get);
    if (!returned && get.output !== null) return false;
    for (const put of puts) {
      if (put === returned || !sameKey(put, get) || !isCause(put, get)) continue;
      if (!returned || isCause(returned, put)) return false;
      older.get(returned)?.add(put);
    }
  }
  for (const middle of puts) {
    for (const known of older.values())
      if (known.has(middle)) for (const it of older.get(middle) ?? []) known.add(it);
  }
  return puts.every((put) => !older.get(put)?.has(put));
}
