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

/** Events of one key, by their sessions: earliest first. */
type BySession = (SessionEvent[] | undefined)[];

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
  readonly #puts = new Map<string, BySession>();
  /** Gets that returned something. */
  readonly #gets = new Map<string, BySession>();

  constructor(sessionCount: number, promised: readonly SessionGuarantee[]) {
    this.#readYourWrites = promised.includes("read-your-writes");
    this.#monotonicReads = promised.includes("monotonic-reads");
    this.#monotonicWrites = promised.includes("monotonic-writes");
    this.#writesFollowReads = promised.includes("writes-follow-reads");
    this.#forGets = Array.from({ length: sessionCount }, () => Clock.zero(sessionCount));
    this.#forPuts = Array.from({ length: sessionCount }, () => Clock.zero(sessionCount));
  }

  /** Notes a put. */
  put(event: SessionEvent): void {
    const { session, index, isDone } = event;
    const forPuts = this.#forPuts[session]!;
    const clock = forPuts.copy();
    this.#ofPut.set(event, clock);
    if (!isDone) return;
    if (this.#readYourWrites) this.#forGets[session]!.merge(clock);
    // Without this promise, of a session's puts only its own gets know: see OwnPuts.
    if (!this.#monotonicWrites) return;
    note(this.#puts, event);
    forPuts.puts[session] = index + 1;
    if (this.#readYourWrites) this.#forGets[session]!.puts[session] = index + 1;
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
    if (this.#monotonicReads || this.#writesFollowReads) note(this.#gets, event);
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
    this.#puts.get(key)?.forEach((events = [], session) => {
      const last = countBefore(events, ({ index }) => index < puts[session]!) - 1;
      if (last >= 0 && events[last]!.index >= (older?.puts[session] ?? 0)) known.push(events[last]!);
    });
    this.#gets.get(key)?.forEach((events = [], session) => {
      const from = older?.gets[session] ?? 0;
      for (
        let i = countBefore(events, ({ index }) => index < gets[session]!) - 1;
        i >= 0 && events[i]!.index >= from;
        i--
      ) {
        known.push(events[i]!.source!);
        // What a session saw is in order only if this is promised.
        if (this.#monotonicReads) break;
      }
    });
    return known;
  }
}

function note(events: Map<string, BySession>, event: SessionEvent): void {
  const ofKey = entry(events, event.key, (): BySession => []);
  const ofSession = ofKey[event.session];
  if (ofSession) ofSession.push(event);
  else ofKey[event.session] = [event];
}
