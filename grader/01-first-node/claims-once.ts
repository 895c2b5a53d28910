import type { History, Operation as Recorded } from "#lib/history";
import type { Invariant, NodeId, SimEvent, Violation } from "#lib/sim";
import type { Reply, ServerMessage } from "#protocol/01-first-node";
import type { Asked } from "./clients.ts";

/*
 * The claims about a server that does every Add once. On the counter "seats" the j-th Add of a run adds 4 to the power of j, so
 * that the j-th digit of a value, in base 4, is how often that Add is in it.
 */

/** The amount of the `index`-th Add to seats. */
export function amountOf(index: number): number {
  return 4 ** index;
}

/** How often each Add is in a value. */
export function digitsOf(value: number): number[] {
  const digits: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 4)) digits.push(rest % 4);
  return digits;
}

export function onceClaims(history: History<Asked, number>, server: NodeId): Invariant[] {
  return [
    {
      name: "an Add counts at most once (invariant 6)",
      onEvent: (event) => checkDigits(history, event, server),
    },
    sameAnswers(server),
    noneLost(history),
    {
      name: "one machine could have given all the answers",
      onEnd: () => checkOrder(history),
    },
    {
      name: "the disk keeps no more than what is waited for (invariant 7)",
      onEnd: (sim) => checkSize(sim.disk(server), server),
    },
  ];
}

function repliesIn(event: SimEvent, server: NodeId): { to: NodeId; reply: Reply }[] {
  if (event.node !== server) return [];
  return event.effects.flatMap((it) => {
    const message = it.effect === "send" ? (it.message as ServerMessage) : undefined;
    return message?.type === "Counted" || message?.type === "Refused"
      ? [{ to: (it as { to: NodeId }).to, reply: message }]
      : [];
  });
}

function requestOf(
  history: History<Asked, number>,
  process: NodeId,
  request: number,
): Recorded<Asked, number> | undefined {
  return history.operations.find((it) => it.process === process && it.input.request === request);
}

function addsTo(history: History<Asked, number>): Recorded<Asked, number>[] {
  return history.operations.filter(
    ({ input: { operation } }) => operation.type === "Add" && operation.counter === "seats",
  );
}

function checkDigits(
  history: History<Asked, number>,
  event: SimEvent,
  server: NodeId,
): Violation | undefined {
  for (const { to, reply } of repliesIn(event, server)) {
    const asked = requestOf(history, to, reply.request);
    if (!asked) return `${server} sent ${to} a reply to request ${reply.request}, which ${to} never sent`;
    if (reply.type !== "Counted" || asked.input.operation.counter !== "seats") continue;
    const digits = digitsOf(reply.value);
    const adds = addsTo(history);
    for (const [index, digit] of digits.entries()) {
      if (digit === 0) continue;
      const amount = amountOf(index);
      const add = adds.find((it) => (it.input.operation as { amount: number }).amount === amount);
      if (!add)
        return `${server} told ${to} that seats is ${reply.value}, in which there are ${amountOf(index)} that nobody has added`;
      if (digit > 1) {
        const { request } = add.input;
        const text = `${server} told ${to} that seats is ${reply.value}: request ${request} of ${add.process}, which adds ${amountOf(index)}, is in it ${digit} times`;
        return { text, operations: [add.id, asked.id] };
      }
    }
  }
  return undefined;
}

function sameAnswers(server: NodeId): Invariant {
  const answers = new Map<string, string>();
  const adds = new Set<string>();
  return {
    name: "all answers to one Add are the same (invariant 6)",
    onEvent: (event) => {
      const message = event.message as ServerMessage | undefined;
      if (event.node === server && message?.type === "Add") adds.add(`${event.from}/${message.request}`);
      for (const { to, reply } of repliesIn(event, server)) {
        const name = `${to}/${reply.request}`;
        const text = reply.type === "Counted" ? `Counted ${reply.value}` : "Refused";
        const before = answers.get(name) ?? text;
        if (before !== text && adds.has(name)) {
          return `${server} answered request ${reply.request} of ${to} with ${before}, and a copy of it with ${text}`;
        }
        answers.set(name, text);
      }
      return undefined;
    },
  };
}

/** What was told before an operation began is in the value that it is told. */
function noneLost(history: History<Asked, number>): Invariant {
  const checked = new Set<number>();
  return {
    name: "what was told survives (invariant 2)",
    onEvent: () => {
      // One answer at a time: an event completes at most one operation, and only the open ones need a look.
      for (let i = history.operations.length - 1; i >= 0 && i > history.operations.length - 30; i--) {
        const later = history.operations[i] as Recorded<Asked, number>;
        if (checked.has(later.id) || !isTold(later)) continue;
        checked.add(later.id);
        const lost = missingFrom(history, later);
        if (lost) return lost;
      }
      return undefined;
    },
  };
}

function isTold(it: Recorded<Asked, number>): boolean {
  return it.outcome === "ok" && it.input.operation.counter === "seats";
}

function missingFrom(history: History<Asked, number>, later: Recorded<Asked, number>): Violation | undefined {
  const value = later.output as number;
  const digits = digitsOf(value);
  for (const earlier of history.operations) {
    if (earlier === later || !isTold(earlier) || (earlier.returnedAt as number) > later.invokedAt) continue;
    const lost = digitsOf(earlier.output as number).findIndex((digit, index) => digit > (digits[index] ?? 0));
    if (lost < 0) continue;
    const text = `${earlier.process} was told at ${earlier.returnedMs} ms that seats is ${earlier.output}. ${later.process} asked at ${later.invokedMs} ms and was told ${value}: the ${amountOf(lost)} that was added is gone`;
    return { text, operations: [earlier.id, later.id] };
  }
  return undefined;
}

/** Of two values that were told, one holds all that is in the other: the Adds came in one order. */
function checkOrder(history: History<Asked, number>): Violation | undefined {
  const told = history.operations.filter(isTold).sort((a, b) => (a.output as number) - (b.output as number));
  for (let i = 1; i < told.length; i++) {
    const [less, more] = [told[i - 1], told[i]] as [Recorded<Asked, number>, Recorded<Asked, number>];
    const digits = digitsOf(more.output as number);
    if (digitsOf(less.output as number).some((digit, index) => digit > (digits[index] ?? 0))) {
      const text = `${less.process} was told that seats is ${less.output}, ${more.process} that it is ${more.output}: each holds an Add that the other lacks`;
      return { text, operations: [less.id, more.id] };
    }
  }
  const adds = addsTo(history);
  for (const it of adds.filter(isTold)) {
    const { operation, request } = it.input;
    const index = Math.round(Math.log2((operation as { amount: number }).amount) / 2);
    if (digitsOf(it.output as number)[index] !== 1) {
      const text = `${it.process} was told Counted ${it.output} for its request ${request}, and the amount is not in it`;
      return { text, operations: [it.id] };
    }
  }
  return undefined;
}

/** Three clients, each with two answers that it may wait for and a few that came since it last spoke. */
const characterLimit = 2000 + 200 * (2 + 3 + 12);

function checkSize(
  disk: { cells: ReadonlyMap<string, unknown>; entries: readonly unknown[] },
  server: NodeId,
): string | undefined {
  const size = JSON.stringify([...disk.cells]).length + JSON.stringify(disk.entries).length;
  if (size <= characterLimit) return undefined;
  return `At the end ${server}'s disk holds ${size} characters, where ${characterLimit} are plenty for two counters and what three clients wait for`;
}
