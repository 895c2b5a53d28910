import type { Invariant, Json } from "#lib/sim";
import { type Deed, DeedsOfRun, isSame } from "./deeds.ts";

/** Something that a deed makes so, once and for ever. */
export interface Fact {
  /** What it is about: "the leader of term 3". */
  readonly key: string;
  /** What is so; null unless told. */
  readonly value?: Json;
  /** The fact as a clause: "n2 leads term 3". */
  readonly text: string;
}

/** A fact with the keys of those that must have been there before it. */
export interface LateFact extends Fact {
  readonly after?: readonly string[];
}

/** The facts about a key that were there before, in the order of their coming. */
export type Known = (key: string) => readonly Fact[];

/**
 * A claim about a protocol, in terms of what nodes *do*: what they send, save, and tell their applications. Deeds establish facts,
 * and each new fact is held against those before it, so a check costs what changed. The simulator runs a claim as an
 * `Invariant`; the explorer counts the facts of a path to its state, so that two paths with different facts are never taken for one.
 *
 * Both functions look at their arguments and nothing else.
 */
export interface Claim<Message = unknown> {
  /** A sentence, with its number in the chapter: "at most one leader in a term (invariant 1)". */
  readonly name: string;
  facts(deed: Deed<Message>): Fact | readonly Fact[] | undefined;
  /** Why the new fact must not be, as a sentence; undefined if it may be. */
  objection(fact: Fact, known: Known): string | undefined;
}

/** Two facts with the same key never differ: one leader in a term, one decision on a transaction, one entry at an index. */
export function agreement<Message = unknown>(name: string, facts: Claim<Message>["facts"]): Claim<Message> {
  return {
    name,
    facts,
    objection(fact, known) {
      const other = known(fact.key).find(({ value }) => value !== fact.value && !isSame(value, fact.value));
      return other && `${fact.text}, and ${other.text}.`;
    },
  };
}

/** A fact comes only after those that it names in `after`: a decision is announced after it is safe and all have voted. */
export function precedence<Message = unknown>(
  name: string,
  facts: (deed: Deed<Message>) => LateFact | readonly LateFact[] | undefined,
): Claim<Message> {
  return {
    name,
    facts,
    objection(fact: LateFact, known) {
      const missing = fact.after?.filter((key) => known(key).length === 0) ?? [];
      return missing.length === 0
        ? undefined
        : `${fact.text}, and it was not so yet that ${missing.join(", or that ")}.`;
    },
  };
}

/** A deed that is wrong by itself, told as a sentence. */
export function never<Message = unknown>(
  name: string,
  wrong: (deed: Deed<Message>) => string | undefined,
): Claim<Message> {
  return {
    name,
    facts(deed) {
      const text = wrong(deed);
      return text === undefined ? undefined : { key: text, text };
    },
    objection: ({ text }) => text,
  };
}

const none: readonly Fact[] = [];

/** The facts that a deed establishes, always as a list. */
export function factsOf(claim: Claim, deed: Deed): readonly Fact[] {
  const facts = claim.facts(deed);
  if (facts === undefined) return none;
  return Array.isArray(facts) ? facts : [facts as Fact];
}

/** Holds the deeds of one run, in their order, against one claim. */
export class Judge {
  readonly #claim: Claim;
  readonly #facts = new Map<string, Fact[]>();
  readonly #known: Known = (key) => this.#facts.get(key) ?? none;

  constructor(claim: Claim) {
    this.#claim = claim;
  }

  /** Why this deed must not be, after those before it; undefined if it may be. */
  objection(deed: Deed): string | undefined {
    for (const fact of factsOf(this.#claim, deed)) {
      const text = this.#claim.objection(fact, this.#known);
      if (text !== undefined) return text;
      const before = this.#facts.get(fact.key);
      if (!before) this.#facts.set(fact.key, [fact]);
      else if (!before.some(({ value }) => isSame(value, fact.value))) before.push(fact);
    }
    return undefined;
  }
}

/** The claims as invariants of one run of the simulator. */
export function invariantsOf(claims: readonly Claim[]): Invariant[] {
  const deeds = new DeedsOfRun();
  return claims.map((claim) => {
    const judge = new Judge(claim);
    return {
      name: claim.name,
      onEvent(event, sim) {
        for (const deed of deeds.of(event, sim)) {
          const text = judge.objection(deed);
          if (text !== undefined) return text;
        }
        return undefined;
      },
    };
  });
}
