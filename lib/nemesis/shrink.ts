import { Stream } from "#lib/random";
import { type Failure, Misuse } from "#lib/sim";
import { type Deviation, isSkip } from "./decisions.ts";
import { bisect, clearBits, inChunks } from "./descent.ts";
import { type Asked, aimedAnew, askedIn, skipsWithout } from "./operations.ts";
import { replayString } from "./replay.ts";
import { type RunOptions, type RunResult, run } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { calmOf, familiesOf, unitsOf, without } from "./units.ts";

export interface ShrinkOptions {
  /** How many events all tries together may take: one or two seconds unless told. */
  readonly maxEvents?: number;
}

export interface Shrunk {
  /** The smallest failing run that was found; its deviations tell it. */
  readonly result: RunResult;
  /** How many runs were made to find it, and of how many events. */
  readonly runCount: number;
  readonly eventCount: number;
}

/** About as many as a patient person waits for. */
const defaultEvents = 250_000;

/**
 * Looks for a smaller run that breaks the same claim: with fewer and lesser deviations, which strike earlier, and with fewer
 * operations. `failed` is a recorded run, whose result has its deviations. Every step is a run that fails in the same way, so what comes
 * out does too; it need not be the smallest there is. Delta debugging (Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing
 * Input, 2002) on the decisions of a run, as Hypothesis does it on its choices.
 */
export function shrink<Exercise>(
  scenario: Scenario<Exercise>,
  work: Exercise,
  failed: RunResult,
  options: ShrinkOptions = {},
): Shrunk {
  const { failure, deviations } = failed;
  if (!failure)
    throw new Misuse(`The run ${replayString(failed)} broke no claim: there is nothing to shrink`);
  if (!deviations) {
    throw new Misuse(
      `The run ${replayString(failed)} was not recorded: make it with a recorder, so that its deviations are known`,
    );
  }
  const search = new Search(scenario, work, failed, options.maxEvents ?? defaultEvents);
  // A runaway loop goes through its ten million rounds in each run again.
  const isSlow = (failure.error as { name?: unknown } | undefined)?.name === "RunawayLoop";
  if (search.accepts(deviations) && !isSlow) search.run();
  return { result: search.best, runCount: search.runCount, eventCount: search.eventCount };
}

/** Equal for failures that are one mistake, as far as anybody can tell: the same claim and, where something was thrown, the same place. */
function classOf({ kind, claim, error }: Failure): string {
  const stack = String((error as { stack?: unknown } | undefined)?.stack ?? "");
  const [place = ""] = stack.split("\n").filter((line) => /^\s+at /.test(line));
  return `${kind}/${claim}/${place.trim()}`;
}

class Search<Exercise> {
  best: RunResult;
  runCount = 0;
  eventCount = 0;
  readonly #scenario: Scenario<Exercise>;
  readonly #work: Exercise;
  readonly #wanted: string;
  readonly #maxEvents: number;
  readonly #tried = new Set<string>();
  #mixture = 0;

  constructor(scenario: Scenario<Exercise>, work: Exercise, failed: RunResult, maxEvents: number) {
    this.best = failed;
    this.#scenario = scenario;
    this.#work = work;
    this.#wanted = classOf(failed.failure as Failure);
    this.#maxEvents = maxEvents;
  }

