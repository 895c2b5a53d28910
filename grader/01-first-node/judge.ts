import type { CounterHistory, Observed } from "#protocol/01-first-node";

/*
 * The chapter's own judgement of small histories of one counter, by trying every order. The sentences are for the learner.
 */

/** Why an order does not explain a history; undefined if it does. */
export function objection(history: CounterHistory, order: readonly string[]): string | undefined {
  const done: Observed[] = [];
  for (const name of order) {
    const operation = history.find((one) => one.name === name);
    if (!operation) return `there is no operation "${name}" in it`;
    if (done.includes(operation)) return `${name} is done twice`;
    done.push(operation);
  }
  const left = history.find((one) => one.endedMs !== null && !done.includes(one));
  if (left) return `${left.name} was answered, so it was done, and your order leaves it out`;
  for (let i = 0; i < done.length; i++) {
    const early = done.slice(0, i).find((one) => endedBefore(done[i] as Observed, one));
    if (early)
      return `${early.name} began after ${done[i]?.name} had ended, and your order puts ${early.name} first`;
  }
  let value = 0;
  for (const operation of done) {
    value += operation.amount;
    if (operation.answer !== null && operation.answer !== value) {
      return `in your order ${operation.name} answers ${value}, and its client was told ${operation.answer}`;
    }
  }
  return undefined;
}

function endedBefore(first: Observed, second: Observed): boolean {
  return first.endedMs !== null && first.endedMs < second.beganMs;
}

/** An order that explains a history, if there is one. */
export function anOrder(history: CounterHistory): readonly string[] | undefined {
  for (const order of orders(history.map((operation) => operation.name))) {
    if (objection(history, order) === undefined) return order;
  }
  return undefined;
}

/** Every sequence of some of the names, each at most once. */
export function* orders(names: readonly string[]): Generator<readonly string[]> {
  yield [];
  for (const name of names) {
    for (const rest of orders(names.filter((other) => other !== name))) yield [name, ...rest];
  }
}

/** The history, had one operation been told something else: what, is left open. */
export function without(history: CounterHistory, blamed: string): CounterHistory {
  return history.map((operation) => (operation.name === blamed ? { ...operation, answer: null } : operation));
}

/** A history as a line of text: `a: add 1, 0 to 10 ms, told 1; …`. */
export function told(history: CounterHistory): string {
  return linesOf(history).join("; ");
}

/** A history, an operation a line. */
export function listed(history: CounterHistory): string {
  return linesOf(history).join("\n");
}

function linesOf(history: CounterHistory): string[] {
  return history.map(({ name, does, amount, beganMs, endedMs, answer }) => {
    const what = does === "add" ? `add ${amount}` : "read";
    return endedMs === null
      ? `${name}: ${what}, from ${beganMs} ms, never answered`
      : `${name}: ${what}, ${beganMs} to ${endedMs} ms, told ${answer}`;
  });
}
