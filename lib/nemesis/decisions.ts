import { Stream } from "#lib/random";
import { Misuse } from "#lib/sim";

/** One decision that was not calm: what kind, about whom, the how-manieth, and its value (1 where yes or no is all). */
export interface Deviation {
  readonly kind: string;
  readonly entity: string;
  readonly count: number;
  readonly value: number;
}

/**
 * Where every decision of the nemesis is made. With a seed alone, what the caller proposes from the decision's own stream stands; with deviations
 * given, just these are made and everything else is calm.
 */
export class Decisions {
  readonly seed: number;
  /** What was not calm so far, if this was asked to keep it. */
  readonly made: Deviation[] = [];
  readonly #given: ReadonlyMap<string, number> | undefined;
  readonly #keeps: boolean;
  readonly #streams = new Map<string, Stream>();

  constructor(seed: number, given?: readonly Deviation[], keeps = false) {
    this.seed = seed;
    this.#keeps = keeps;
    this.#given = given && new Map(given.map((it) => [keyOf(it.kind, it.entity, it.count), it.value]));
  }

  /** True when proposals are not asked for. */
  get isGiven(): boolean {
    return this.#given !== undefined;
  }

  /** The decision's value: what was given for it or, where nothing is given at all, what is proposed. */
  decide(kind: string, entity: string, count: number, calm: number, proposed: number): number {
    const value = this.#given ? (this.#given.get(keyOf(kind, entity, count)) ?? calm) : proposed;
    if (value !== calm && this.#keeps) this.made.push({ kind, entity, count, value });
    return value;
  }

  /** The stream of one kind of decision about one entity. Ask it for `at(count)`. */
  stream(kind: string, entity: string): Stream {
    const name = `${kind} ${entity}`;
    let stream = this.#streams.get(name);
    if (!stream) {
      stream = new Stream(this.seed, "nemesis", kind, entity);
      this.#streams.set(name, stream);
    }
    return stream;
  }
}

function keyOf(kind: string, entity: string, count: number): string {
  return `${kind}(${entity},${count})`;
}

/** What a replay string says. */
export interface Replay {
  /** The scenario's name: "05/move". */
  readonly scenario: string;
  readonly seed: number;
  /** If given, all that is not calm. */
  readonly deviations?: readonly Deviation[];
}

/**
 * One line from which a run can be made again: `05/move:41`, where everything comes from the seed, or
 * `05/move:41:drop(n1>n2,3)+crash(n2,5)=1`, where the nemesis does just that, or `05/move:41:calm`.
 */
export function replayString({ scenario, seed, deviations }: Replay): string {
  if (!deviations) return `${scenario}:${seed}`;
  const parts = deviations.map(({ kind, entity, count, value }) => {
    const what = keyOf(kind, entity, count);
    return value === 1 ? what : `${what}=${value}`;
  });
  return `${scenario}:${seed}:${parts.join("+") || "calm"}`;
}

const shape = /^([a-z-]+)\(([^,()]+),(\d+)\)(?:=(-?\d+))?$/;

/** Reads a replay string. Throws a `Misuse` that says what it should look like. */
export function parseReplay(text: string): Replay {
  const [scenario, seedText, ...rest] = text.trim().split(":");
  const seed = Number(seedText);
  const isSeed = /^\d+$/.test(seedText ?? "") && Number.isSafeInteger(seed);
  if (!scenario || !/^\d\d\/[A-Za-z0-9-]+$/.test(scenario) || !isSeed || rest.length > 1) {
    throw new Misuse(
      `"${text}" is no replay string: it looks like 05/move:41 or 05/move:41:drop(n1>n2,3)+crash(n2,5)=1`,
    );
  }
  const faults = rest[0];
  if (faults === undefined) return { scenario, seed };
  if (faults === "calm") return { scenario, seed, deviations: [] };
  const deviations = faults.split("+").map((part) => {
    const match = shape.exec(part);
    if (!match)
      throw new Misuse(
        `"${part}" in the replay string is no fault: one looks like drop(n1>n2,3) or crash(n2,5)=1`,
      );
    const [, kind, entity, count, value] = match as unknown as [string, string, string, string, string?];
    return { kind, entity, count: Number(count), value: value === undefined ? 1 : Number(value) };
  });
  return { scenario, seed, deviations };
}
