import { el, grouped, svg } from "./dom.ts";
import type { Band } from "./faults.ts";
import { type Layout, rowHeight } from "./layout.ts";
import { arrowMark, bandMark, dotMark, type Ends, type Look, lostAt } from "./marks.ts";
import type { Arrow, Happening } from "./model.ts";
import type { View } from "./view.ts";
import { wordsOf } from "./words.ts";

/** What the diagram shows in one layout, drawn piece by piece: a step must not cost more in a long run. */
export class Scene {
  readonly #view: View;
  readonly #layout: Layout;
  readonly #bands: readonly Band[];
  readonly #arrows: readonly { readonly arrow: Arrow; readonly ends: Ends }[];
  /** By event: the rows that are drawn now. */
  #rows = new Map<number, HTMLElement>();

  constructor(view: View, layout: Layout, bands: readonly Band[]) {
    this.#view = view;
    this.#layout = layout;
    this.#bands = bands;
    this.#arrows = view.model.arrows.flatMap((arrow) => {
      const ends = this.#endsOf(arrow);
      return ends ? [{ arrow, ends }] : [];
    });
  }

  /** Everything between two heights. */
  draw(from: number, to: number): Element[] {
    const { width } = this.#layout;
    const height = Math.max(0, to - from);
    const sheet = svg("svg", { class: "sheet", width, height, viewBox: `0 ${from} ${width} ${height}` });
    sheet.style.top = `${from}px`;
    this.#drawLanes(sheet, from, to);
    this.#drawArrows(sheet, from, to);
    return [...this.#drawRows(sheet, from, to), sheet];
  }

  #drawLanes(sheet: SVGElement, from: number, to: number): void {
    const layout = this.#layout;
    for (const band of this.#bands) {
      const start = layout.y(band.start);
      const end = "event" in band.end ? layout.y(band.end.event) : Math.max(start, layout.yAt(band.end.ms));
      // Of one that lies between two rows there is nothing to be seen.
      if (start > to || end < from || end - start < 4) continue;
      for (const lane of band.lanes) {
        const x = layout.x(lane);
        if (x !== undefined) sheet.append(bandMark(band, x, start, end, layout.laneWidth));
      }
    }
    for (const [lane, { kind }] of this.#view.model.lanes.entries()) {
      const x = layout.x(lane);
      if (x !== undefined)
        sheet.append(svg("line", { class: `lane ${kind}`, x1: x, y1: from, x2: x, y2: to }));
    }
  }

  #drawArrows(sheet: SVGElement, from: number, to: number): void {
    const front: SVGElement[] = [];
    for (const { arrow, ends } of this.#arrows) {
      if (Math.max(ends.y1, ends.y2) < from || Math.min(ends.y1, ends.y2) > to) continue;
      const look = this.#lookOfArrow(arrow);
      const mark = arrowMark(arrow, ends, look, this.#layout.laneWidth);
      if (look.isNear) front.push(mark);
      else sheet.append(mark);
    }
    sheet.append(...front);
  }

  /** Where an arrow begins and ends; undefined if it leads to what is hidden. */
  #endsOf({ from, to, start, end }: Arrow): Ends | undefined {
    const layout = this.#layout;
    const [a, b] = [layout.x(from), layout.x(to)];
    if (a === undefined && b === undefined) return undefined;
    if (!layout.isShown(end >= 0 ? end : start)) return undefined;
    const x1 = a ?? (b as number) - 0.5 * layout.laneWidth;
    const x2 = b ?? (a as number) + 0.5 * layout.laneWidth;
    const y1 = start >= 0 ? layout.y(start) : Math.max(0, layout.y(end) - rowHeight);
    const y2 = end >= 0 ? layout.y(end) : layout.height - rowHeight / 2;
    return { x1, y1, x2, y2 };
  }

  #lookOfArrow({ start, end, how }: Arrow): Look {
    const { lit, selected } = this.#view;
    const isIn = (event: number) => event >= 0 && lit?.[event] === 1;
    const isLit = !lit || (isIn(start) && (how === "open" || isIn(end)));
    return { isDim: !isLit, isNear: selected >= 0 && (start === selected || end === selected) };
  }

  #drawRows(sheet: SVGElement, from: number, to: number): Iterable<HTMLElement> {
    const { model, shown, selected, lit } = this.#view;
    const layout = this.#layout;
    const rows = new Map<number, HTMLElement>();
    const taken: number[] = [];
    const inSight: Happening[] = [];
    for (let i = this.#firstFrom(from - rowHeight); i < shown.length; i++) {
      const event = model.events[shown[i] as number] as Happening;
      if (layout.y(event.index) > to + rowHeight) break;
      inSight.push(event);
    }
    // Where rows fall together, the words of the one that matters more are shown.
    const rank = ({ index, row }: Happening) =>
      index === selected ? 0 : row.kind === "violation" ? 1 : lit?.[index] === 1 ? 2 : 3;
    const byRank = [...inSight].sort((a, b) => rank(a) - rank(b) || a.index - b.index);
    for (const event of byRank) {
      const y = layout.y(event.index);
      const isFree = !taken.some((other) => Math.abs(other - y) < rowHeight - 6);
      if (isFree) taken.push(y);
      if (isFree) rows.set(event.index, this.#row(event));
    }
    for (const event of inSight) {
      const x = this.#xOf(event);
      const look = { isDim: lit !== undefined && lit[event.index] !== 1, isNear: event.index === selected };
      if (x !== undefined) sheet.append(dotMark(event, x, layout.y(event.index), look));
    }
    this.#rows = rows;
    return rows.values();
  }

  /** Where an event's sign stands. A lost message ends on its way. */
  #xOf(event: Happening): number | undefined {
    const { row } = event;
    const arrow = row.kind === "lost" ? this.#view.model.arrivals.get(event.index) : undefined;
    const [from, to] = arrow ? [this.#layout.x(arrow.from), this.#layout.x(arrow.to)] : [];
    if (from !== undefined && to !== undefined) return from + (to - from) * lostAt;
    const cause =
      row.kind === "violation" && row.cause >= 0 ? this.#view.model.eventOf[row.cause] : undefined;
    const lane = cause !== undefined && cause >= 0 ? this.#view.model.events[cause]?.lane : event.lane;
    return this.#layout.x(lane ?? -1);
  }

  /** A row that was drawn before is only dressed anew: to make its text costs more than all else in a step. */
  #row(event: Happening): HTMLElement {
    const { selected, lit } = this.#view;
    const { index, row } = event;
    const element = this.#rows.get(index) ?? this.#newRow(event);
    const classes = ["row", row.kind, index === selected && "selected", lit && lit[index] !== 1 && "dim"];
    element.className = classes.filter(Boolean).join(" ");
    return element;
  }

  #newRow(event: Happening): HTMLElement {
    const { model } = this.#view;
    const { index, row } = event;
    const { who, name, what, note } = wordsOf(model, event);
    const noted = note !== "" && el("span", { class: "note" }, `  ${note} `);
    const words = el(
      "span",
      { class: "words" },
      this.#layout.isWide && who !== "" && el("span", { class: "who" }, who),
      name !== "" && el("b", {}, name),
      // Why a message was lost matters more than what was in it.
      row.kind === "lost" && noted,
      what !== "" && ` ${what}`,
      row.kind !== "lost" && noted,
    );
    const element = el(
      "div",
      {},
      el("span", { class: "number" }, grouped(model.numberOf(index))),
      el("span", { class: "ms" }, grouped(row.ms)),
      words,
    );
    element.style.top = `${this.#layout.y(index) - rowHeight / 2}px`;
    words.style.left = `${this.#layout.words}px`;
    return element;
  }

  #firstFrom(y: number): number {
    const { shown } = this.#view;
    let [low, high] = [0, shown.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#layout.y(shown[middle] as number) >= y) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The first event that is shown from a height on, or the last one; −1 if there is none. */
  eventAt(y: number): number {
    const { shown } = this.#view;
    return shown[Math.min(this.#firstFrom(y), shown.length - 1)] ?? -1;
  }

  /** The event whose sign or row is nearest to a place; −1 if none is near. */
  nearest(x: number, y: number): number {
    const { shown, model, mode } = this.#view;
    let best = { index: -1, distance: rowHeight };
    for (let i = this.#firstFrom(y - rowHeight); i < shown.length; i++) {
      const index = shown[i] as number;
      const dy = this.#layout.y(index) - y;
      if (dy > rowHeight) break;
      const lane = this.#xOf(model.events[index] as Happening);
      // Where several lie in one row, the lane decides.
      const dx = lane === undefined || x > this.#layout.words ? 0 : Math.min(rowHeight, Math.abs(lane - x));
      const distance = Math.abs(dy) + (mode === "time" ? dx : 0);
      if (distance < best.distance) best = { index, distance };
    }
    return best.index;
  }
}
