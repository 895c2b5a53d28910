import type { Operation } from "#lib/history";
import { identity } from "./identity.ts";
import type { Model } from "./model.ts";
import type { Witness } from "./verdict.ts";

/** A value, the operation that showed first that it was there, and the one that asked last and got it, or wrote it. */
export interface Sighting {
  readonly value: number;
  readonly seenBy: number;
  readonly askedBy: number;
}

/** Says what is wrong with a register's history. Operations are named by their index; -1 is what was there at first. */
export class ZoneSentences<Input, Output, State> {
  readonly #operations: readonly Operation<Input, Output>[];
  readonly #model: Model<Input, Output, State>;
  readonly #key: string | undefined;
  readonly #writes: Int32Array;

  constructor(
    operations: readonly Operation<Input, Output>[],
    model: Model<Input, Output, State>,
    key: string | undefined,
    writes: Int32Array,
  ) {
    this.#operations = operations;
    this.#model = model;
    this.#key = key;
    this.#writes = writes;
  }

  /** A failed write among all operations explains where the value came from, though not why it is there. */
  unwritten(read: number, all: readonly Operation<Input, Output>[]): Witness {
    const id = identity(this.#at(read).output);
    const failed = all.find(({ input, outcome }) => {
      const access = outcome === "fail" ? this.#model.asRegister?.(input) : undefined;
      return (
        typeof access === "object" &&
        identity(access.write) === id &&
        this.#model.keyOf?.(input) === this.#key
      );
    });
    const origin = failed
      ? `though ${failed.process} was told that its write of it had failed`
      : "which nobody wrote";
    return this.#witness(`${this.#did(read)} ${this.#returned(read)}, ${origin}`, [read]);
  }

  early(value: number, read: number): Witness {
    const write = this.#writes[value] as number;
    const asked = `${this.#at(write).process} asked to write it only at ${this.#at(write).invokedMs} ms`;
    return this.#witness(`${this.#did(read)} ${this.#returned(read)}, and ${asked}`, [read, write]);
  }

  /** Each of the two was seen before the last operation of the other was asked. */
  clash(one: Sighting, two: Sighting): Witness {
    const [older, newer] = this.#isKnownOlder(two, one) ? [two, one] : [one, two];
    const ids = [older, newer].flatMap((it) => [this.#writes[it.value] as number, it.seenBy, it.askedBy]);
    const isStale = `${this.#did(older.askedBy)} ${this.#returned(older.askedBy)} although ${this.#wasThere(newer)}`;
    if (older.value === 0) return this.#witness(`${isStale}, and nobody wrote ${this.#text(older)}`, ids);
    if (this.#isKnownOlder(older, newer)) {
      return this.#witness(
        `${isStale}, and ${this.#wasThere(older)}, before ${this.#text(newer)} was asked for`,
        ids,
      );
    }
    const back = this.#oneAfterAnother(newer, older);
    const forth = this.#oneAfterAnother(older, newer);
    return this.#witness(`${back}; but ${forth}; ${this.#text(older)} was written only once`, ids);
  }

  /** Whether the older value was there before the write of the newer was asked for, and a read shows it afterwards. */
  #isKnownOlder(older: Sighting, newer: Sighting): boolean {
    if (older.value === 0) return true;
    if (newer.value === 0 || older.askedBy === this.#writes[older.value]) return false;
    const seenAt = this.#at(older.seenBy).returnedAt as number;
    return seenAt < this.#at(this.#writes[newer.value] as number).invokedAt;
  }

  /** "c3 read x = 2 at 20 ms, and afterwards, from 25 ms on, c4 read x = 1". */
  #oneAfterAnother(first: Sighting, second: Sighting): string {
    const [seen, asked] = [first.seenBy, second.askedBy];
    return `${this.#did(seen)} ${this.#returned(seen)}, and afterwards, from ${this.#at(asked).invokedMs} ms on, ${this.#did(asked)}`;
  }

  #wasThere({ value, seenBy }: Sighting): string {
    if (seenBy !== this.#writes[value]) return `${this.#did(seenBy)} ${this.#returned(seenBy)}`;
    const { process, returnedMs } = this.#at(seenBy);
    return `${process}'s write of ${this.#text({ value })} was acknowledged at ${returnedMs} ms`;
  }

  #did(index: number): string {
    const { process, input, output } = this.#at(index);
    const access = this.#model.asRegister?.(input);
    const [verb, value] = typeof access === "object" ? ["wrote", access.write] : ["read", output];
    return `${process} ${verb} ${this.#say(value)}`;
  }

  #returned(index: number): string {
    return `at ${this.#at(index).returnedMs} ms`;
  }

  #text({ value }: Pick<Sighting, "value">): string {
    const write = this.#writes[value] as number;
    if (write < 0) return this.#say(this.#model.initial);
    const access = this.#model.asRegister?.(this.#at(write).input);
    return this.#say(typeof access === "object" ? access.write : undefined);
  }

  #say(value: unknown): string {
    const text = value === undefined ? "nothing" : JSON.stringify(value);
    return this.#key === undefined ? text : `${this.#key} = ${text}`;
  }

  #at(index: number): Operation<Input, Output> {
    return this.#operations[index] as Operation<Input, Output>;
  }

  #witness(text: string, indices: readonly number[]): Witness {
    const ids = new Set(indices.filter((it) => it >= 0).map((it) => this.#at(it).id));
    return { text, operations: [...ids].sort((a, b) => a - b) };
  }
}
