import type { Row } from "#lib/trace";
import type { Lane } from "../data.ts";
import { isEvent, type Packed } from "../pack.ts";

/** One line of the picture: a row that happened to somebody, and what its handler did. */
export interface Happening {
  /** Its place among all events, and in the picture. */
  readonly index: number;
  readonly row: Row;
  /** The lane that it happened in, −1 for the whole run. */
  readonly lane: number;
  /** The rows of what its handler did. */
  readonly effects: readonly Row[];
}

/** A message on its way. */
export interface Arrow {
  /** The row of its sending, −1 if that was cut off. */
  readonly send: number;
  readonly from: number;
  readonly to: number;
  /** The events in which it was sent, and in which it ended; −1 if there is none in the picture. */
  readonly start: number;
  readonly end: number;
  readonly how: "arrived" | "lost" | "open";
  readonly isCopy: boolean;
  /** How much longer than usual it took. */
  readonly lateMs: number;
}

/** The run, with everything in it found by its number. */
export class Model {
  readonly data: Packed;
  readonly rows: readonly Row[];
  readonly lanes: readonly Lane[];
  readonly events: readonly Happening[];
  readonly arrows: readonly Arrow[];
  /** By row: the event that it is, or that it comes from; −1 if that was cut off. */
  readonly eventOf: Int32Array;
  /** By the row of a sending: what became of it. */
  readonly sendings: ReadonlyMap<number, readonly Arrow[]>;
  /** By event: the arrow that ended in it. */
  readonly arrivals: ReadonlyMap<number, Arrow>;
  /** The event to open at: the violation, or the last one. */
  readonly violation: number;
  /** By event: the one before it in its lane, −1 if there is none. */
  readonly before: Int32Array;
  readonly #lanes = new Map<string, number>();

  constructor(data: Packed) {
    this.data = data;
    this.rows = rowsOf(data);
    const lanes = [...data.lanes];
    for (const [i, { name }] of lanes.entries()) this.#lanes.set(name, i);
    for (const name of data.names) {
      if (name !== "" && !this.#lanes.has(name))
        this.#lanes.set(name, lanes.push({ name, kind: "node" }) - 1);
    }
    this.lanes = lanes;
    this.eventOf = new Int32Array(this.rows.length).fill(-1);
    this.events = this.#findEvents();
    this.before = this.#findBefore();
    this.arrows = this.#findArrows();
    const sendings = new Map<number, Arrow[]>();
    for (const arrow of this.arrows) sendings.set(arrow.send, [...(sendings.get(arrow.send) ?? []), arrow]);
    this.sendings = sendings;
    this.arrivals = new Map(this.arrows.filter(({ end }) => end >= 0).map((arrow) => [arrow.end, arrow]));
    const fallen = this.events.findIndex(({ row }) => row.kind === "violation");
    this.violation = fallen < 0 ? this.events.length - 1 : fallen;
  }

  laneOf(name: string | undefined): number {
    return this.#lanes.get(name ?? "") ?? -1;
  }

  /** The number that an event has, counted from the beginning of the run. */
  numberOf(event: number): number {
    return this.data.eventsLeftOut + event + 1;
  }

  /**
   * By event: 1 for the event itself and for all that can have led to it. What it sent that was lost is a part of the story, and so
   * are the faults until then.
   */
  pastOf(event: number): Uint8Array {
    const past = new Uint8Array(this.events.length);
    const open = [event];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next < 0 || past[next] === 1) continue;
      past[next] = 1;
      const { row } = this.events[next] as Happening;
      open.push(this.#causeOf(row));
      // What became of a message does not change who it was meant for.
      if (row.kind !== "lost" && row.kind !== "fault") open.push(this.before[next] as number);
    }
    for (const { index, row } of this.events.slice(0, event)) {
      if (row.kind === "fault" || (row.kind === "lost" && past[this.#causeOf(row)] === 1)) past[index] = 1;
    }
    return past;
  }

  /** The event that led to a row: of an arrival, the one in which it was sent. */
  #causeOf(row: Row): number {
    return row.cause < 0 ? -1 : (this.eventOf[row.cause] as number);
  }

  #findEvents(): Happening[] {
    const events: (Happening & { effects: Row[] })[] = [];
    for (const row of this.rows) {
      if (isEvent(row.kind)) {
        this.eventOf[row.number] = events.length;
        events.push({ index: events.length, row, lane: this.laneOf(row.actor), effects: [] });
      } else {
        const event = row.cause < 0 ? -1 : (this.eventOf[row.cause] as number);
        this.eventOf[row.number] = event;
        events[event]?.effects.push(row);
      }
    }
    return events;
  }

  #findBefore(): Int32Array {
    const before = new Int32Array(this.events.length).fill(-1);
    const latest = new Map<number, number>();
    for (const { index, row, lane } of this.events) {
      if (lane < 0) continue;
      before[index] = latest.get(lane) ?? -1;
      if (row.kind !== "lost" && row.kind !== "fault") latest.set(lane, index);
    }
    return before;
  }

  #findArrows(): Arrow[] {
    const arrows: Arrow[] = [];
    const usualMs = this.#usualMs();
    const arrived = new Set<number>();
    const ended = new Set<number>();
    for (const { index, row, lane } of this.events) {
      if (row.kind !== "message" && row.kind !== "lost") continue;
      const from = this.laneOf(row.peer);
      const sent = this.rows[row.cause];
      const isArrival = row.kind === "message";
      ended.add(row.cause);
      arrows.push({
        send: row.cause,
        from,
        to: lane,
        start: sent ? (this.eventOf[sent.number] as number) : -1,
        end: index,
        how: isArrival ? "arrived" : "lost",
        isCopy: isArrival && row.cause >= 0 && arrived.has(row.cause),
        lateMs: sent && isArrival ? Math.max(0, row.ms - sent.ms - usualMs) : 0,
      });
      if (isArrival) arrived.add(row.cause);
    }
    for (const row of this.rows) {
      if (row.kind !== "send" || ended.has(row.number)) continue;
      const start = this.eventOf[row.number] as number;
      const ends = { start, end: -1, from: this.laneOf(row.actor), to: this.laneOf(row.peer) };
      arrows.push({ send: row.number, ...ends, how: "open", isCopy: false, lateMs: 0 });
    }
    return arrows;
  }

  /** How long a message between two machines takes when nothing is wrong: what most of them took. */
  #usualMs(): number {
    const counts = new Map<number, number>();
    let usual = 0;
    for (const row of this.rows) {
      const sent = row.kind === "message" ? this.rows[row.cause] : undefined;
      const took = sent ? row.ms - sent.ms : 0;
      if (took <= 0) continue;
      counts.set(took, (counts.get(took) ?? 0) + 1);
      if ((counts.get(took) as number) > (counts.get(usual) ?? 0)) usual = took;
    }
    return usual;
  }
}

function rowsOf({ rows, names }: Packed): Row[] {
  const result: Row[] = [];
  for (const [kind, ms, actor, cause, peer, note, payload] of rows) {
    const isArrival = kind === "message" || kind === "lost";
    result.push({
      number: result.length,
      kind,
      ms,
      actor: names[actor] ?? "",
      cause,
      peer: names[peer] || undefined,
      payload: isArrival && payload === undefined ? result[cause]?.payload : payload,
      note: note || undefined,
    });
  }
  return result;
}