  /** Goes from what saves most to what saves least, and begins again as long as that helps. */
  run(): void {
    this.#families();
    this.#thin(fewMixtures);
    for (let before = ""; before !== replayString(this.best); ) {
      before = replayString(this.best);
      this.#fewer(() => unitsOf(this.#faults));
      this.#fewer(() => this.#faults.map((fault) => [fault]));
      this.#thin(mostMixtures);
      this.#fewer(() => unitsOf(this.#faults));
      for (const unit of unitsOf(this.#faults)) this.#lower(unit);
      for (const unit of unitsOf(this.#faults)) this.#earlier(unit);
      this.#fewerOperations();
    }
  }

  /** Makes a run with these deviations, and takes it for the best so far if it fails in the same way and is better by what is asked here. */
  accepts(deviations: readonly Deviation[], isBetter: (result: RunResult) => boolean = () => true): boolean {
    const { scenario, seed } = this.best;
    const line = replayString({ scenario, seed, deviations });
    if (this.#tried.has(line)) return false;
    this.#tried.add(line);
    return this.#tries({ deviations }, isBetter);
  }

  #tries(
    options: Pick<RunOptions, "deviations" | "thinned">,
    isBetter: (result: RunResult) => boolean,
  ): boolean {
    if (this.eventCount >= this.#maxEvents) return false;
    const { seed, failure } = this.best;
    const { kind, ms } = failure as Failure;
    // What has not gone wrong after twice the time will hardly do so later. What never comes must be waited for.
    const limit = kind === "eventually" ? {} : { untilMs: 2 * ms + 100 };
    const result = run(this.#scenario, this.#work, { seed, ...options, ...limit });
    this.runCount++;
    this.eventCount += result.eventCount;
    if (!result.failure || classOf(result.failure) !== this.#wanted || !isBetter(result)) return false;
    this.best = result;
    return true;
  }

  get #faults(): Deviation[] {
    return (this.best.deviations ?? []).filter((it) => !isSkip(it));
  }

  get #skips(): Deviation[] {
    return (this.best.deviations ?? []).filter(isSkip);
  }

  /** Only one kind of trouble, or none: most mistakes need no more. Then all kinds but one. */
  #families(): void {
    if (this.accepts([])) return;
    const families = familiesOf(this.#faults);
    if (families.some((family) => this.accepts(family))) return;
    for (const kinds of families.map((family) => new Set(family.map(({ kind }) => kind)))) {
      this.accepts(this.#faults.filter(({ kind }) => !kinds.has(kind)));
    }
  }

  /** Leaves out halves of what is there, then quarters, and at last single units. */
  #fewer(units: () => Deviation[][]): void {
    const removes = (chunk: readonly Deviation[][]) => {
      const rest = without(this.#faults, new Set(chunk.flat()));
      return this.accepts([...rest, ...this.#skips]);
    };
    const isAlone = (chunk: readonly Deviation[][]) => {
      const all = units();
      if (chunk.length * 4 < all.length || chunk.length === all.length) return false;
      const rest = new Set(all.filter((unit) => !chunk.includes(unit)).flat());
      return this.accepts([...without(this.#faults, rest), ...this.#skips]);
    };
    inChunks(units, (chunk) => removes(chunk) || isAlone(chunk));
  }

  /**
   * What depends on times and counts fails in many ways: where no single unit can be spared, another mixture may still do. Makes the
   * run anew with a small share of its faults, or the best one with most of those that it still has, in turn.
   */
  #thin(mixtureCount: number): void {
    const isFewer = ({ deviations = [] }: RunResult) =>
      deviations.length < (this.best.deviations ?? []).length;
    for (let n = 0; n < mixtureCount && this.#isWorthThinning; n++) {
      const share = shares[n % shares.length] as number;
      const mixture = this.#mixture++;
      if (n % 2 === 0 && this.#skips.length === 0) this.#tries({ thinned: { share, mixture } }, isFewer);
      else {
        const chance = new Stream(this.best.seed, "shrink", mixture);
        const gone = unitsOf(this.#faults).filter(() => chance.chance(share));
        this.accepts([...without(this.#faults, new Set(gone.flat())), ...this.#skips], isFewer);
      }
    }
  }

  /** Half of the budget is left to whatever else makes the run smaller. */
  get #isWorthThinning(): boolean {
    const isHalfSpent = this.eventCount > this.#maxEvents / 2;
    return !isHalfSpent && this.#faults.length > fewFaults;
  }

  /** Makes the values of a unit calmer, down to the least that is needed. */
  #lower(unit: readonly Deviation[]): void {
    const isCut = unit.length > 1 && unit[0]?.kind !== "crash";
    for (const some of isCut ? [unit] : unit.map((it) => [it])) {
      const [{ kind, value }] = some as [Deviation];
      const accepts = (to: number) => this.#changes(some, (it) => ({ ...it, value: to }));
      const calm = calmOf(kind);
      if (calm !== undefined) bisect(calm, value, accepts);
      else if (kind === "survive" || kind === "partition") clearBits(value, accepts);
    }
  }

  /** Lets a unit strike earlier, if that makes the run shorter. */
  #earlier(unit: readonly Deviation[]): void {
    const moving = unit.filter(({ kind }) => kind !== "down" && kind !== "survive");
    const most = Math.min(...moving.map(({ count }) => count));
    const step = Math.ceil(most / mostPlaces);
    for (let count = 0; count < most; count += step) {
      const by = most - count;
      const isShorter = (result: RunResult) => result.eventCount < this.best.eventCount;
      if (this.#changes(moving, (it) => ({ ...it, count: it.count - by }), isShorter)) return;
    }
  }

  /** Changes some deviations and keeps all others. */
  #changes(
    some: readonly Deviation[],
    change: (it: Deviation) => Deviation,
    isBetter?: (result: RunResult) => boolean,
  ): boolean {
    const names = new Set(some.map(keyOf));
    const changed = (this.best.deviations ?? []).map((it) => (names.has(keyOf(it)) ? change(it) : it));
    if (new Set(changed.map(keyOf)).size < changed.length) return false;
    return this.accepts(changed, isBetter);
  }

  /** Leaves out what clients ask: all that one client asks, then halves of what is left, and single operations. */
  #fewerOperations(): void {
    const removes = (chunk: readonly Asked[]) => {
      const skips = skipsWithout(this.best, chunk);
      const isBetter = (result: RunResult) => askedIn(result).length < askedIn(this.best).length;
      return aimedAnew(this.#faults, chunk).some((faults) => this.accepts([...faults, ...skips], isBetter));
    };
    for (const process of this.best.asked.keys()) {
      removes(askedIn(this.best).filter((it) => it.process === process));
    }
    inChunks(() => askedIn(this.best), removes);
  }
}

/** A story with so many faults can be read, and is not worth the search for another mixture. */
const fewFaults = 4;
/** How many mixtures are tried before anything is taken apart, and where no single unit can be spared. */
const fewMixtures = 24;
const mostMixtures = 600;
/** What share of its faults a run has in a mixture, or loses if it is the best so far: one of these in turn. */
const shares = [0.03, 0.1, 0.1, 0.2, 0.2, 0.4, 0.4];
/** How many earlier places are tried for one fault. */
const mostPlaces = 40;

function keyOf({ kind, entity, count }: Deviation): string {
  return `${kind} ${entity} ${count}`;
}
