import type { Happening } from "./model.ts";
import type { View } from "./view.ts";

/** The height of a row, and of what is left free above the first one. */
export const rowHeight = 24;
const above = 20;
/** Browsers know no element that is much higher. */
const highest = 15_000_000;

/** Where everything is, in pixels. */
export class Layout {
  readonly height: number;
  /** More than there is room for, if there are very many lanes. */
  readonly width: number;
  /** The left edge of the lanes, the distance between two of them, and the left edge of the words. */
  readonly left: number;
  readonly laneWidth: number;
  readonly words: number;
  /** What the reader's zoom comes to, in time. */
  readonly zoom: number;
  /** Whether there is room to say who sends to whom. */
  readonly isWide: boolean;
  /** By event: its middle. A hidden event lies between those around it. */
  readonly #y: Float64Array;
  readonly #isShown: Uint8Array;
  readonly #view: View;
  /** By lane: its place among those that are shown, −1 for the others. */
  readonly #places: Int32Array;
  readonly #pixelsPerMs: number;

  constructor(view: View, width: number) {
    const { lanes, events } = view.model;
    this.#view = view;
    this.#isShown = new Uint8Array(events.length);
    for (const event of view.shown) this.#isShown[event] = 1;
    this.#places = new Int32Array(lanes.length);
    let count = 0;
    for (let lane = 0; lane < lanes.length; lane++) {
      this.#places[lane] = view.filter.lanes.has(lane) ? -1 : count++;
    }
    this.left = width < 560 ? 40 : 114;
    const forWords = Math.max(110, Math.min(460, width * 0.46));
    const room = (width - this.left - forWords) / Math.max(1, count);
    this.laneWidth = Math.max(19, Math.min(96, Math.floor(room)));
    this.words = this.left + count * this.laneWidth + 14;
    this.width = Math.max(width, this.words + 110);
    this.isWide = width - this.words > 380;
    const spanMs = (events.at(-1)?.row.ms ?? 0) - this.#startMs();
    const [usual, least] = scales(view);
    this.#pixelsPerMs = Math.min(Math.max(least, view.zoom * usual), highest / Math.max(1, spanMs));
    this.zoom = this.#pixelsPerMs / usual;
    this.#y = this.#place();
    const last = view.shown.at(-1);
    this.height = (last === undefined ? 0 : this.y(last)) + 2 * rowHeight;
  }

  isShown(event: number): boolean {
    return this.#isShown[event] === 1;
  }

  y(event: number): number {
    return this.#y[event] as number;
  }

  /** Where a time lies: between the last row before it and the first one after it. */
  yAt(ms: number): number {
    const { shown, model, mode } = this.#view;
    const timeOf = (place: number) => (model.events[shown[place] as number] as Happening).row.ms;
    if (shown.length === 0) return above;
    if (mode === "time")
      return (
        above + Math.max(0, Math.min(ms, timeOf(shown.length - 1)) - this.#startMs()) * this.#pixelsPerMs
      );
    let [low, high] = [0, shown.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (timeOf(middle) >= ms) high = middle;
      else low = middle + 1;
    }
    return above + (low - 0.5) * rowHeight;
  }

  /** The middle of a lane; undefined for one that is hidden. */
  x(lane: number): number | undefined {
    const place = lane < 0 ? -1 : (this.#places[lane] as number);
    return place < 0 ? undefined : this.left + (place + 0.5) * this.laneWidth;
  }

  #startMs(): number {
    return this.#view.model.events[0]?.row.ms ?? 0;
  }

  #place(): Float64Array {
    const { model, shown, mode } = this.#view;
    const y = new Float64Array(model.events.length);
    if (mode === "time") {
      for (const { index, row } of model.events)
        y[index] = above + (row.ms - this.#startMs()) * this.#pixelsPerMs;
      return y;
    }
    let place = 0;
    for (let event = 0; event < y.length; event++) {
      const isShown = shown[place] === event;
      y[event] = above + (isShown ? place++ : place - 0.5) * rowHeight;
    }
    return y;
  }
}

/** So many events may be in sight at once. */
const mostInSight = 600;
const tallScreen = 2000;

/**
 * How many pixels a ms has: usually, so that two moments in which something happens are mostly a row apart; and at least, so
 * that no screen has so many events that drawing them takes a while.
 */
function scales({ model, shown }: View): [usual: number, least: number] {
  const times = shown.map((event) => (model.events[event] as Happening).row.ms);
  const gaps = times.flatMap((ms, i) =>
    i > 0 && ms > (times[i - 1] as number) ? ms - (times[i - 1] as number) : [],
  );
  gaps.sort((a, b) => a - b);
  let least = 0;
  for (let i = mostInSight; i < times.length; i++) {
    const spanMs = (times[i] as number) - (times[i - mostInSight] as number);
    if (spanMs > 0) least = Math.max(least, tallScreen / spanMs);
  }
  return [rowHeight / (gaps[gaps.length >> 1] ?? 1), least];
}
