import type { IsolationLevel, ListStep, RegisterStep, TransactionOperation } from "#lib/check";

/** The definitions of lib/check's transactional checkers, tried out case by case: for histories of a few transactions. */

type AnyStep = ListStep | RegisterStep;
type Transaction = TransactionOperation<AnyStep>;

export interface Definition {
  readonly kind: "append" | "write";
  readonly level: IsolationLevel;
  /** If given, the order in which writes must have taken place. */
  readonly versionOrder?: { readonly [key: string]: readonly number[] };
}

/** Whether one transaction after another, with some of those that are `info`, could have given these answers. */
export function hasSerialOrder(operations: readonly Transaction[], definition: Definition): boolean {
  const sure = operations.filter(({ outcome }) => outcome === "ok");
  const unsure = operations.filter(({ outcome }) => outcome === "info");
  return subsetsOf(unsure).some((subset) =>
    canContinue([...sure, ...subset], { x: [], y: [] }, definition, { x: [], y: [] }),
  );
}

type State = { readonly [key: string]: readonly unknown[] };

function canContinue(
  left: readonly Transaction[],
  state: State,
  definition: Definition,
  finals: State,
): boolean {
  if (left.length === 0) return !definition.versionOrder || same(finals, definition.versionOrder);
  return left.some((next) => {
    if (left.some((other) => mustPrecede(other, next, definition.level))) return false;
    const after = run(next, state, definition.kind);
    if (!after) return false;
    const installed = Object.entries(after)
      .filter(([key, values]) => values.length > (state[key] as unknown[]).length)
      .map(([key, values]) => [key, [...(finals[key] as unknown[]), values.at(-1)]]);
    return canContinue(
      left.filter((other) => other !== next),
      after,
      definition,
      { ...finals, ...Object.fromEntries(installed) },
    );
  });
}

function mustPrecede(first: Transaction, second: Transaction, level: IsolationLevel): boolean {
  if (first === second || first.outcome !== "ok") return false;
  const isEarlier = (first.returnedAt as number) < second.invokedAt;
  if (level === "strict-serializable") return isEarlier;
  return level === "session-serializable" && isEarlier && first.process === second.process;
}

/** The state after a transaction, or nothing if it would have read something else. */
function run(transaction: Transaction, before: State, kind: "append" | "write"): State | undefined {
  let state = before;
  for (const step of transaction.output ?? transaction.input) {
    const values = state[step.key] as unknown[];
    if (step.type !== "read") state = { ...state, [step.key]: [...values, step.value] };
    else if (
      step.value !== undefined &&
      !same(step.value, kind === "append" ? values : (values.at(-1) ?? null))
    ) {
      return undefined;
    }
  }
  return state;
}

/**
 * Whether there is an order of all appends such that the lists are beginnings of it, and what depends on what makes none
 * of the circles that the level forbids: Adya's definitions, letter by letter. For transactions that agree with
 * themselves.
 */
export function hasVersionOrder(
  operations: readonly TransactionOperation<ListStep>[],
  level: IsolationLevel,
): boolean {
  const sure = operations.filter(({ outcome }) => outcome === "ok");
  const unsure = operations.filter(({ outcome }) => outcome === "info");
  return subsetsOf(unsure).some((subset) => {
    const committed = [...sure, ...subset];
    const orders = ["x", "y"].map((key) => ordersOf(committed, key));
    return (orders[0] as Orders).some((x) =>
      (orders[1] as Orders).some((y) => isAllowed(committed, { x, y }, level)),
    );
  });
}

type Orders = { by: number; value: unknown }[][];

