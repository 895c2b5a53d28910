/** Thrown inside a loop or function that went on for more than `roundLimit` rounds. */
export class RunawayLoop extends Error {
  override readonly name = "RunawayLoop";
  /** Where the loop stands: "file:line". */
  readonly where: string;
  constructor(where: string) {
    super(`${where} ran 10,000,000 rounds without an end: is its exit condition ever reached?`);
    this.where = where;
  }
}

/** How many rounds of loops and entries of functions one handler, or one test, may use. */
export const roundLimit = 10_000_000;

let left = roundLimit;
let stopped: string | undefined;

/** The grader puts a call at the top of every loop body of the work that it grades. */
export function round(where: string): void {
  if (--left < 0) runaway(where);
}

/** The grader puts a call at the top of every function of the work that it grades. */
export function enter(where: string): void {
  if (--left < 0) runaway(where);
}

function runaway(where: string): never {
  stopped = where;
  throw new RunawayLoop(where);
}

/** Begins to count anew: before a handler, before a test, after loading. */
export function resetRounds(): void {
  left = roundLimit;
}

/** Rounds and entries since `resetRounds`: a cost that does not depend on the machine. */
export function roundsUsed(): number {
  return roundLimit - left;
}

/** Where a runaway loop was stopped since this was last asked, even if the work caught the error. */
export function stoppedAt(): string | undefined {
  const where = stopped;
  stopped = undefined;
  return where;
}
