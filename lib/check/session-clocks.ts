import { countBefore } from "./bisection.ts";
import type { SessionEvent } from "./session-history.ts";
import type { SessionGuarantee } from "./sessions.ts";
import { entry } from "./transaction.ts";

/**
 * Which puts somebody must know, in two numbers for each session: all that it put before one event, and all that it saw
 * before another. Whatever is promised, what must be known has this form.
 */
class Clock {
  readonly puts: Int32Array;
  readonly gets: Int32Array;

  constructor(puts: Int32Array, gets: Int32Array) {
    this.puts = puts;
    this.gets = gets;
  }

  static zero(sessionCount: number): Clock {
    return new Clock(new Int32Array(sessionCount), new Int32Array(sessionCount));
  }

  copy(): Clock {
    return new Clock(this.puts.slice(), this.gets.slice());
  }

  merge({ puts, gets }: Clock): void {
    for (let session = 0; session < puts.length; session++) {
      if (puts[session]! > this.puts[session]!) this.puts[session] = puts[session]!;
      if (gets[session]! > this.gets[session]!) this.gets[session] = gets[session]!;
    }
  }
}

type ByKey = Map<string, SessionEvent[]>;

/** Follows a history event by event, and tells of which puts a replica had to know when it answered a get. */
export class SessionClocks {
  readonly #readYourWrites: boolean;
  readonly #monotonicReads: boolean;
  readonly #monotonicWrites: boolean;
  readonly #writesFollowReads: boolean;
  /** For each session: what whoever answers its next get must know. */
  readonly #forGets: Clock[];
  /** For each session: what whoever knows its next put must know. */
  readonly #forPuts: Clock[];
  readonly #ofPut = new Map<SessionEvent, Clock>();
  /** For each session the puts of each key, and the gets that returned something; earliest first. */
  readonly #puts: ByKey[];
  readonly #gets: ByKey[];

  constructor(sessionCount: number, promised: readonly SessionGuarantee[]) {
    this.#readYourWrites = promised.includes("read-your-writes");
    this.#monotonicReads = promised.includes("monotonic-reads");
    this.#monotonicWrites = promised.includes("monotonic-writes");
    this.#writesFollowReads = promised.includes("writes-follow-reads");
    const each = <T>(make: () => T) => Array.from({ length: sessionCount }, make);
    this.#forGets = each(() => Clock.zero(sessionCount));
    this.#forPuts = each(() => Clock.zero(sessionCount));
    this.#puts = each(() => new Map());
    this.#gets = each(() => new Map());
  }

  /** Notes a put. */
  put(event: SessionEvent): void {
    const { session, index, key, isDone } = event;
    const forPuts = this.#forPuts[session]!;
    const clock = forPuts.copy();
    this.#ofPut.set(event, clock);
    if (!isDone) return;
    entry(this.#puts[session]!, key, () => []).push(event);
    if (this.#monotonicWrites) forPuts.puts[session] = index + 1;
    if (!this.#readYourWrites) return;
    this.#forGets[session]!.merge(clock);
    this.#forGets[session]!.puts[session] = index + 1;
  }

  /**
   * Notes a get, and returns the puts of its key that whoever answered had to know: of a chain only the last, and not
   * those that the put which was returned rests on itself.
   */
  get(event: SessionEvent): SessionEvent[] {
    const { session, index, key, source } = event;
    const before = this.#forGets[session]!;
    const known = this.#monotonicReads ? before : before.copy();
    if (source) this.#learn(known, source);
    const puts = this.#putsKnown(known, key, source && this.#ofPut.get(source));
    if (!source) return puts;
    if (this.#monotonicReads || this.#writesFollowReads)
      entry(this.#gets[session]!, key, () => []).push(event);
    if (this.#monotonicReads) known.gets[session] = index + 1;
    if (!this.#writesFollowReads) return puts;
    this.#learn(this.#forPuts[session]!, source);
    this.#forPuts[session]!.gets[session] = index + 1;
    return puts;
  }

  /** Whoever knows a put knows what it rests on. */
  #learn(clock: Clock, put: SessionEvent): void {
    clock.merge(this.#ofPut.get(put)!);
    if (!this.#monotonicWrites || !put.isDone) return;
    clock.puts[put.session] = Math.max(clock.puts[put.session]!, put.index + 1);
  }

  #putsKnown({ puts, gets }: Clock, key: string, older: Clock | undefined): SessionEvent[] {
    const known: SessionEvent[] = [];
    for (let session = 0; session < puts.length; session++) {
      const [fromPut, fromGet] = older ? [older.puts[session]!, older.gets[session]!] : [0, 0];
      if (puts[session]! > fromPut) {
        // Without this promise the puts of a session may replace each other in any order.
        known.push(...between(this.#puts[session]!.get(key), fromPut, puts[session]!, this.#monotonicWrites));
      }
      if (gets[session]! > fromGet) {
        const seen = between(this.#gets[session]!.get(key), fromGet, gets[session]!, this.#monotonicReads);
        for (const { source } of seen) known.push(source!);
      }
    }
    return known;
  }
}

/** The events from one index up to another, which is not among them; or only the last of them. */
function between(
  events: readonly SessionEvent[] = [],
  from: number,
  to: number,
  onlyLast: boolean,
): readonly SessionEvent[] {
  const end = countBefore(events, ({ index }) => index < to);
  const start = onlyLast ? end - 1 : countBefore(events, ({ index }) => index < from);
  return start >= 0 && start < end && events[start]!.index >= from ? events.slice(start, end) : [];
}
