import type { Invariant, Violation } from "#lib/sim";
import { formatMessage } from "#lib/trace";
import type { Committed, Transact, TransactionMessage } from "#protocol/08-clocks";

interface Known {
  /** The largest timestamp of those that were acknowledged before it began, and whose. */
  readonly after: Acknowledged | undefined;
  answer: Committed | undefined;
}

interface Acknowledged {
  readonly txn: string;
  readonly timestamp: number;
}

/** Judges the answers of transaction servers. It is told by the kernel's clients when a transaction begins, and when it is acknowledged. */
export class Timestamps implements Invariant {
  readonly name = "timestamps are in the order in which the transactions happened (invariants 10, 11 and 12)";
  readonly #transactions = new Map<string, Known>();
  /** Who found each value of each key, and so replaced it. */
  readonly #finders = new Map<string, string>();
  #largest: Acknowledged | undefined;
  #broken: Violation | undefined;

  onEvent(): Violation | undefined {
    return this.#broken;
  }

  begun(txn: string): void {
    this.#transactions.set(txn, { after: this.#largest, answer: undefined });
  }

  acknowledged(transact: Transact, answer: Committed): void {
    const { txn } = transact;
    const known = this.#transactions.get(txn);
    if (!known || this.#broken) return;
    if (!isWellFormed(answer))
      return this.#break(`${txn} was answered with ${formatMessage(answer)}.`, [txn]);
    this.#judgeAnswer(known, answer);
    this.#judgeOutside(known, answer);
    for (const key of Object.keys(transact.writes)) this.#judgeFound(key, transact, answer);
    known.answer = answer;
    if (!this.#largest || answer.timestamp > this.#largest.timestamp) this.#largest = answer;
  }

  #judgeAnswer(known: Known, { txn, timestamp, before }: Committed): void {
    const first = known.answer;
    if (!first || (first.timestamp === timestamp && JSON.stringify(first.before) === JSON.stringify(before)))
      return;
    this.#break(
      `${txn} was answered twice, with the timestamps ${first.timestamp} and ${timestamp}: it was made twice (invariant 12).`,
      [txn],
    );
  }

  #judgeOutside({ after }: Known, { txn, timestamp }: Committed): void {
    if (!after || after.timestamp < timestamp) return;
    this.#break(
      `${after.txn} was acknowledged, with the timestamp ${after.timestamp}, before the client of ${txn} asked for anything, and ${txn} has the timestamp ${timestamp}: the later transaction has the larger timestamp (invariant 10).`,
      [after.txn, txn],
    );
  }

  /** Every value of a key is found by one transaction, and has a smaller timestamp than that. Values are named after transactions. */
  #judgeFound(key: string, { txn }: Transact, { timestamp, before }: Committed): void {
    const found = before[key] ?? null;
    const writer = found === null ? "nobody" : (found.split("/")[0] as string);
    const place = `${key} ${writer}`;
    const other = this.#finders.get(place);
    const what = found === null ? "nothing" : found;
    if (other !== undefined && other !== txn) {
      this.#break(
        `${other} and ${txn} both found ${what} in ${key}: what ${other} wrote there was lost (invariant 12).`,
        [key, other, txn],
      );
    }
    this.#finders.set(place, txn);
    if (found !== null) this.#judgeOrder(key, writer, { txn, timestamp });
    const next = this.#finders.get(`${key} ${txn}`);
    const answered = next === undefined ? undefined : this.#transactions.get(next)?.answer;
    if (answered) this.#judgeOrder(key, txn, answered, timestamp);
  }

  #judgeOrder(
    key: string,
    writer: string,
    finder: Acknowledged,
    written = this.#transactions.get(writer)?.answer?.timestamp,
  ): void {
    if (written === undefined || written < finder.timestamp) return;
    this.#break(
      `${finder.txn} found what ${writer} had written to ${key}, and has the timestamp ${finder.timestamp}; that of ${writer} is ${written}: who finds a value has the larger timestamp (invariant 11).`,
      [writer, finder.txn],
    );
  }

  #break(text: string, about: readonly string[]): void {
    this.#broken ??= { text, about };
  }
}

function isWellFormed({ timestamp, before }: Committed): boolean {
  if (!Number.isSafeInteger(timestamp) || typeof before !== "object" || before === null) return false;
  return Object.values(before).every((found) => found === null || typeof found === "string");
}

/** No server says that it is done before the timestamp is past. The true time is the kernel's, not the server's. */
export function waitsItOut(): Invariant {
  return {
    name: "nobody hears of a timestamp before it is past (invariant 10)",
    onEvent(event): Violation | undefined {
      if (event.inApp) return undefined;
      for (const effect of event.effects) {
        const message = effect.effect === "send" ? (effect.message as TransactionMessage) : undefined;
        if (message?.type !== "Committed") continue;
        if (!isWellFormed(message)) {
          const text = `${event.node} sent ${formatMessage(message)}: it should have a whole number as its timestamp, and a text or null for each key.`;
          return { text, about: [message.txn] };
        }
        if (message.timestamp < event.ms) continue;
        const text = `${event.node} answered ${message.txn} at ${event.ms} ms of true time, with the timestamp ${message.timestamp}: that is not past yet.`;
        return { text, about: [message.txn] };
      }
      return undefined;
    },
  };
}
