import { canonical } from "#lib/sim";
import type { Exercise, Message, Row } from "#protocol/04-quorum-store";
import { Bench, plain, row } from "./bench.ts";

export const compareMs = 100;
const config = { ...plain, replicas: ["n1", "n2"], w: 1, r: 1, compareMs };

/** So many rows of different keys, versions and values. */
export function many(count: number): Row[] {
  return Array.from({ length: count }).map((_, i) =>
    row(`user:${i}`, 1 + (i % 7), `n${1 + (i % 3)}`, `value ${i}`),
  );
}

/** The same rows, but that so many of them have changed since. */
export function changed(rows: readonly Row[], differing: number): Row[] {
  const step = Math.floor(rows.length / differing);
  return rows.map((it, i) =>
    i % step === 3 && i < step * differing
      ? { ...it, version: { counter: 99, node: "n2" }, value: "changed" }
      : it,
  );
}

/** Two replicas, and what they have said to each other. */
export class Pair {
  readonly benches: readonly [Bench, Bench];
  bytes = 0;
  messageCount = 0;

  constructor(Replica: Exercise["Replica"], first: readonly Row[], second: readonly Row[]) {
    this.benches = [new Bench(Replica, config, "n1"), new Bench(Replica, config, "n2")];
    for (const it of first) this.benches[0].receive("p", { type: "Store", ...it });
    for (const it of second) this.benches[1].receive("p", { type: "Store", ...it });
  }

  /** One of the two begins to compare, once, and they talk until they have nothing more to say. */
  compare(starter: 0 | 1): void {
    const told = this.benches.map((bench) => bench.everSent.length);
    const begun = this.benches[starter].sent("Compare").length;
    for (let ms = 0; ms < 3 * compareMs && this.benches[starter].sent("Compare").length === begun; ms += 10) {
      this.benches[starter].advance(10);
    }
    for (let isCalm = false; !isCalm; ) {
      isCalm = true;
      for (const [i, bench] of this.benches.entries()) {
        const sent = bench.everSent.slice(told[i]);
        told[i] = bench.everSent.length;
        for (const { to, message } of sent) {
          const other = this.benches[1 - i] as Bench;
          if (to !== other.self) continue;
          isCalm = false;
          this.#count(message);
          other.receive(bench.self, message);
        }
      }
      if (this.messageCount > 500) break;
    }
  }

  #count(message: Message): void {
    this.bytes += canonical(message).length;
    this.messageCount++;
  }
}
