import { Stream } from "#lib/random";

/** One decision that was not calm: what kind, about whom, the how-manieth, and its value (1 where yes or no is all). */
export interface Deviation {
  readonly kind: string;
  readonly entity: string;
  readonly count: number;
  readonly value: number;
}

/** What a workload is told by: the operations of a process that are not asked. Calm is that every one is. */
const skip = "skip";

/** Whether a deviation is an operation that is left out, which is no fault. */
export function isSkip({ kind }: Deviation): boolean {
  return kind === skip;
}

/** How much of what would go wrong does, and which mixture of it: another number, another one. */
export interface Thinned {
  readonly share: number;
  readonly mixture: number;
}

/**
 * Where every decision of a run is made. With a seed alone, what the caller proposes from the decision's own stream stands; with deviations
 * given, just these are made and everything else is calm.
 */
export class Decisions {
  readonly seed: number;
  /** What was not calm so far, in the order of the asking. Kept if deviations were given, or if this was asked for. */
  readonly made: Deviation[] = [];
  /** The operations that each process began, by their numbers. */
  readonly asked = new Map<string, Set<number>>();
  readonly #given: Given | undefined;
  readonly #keeps: boolean;
  readonly #thinned: { readonly share: number; readonly stream: Stream } | undefined;
  #proposedCount = 0;
  readonly #streams = new Map<string, Stream>();
  readonly #skipped = new Set<string>();

  constructor(seed: number, given?: readonly Deviation[], keeps = false, thinned?: Thinned) {
    this.seed = seed;
    this.#keeps = keeps || given !== undefined || thinned !== undefined;
    this.#thinned = thinned && { ...thinned, stream: new Stream(seed, "thinned", thinned.mixture) };
    this.#given = given && byName(given);
  }

  /** True when proposals are not asked for. */
  get isGiven(): boolean {
    return this.#given !== undefined;
  }

  /** The decision's value: what was given for it or, where nothing is given at all, what is proposed. */
  decide(kind: string, entity: string, count: number, calm: number, proposed: number): number {
    const value = this.#given
      ? (this.#given.get(kind)?.get(entity)?.get(count) ?? calm)
      : this.#spares(calm !== proposed)
        ? calm
        : proposed;
    if (value !== calm && this.#keeps) this.made.push({ kind, entity, count, value });
    return value;
  }

  /** Whether something that would go wrong goes well this time. */
  #spares(isFault: boolean): boolean {
    if (!this.#thinned || !isFault) return false;
    return this.#thinned.stream.at(this.#proposedCount++) >= this.#thinned.share;
  }

  /** Whether a process asks its index-th operation. Chance leaves none out: only what is given does, and `oneIn`. */
  asks(process: string, index: number, oneIn = 1): boolean {
    if (index % oneIn === 0 && this.#given?.get(skip)?.get(process)?.get(index) === undefined) {
      const asked = this.asked.get(process) ?? new Set<number>();
      this.asked.set(process, asked.add(index));
      return true;
    }
    const name = `${process} ${index}`;
    if (!this.#skipped.has(name)) this.made.push({ kind: skip, entity: process, count: index, value: 1 });
    this.#skipped.add(name);
    return false;
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

/** Values by kind, entity and count: most kinds are not there at all, and one look tells. */
type Given = ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<number, number>>>;

function byName(deviations: readonly Deviation[]): Given {
  const given = new Map<string, Map<string, Map<number, number>>>();
  for (const { kind, entity, count, value } of deviations) {
    const ofKind = given.get(kind) ?? new Map<string, Map<number, number>>();
    const ofEntity = ofKind.get(entity) ?? new Map<number, number>();
    given.set(kind, ofKind.set(entity, ofEntity.set(count, value)));
  }
  return given;
}