function ordersOf(committed: readonly TransactionOperation<ListStep>[], key: string): Orders {
  const appends = committed.flatMap(({ input }, by) =>
    input.flatMap((step) => (step.type === "append" && step.key === key ? [{ by, value: step.value }] : [])),
  );
  const lists = committed.flatMap(({ output }) =>
    (output ?? []).flatMap((step) =>
      step.type === "read" && step.key === key && step.value ? [step.value] : [],
    ),
  );
  const extend = (order: Orders[number], left: Orders[number]): Orders => {
    if (left.length === 0) return lists.every((list) => list.length <= order.length) ? [order] : [];
    return left.flatMap((next, i) => {
      // A transaction's own appends are in its own order.
      if (left.findIndex(({ by }) => by === next.by) < i) return [];
      const fits = lists.every((list) => list.length <= order.length || list[order.length] === next.value);
      return fits ? extend([...order, next], left.toSpliced(i, 1)) : [];
    });
  };
  return extend([], appends);
}

function isAllowed(
  committed: readonly TransactionOperation<ListStep>[],
  orders: { readonly [key: string]: { by: number; value: unknown }[] },
  level: IsolationLevel,
): boolean {
  const count = committed.length;
  const matrix = () => Array.from({ length: count }, () => new Array<boolean>(count).fill(false));
  const [depends, misses] = [matrix(), matrix()];
  for (const order of Object.values(orders)) {
    order.forEach(({ by }, i) => {
      const next = order[i + 1];
      if (next && next.by !== by) (depends[by] as boolean[])[next.by] = true;
    });
  }
  for (const [reader, { output = [] }] of committed.entries()) {
    for (const step of output) {
      if (step.type !== "read" || !step.value) continue;
      const order = orders[step.key] as { by: number; value: unknown }[];
      const last = order[step.value.length - 1];
      const next = order[step.value.length];
      if (last && last.by !== reader) {
        (depends[last.by] as boolean[])[reader] = true;
        // What was read must be the last that its transaction appended.
        if (order.slice(step.value.length).some(({ by }) => by === last.by)) return false;
      }
      if (next && next.by !== reader) (misses[reader] as boolean[])[next.by] = true;
    }
  }
  const reaches = closureOf(depends);
  const all = committed.keys();
  for (const a of all) {
    if (reaches[a]?.[a]) return false;
    if (level === "read-committed") continue;
    for (const b of committed.keys()) if (misses[a]?.[b] && (a === b || reaches[b]?.[a])) return false;
  }
  if (level === "read-committed" || level === "consistent-view") return true;
  const either = depends.map((row, a) => row.map((is, b) => is || misses[a]?.[b] === true));
  return closureOf(either).every((row, a) => !row[a]);
}

/** Whether each read shows what the same transaction had read and appended before. */
export function agreesWithItself({ output = [] }: TransactionOperation<ListStep>): boolean {
  const appended = output.flatMap((step) => (step.type === "append" ? [step.value] : []));
  const isSeen = new Set<unknown>();
  const known: { [key: string]: readonly unknown[] } = {};
  const own: { [key: string]: readonly unknown[] } = { x: [], y: [] };
  return output.every((step) => {
    if (step.type === "append") {
      isSeen.add(step.value);
      own[step.key] = [...(own[step.key] ?? []), step.value];
      return true;
    }
    const list = step.value ?? [];
    const mine = own[step.key] ?? [];
    const others = list.slice(0, list.length - mine.length);
    const before = known[step.key] ?? others;
    known[step.key] = others;
    return (
      same(list, [...before, ...mine]) &&
      list.every((value) => !appended.includes(value) || isSeen.has(value))
    );
  });
}

function closureOf(matrix: readonly (readonly boolean[])[]): boolean[][] {
  const closure = matrix.map((row) => [...row]);
  for (const middle of closure.keys()) {
    for (const [from, row] of closure.entries()) {
      if (row[middle]) closure[from] = row.map((is, to) => is || closure[middle]?.[to] === true);
    }
  }
  return closure;
}

function subsetsOf<T>(items: readonly T[]): T[][] {
  const [first, ...others] = items;
  if (first === undefined) return [[]];
  return subsetsOf(others).flatMap((subset) => [subset, [first, ...subset]]);
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
