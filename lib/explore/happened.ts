import type { Claim, Fact } from "#lib/check";
import type { Catalogue } from "./catalogue.ts";
import { PairTable, RowTable } from "./tables.ts";

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
  #scratch = new Int32Array(64);

  constructor(catalogue: Catalogue, claims: readonly Claim[]) {
    this.#catalogue = catalogue;
    this.#claims = claims;
    this.addition([]);
    this.#sets.add(this.#scratch, 0);
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
    const things = new Set(this.thingsOf(set));
    for (const number of this.#additions[addition] as readonly number[]) {
      if (things.has(number)) continue;
      const thing = this.#catalogue.things[number];
      if (thing?.kind === "fact") {
        const claim = this.#claims[thing.claim] as Claim;
        const text = claim.objection(thing.fact, (key) => this.#facts(things, thing.claim, key));
        if (text !== undefined) return -2;
      }
      things.add(number);
    }
    return this.setOf(things);
  }

  #facts(things: ReadonlySet<number>, claim: number, key: string): Fact[] {
    const facts: Fact[] = [];
    for (const number of things) {
      const thing = this.#catalogue.things[number];
      if (thing?.kind === "fact" && thing.claim === claim && thing.fact.key === key) facts.push(thing.fact);
    }
    return facts;
  }
}
