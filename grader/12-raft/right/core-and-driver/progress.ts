/** How many messages with entries may be on their way to a member that has not answered them. */
const windowSize = 8;

/**
 * What a leader knows of a member. It probes until it knows where the two logs part; then it replicates, and supposes that what it sends
 * arrives; and while a snapshot is on its way it waits.
 */
export class Progress {
  match = 0;
  next: number;
  state: "probe" | "replicate" | "snapshot" = "probe";
  /** Whether it has answered since that was last asked. */
  isActive = false;
  /** A probe, or a snapshot, is on its way. */
  #isWaiting = false;
  /** Up to where the snapshot goes that is on its way. */
  #snapshotIndex = 0;
  /** The last index of each message with entries that is on its way. */
  #inFlight: number[] = [];

  constructor(next: number) {
    this.next = next;
  }

  get isPaused(): boolean {
    return this.state === "replicate" ? this.#inFlight.length >= windowSize : this.#isWaiting;
  }

  /** Time has passed: what is on its way may be lost. */
  wake(): void {
    this.#isWaiting = false;
    if (this.isPaused) this.#inFlight.shift();
  }

  sentEntries(lastIndex: number): void {
    if (this.state !== "replicate") {
      this.#isWaiting = true;
    } else if (lastIndex >= this.next) {
      this.next = lastIndex + 1;
      this.#inFlight.push(lastIndex);
    }
  }

  sentSnapshot(index: number): void {
    this.state = "snapshot";
    this.#snapshotIndex = index;
    this.#isWaiting = true;
    this.#inFlight = [];
  }

  probe(): void {
    const from = this.state === "snapshot" ? Math.max(this.match, this.#snapshotIndex) : this.match;
    this.state = "probe";
    this.next = from + 1;
    this.#isWaiting = false;
    this.#inFlight = [];
  }

  replicate(): void {
    this.probe();
    this.state = "replicate";
    this.next = this.match + 1;
  }

  /** The member has everything up to an index. Whether that is news. */
  has(index: number): boolean {
    const isNews = index > this.match;
    if (isNews) this.match = index;
    this.next = Math.max(this.next, index + 1);
    this.#inFlight = this.#inFlight.filter((last) => last > index);
    return isNews;
  }

  /** The member lacks something, and has perhaps what is up to `hint`. Whether that is news. */
  lacks(hint: number): boolean {
    if (this.state === "snapshot") return false;
    if (this.state === "replicate") {
      if (this.next === this.match + 1) return false;
      this.probe();
      return true;
    }
    const next = Math.max(hint, this.match) + 1;
    if (next >= this.next) return false;
    this.next = next;
    this.#isWaiting = false;
    return true;
  }
}
