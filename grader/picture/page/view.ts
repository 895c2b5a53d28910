import type { Row } from "#lib/trace";
import { formatValue } from "#lib/trace";
import type { Happening, Model } from "./model.ts";
import { wordsOf } from "./words.ts";

export type Mode = "events" | "time";

/** What is hidden from the picture. Numbers stay: a hidden event keeps its own. */
export interface Filter {
  /** All of these must be found in an event. */
  readonly words: readonly string[];
  readonly lanes: ReadonlySet<number>;
  readonly kinds: ReadonlySet<Row["kind"]>;
}

/** What changed, so that each part of the page draws no more than it must. */
export type Change = "selection" | "layout";

/** What the reader has chosen: one event, what is shown, and how. */
export class View {
  readonly model: Model;
  /** The chosen event, −1 for none. */
  selected = -1;
  /** By event: 1 where it belongs to the selection; undefined when nothing is chosen. */
  lit: Uint8Array | undefined;
  mode: Mode = "events";
  /** In time: how much is a ms. */
  zoom = 1;
  filter: Filter = { words: [], lanes: new Set(), kinds: new Set() };
  /** The events that are shown, in their order. */
  shown: readonly number[];
  readonly #listeners: ((change: Change) => void)[] = [];
  readonly #texts: string[] = [];

  constructor(model: Model) {
    this.model = model;
    this.shown = model.events.map(({ index }) => index);
  }

  onChange(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  /** Chooses an event and lights its causal past; or, with `lit`, whatever else belongs to it. */
  select(event: number, lit?: Uint8Array): void {
    this.selected = event;
    this.lit = event < 0 ? undefined : (lit ?? this.model.pastOf(event));
    this.#tell("selection");
  }

  /** The next event that is shown, or the one before; from nowhere, the first or the last. */
  step(by: 1 | -1): void {
    this.#stepAmong(this.shown, by);
  }

  stepInLane(by: 1 | -1): void {
    const { events } = this.model;
    const lane = events[this.selected]?.lane ?? -1;
    if (lane >= 0)
      this.#stepAmong(
        this.shown.filter((event) => events[event]?.lane === lane),
        by,
      );
  }

  end(of: "first" | "last"): void {
    const event = this.shown.at(of === "first" ? 0 : -1);
    if (event !== undefined) this.select(event);
  }

  /** What was asked for must be seen: if it is hidden, the filter goes. */
  reveal(event: number, lit?: Uint8Array): void {
    if (event >= 0 && !this.#isShown(this.model.events[event] as Happening)) this.setFilter(nothing);
    this.select(event, lit);
  }

  setFilter(filter: Filter): void {
    this.filter = filter;
    this.shown = this.model.events.filter((event) => this.#isShown(event)).map(({ index }) => index);
    this.#tell("layout");
  }

  setMode(mode: Mode, zoom = this.zoom): void {
    this.mode = mode;
    this.zoom = Math.min(64, Math.max(1 / 64, zoom));
    this.#tell("layout");
  }

  #stepAmong(among: readonly number[], by: 1 | -1): void {
    const next =
      by === 1
        ? (among.find((event) => event > this.selected) ?? among.at(-1))
        : (among.findLast((event) => event < this.selected || this.selected < 0) ?? among[0]);
    if (next !== undefined && next !== this.selected) this.select(next);
  }

  #isShown({ index, row, lane }: Happening): boolean {
    const { words, lanes, kinds } = this.filter;
    if (lanes.has(lane) || kinds.has(row.kind)) return false;
    return words.length === 0 || words.every((word) => this.#textOf(index).includes(word));
  }

  /** Everything about an event that can be searched for. */
  #textOf(index: number): string {
    let text = this.#texts[index];
    if (text === undefined) {
      const event = this.model.events[index] as Happening;
      const { who, name, what, note } = wordsOf(this.model, event);
      const payloads = [event.row, ...event.effects].map(({ payload }) =>
        payload === undefined ? "" : formatValue(payload, 5000),
      );
      text = [event.row.kind, who, name, what, note, ...payloads].join(" ").toLowerCase();
      this.#texts[index] = text;
    }
    return text;
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}

export const nothing: Filter = { words: [], lanes: new Set(), kinds: new Set() };
