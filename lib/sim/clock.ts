/**
 * A machine's clock: it began wrong by `skewMs`, runs at a wrong rate, and may have jumped. It never tells which.
 */
export class Clock {
  #base = 0;
  #since = 0;
  #rate = 1;

  /** What the clock shows at a true time, in whole ms. */
  read(trueMs: number): number {
    return Math.floor(this.#base + (trueMs - this.#since) * this.#rate);
  }

  /** How long a delay that this clock measures takes in truth. */
  duration(delayMs: number): number {
    return this.#rate === 1 ? Math.ceil(delayMs) : Math.ceil(delayMs / this.#rate);
  }

  /** Puts the clock forward or back. */
  jump(trueMs: number, byMs: number): void {
    this.#base += (trueMs - this.#since) * this.#rate + byMs;
    this.#since = trueMs;
  }

  /** Lets the clock run at `rate` ms a ms from now on. */
  drift(trueMs: number, rate: number): void {
    this.jump(trueMs, 0);
    this.#rate = rate;
  }

  /** Sets the clock right. */
  correct(trueMs: number): void {
    this.#base = trueMs;
    this.#since = trueMs;
    this.#rate = 1;
  }
}
