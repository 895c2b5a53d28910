import type { Claim, Fact } from "#lib/check";
import type { Catalogue, Thing } from "./catalogue.ts";
import { grown, PairTable, RowTable } from "./tables.ts";

/**
 * What has happened on a path and stays so, as sets of numbers of the catalogue: every message that was ever sent, and every fact
 * that was established. The network is a set: a message may be delivered at any time, again, or never, so that losing,
 * repeating and overtaking need no events of their own.
 *
 * Sets and additions to them have numbers too, and what comes of a set and an addition is looked up after the first time.
 */
export class Happened {
  readonly #catalogue: Catalogue;
  readonly #claims: readonly Claim[];
  readonly #sets = new RowTable();
  readonly #additions: (readonly number[])[] = [];
  readonly #additionNumbers = new Map<string, number>();
  readonly #sums = new PairTable();
  /** The set that is being put together. */
  #sorted = new Int32Array(64);

  constructor(catalogue: Catalogue, claims: readonly Claim[]) {
    this.#catalogue = catalogue;
    this.#claims = claims;
    this.addition([]);
    this.#sets.add(this.#sorted, 0);
  }

  /** The number of an addition: things in the order in which they come. Nothing is 0. */
  addition(things: readonly number[]): number {
    const key = things.join();
    let number = this.#additionNumbers.get(key);
    if (number === undefined) {
      number = this.#additions.push(things) - 1;
      this.#additionNumbers.set(key, number);
    }
    return number;
  }

  /** The set that a set becomes; −2 if a claim refuses that. The empty set is 0. */
  add(set: number, addition: number): number {
    if (addition === 0) return set;
    const known = this.#sums.get(set, addition);
    if (known !== -1) return known;
    const sum = this.#sum(set, addition);
    this.#sums.set(set, addition, sum);
    return sum;
  }

  get cells(): Int32Array {
    return this.#sets.cells;
  }

  /** Where the things of a set begin in `cells`. */
  start(set: number): number {
    return this.#sets.start(set);
  }

  end(set: number): number {
    return this.#sets.end(set);
  }

  thingsOf(set: number): number[] {
    return [...this.cells.subarray(this.start(set), this.end(set))];
  }

  /** The set of some things, without asking the claims. */
  setOf(things: Iterable<number>): number {
    const sorted = Int32Array.from(new Set(things)).sort();
    return this.#sets.add(sorted, sorted.length);
  }

  #sum(set: number, addition: number): number {
    const things = this.#additions[addition] as readonly number[];
    let size = this.end(set) - this.start(set);
    while (size + things.length > this.#sorted.length) this.#sorted = grown(this.#sorted);
    const sorted = this.#sorted;
    sorted.set(this.cells.subarray(this.start(set), this.end(set)));
    for (const number of things) {
      let at = size;
      while (at > 0 && (sorted[at - 1] as number) > number) at--;
      if (at > 0 && sorted[at - 1] === number) continue;
      if (this.#isRefused(number, size)) return -2;
      sorted.copyWithin(at + 1, at, size++);
      sorted[at] = number;
    }
    return this.#sets.add(sorted, size);
  }

  /** Whether a claim objects to a thing after those in `sorted`. */
  #isRefused(number: number, size: number): boolean {
    const thing = this.#catalogue.things[number] as Thing;
    if (thing.kind !== "fact") return false;
    const known = (key: string): Fact[] => {
      const facts: Fact[] = [];
      for (let i = 0; i < size; i++) {
        const other = this.#catalogue.things[this.#sorted[i] as number] as Thing;
        if (other.kind === "fact" && other.claim === thing.claim && other.fact.key === key)
          facts.push(other.fact);
      }
      return facts;
    };
    return (this.#claims[thing.claim] as Claim).objection(thing.fact, known) !== undefined;
  }
}
