import { el, grouped, svg } from "./dom.ts";
import { bandsOf } from "./faults.ts";
import { Layout, rowHeight } from "./layout.ts";
import { arrowMark, bandMark, dotMark, type Look, lostAt } from "./marks.ts";
import type { Arrow, Happening } from "./model.ts";
import type { View } from "./view.ts";
import { wordsOf } from "./words.ts";

/** How far beyond what is seen is drawn, in pixels: a scroll within it costs nothing. */
const beyond = 500;

/** The space-time diagram: a lane for everyone, time going down, and of it what is seen. */
export class Diagram {
  readonly element: HTMLElement;
  readonly #view: View;
  readonly #heads = el("div", { class: "heads" });
  readonly #field = el("div", { class: "field", "aria-hidden": "true" });
  readonly #scroller: HTMLElement;
  readonly #bands: ReturnType<typeof bandsOf>;
  #layout: Layout;
  /** What is drawn now, from and to. */
  #drawn = [0, -1];

  constructor(view: View) {
    this.#view = view;
    this.#bands = bandsOf(view.model);
    this.#layout = new Layout(view, 800);
    this.#scroller = el(
      "div",
      {
        class: "diagram",
        id: "diagram",
        tabindex: 0,
        role: "group",
        "aria-label":
          "Space-time diagram. Step through its events with the arrow keys; they are told as you go.",
        scroll: () => this.#onScroll(),
        click: (event) => this.#onClick(event as MouseEvent),
      },
      this.#heads,
      this.#field,
    );
    this.element = this.#scroller;
    new ResizeObserver(() => this.#arrange()).observe(this.#scroller);
    view.onChange((change) => {
      if (change === "layout") this.#arrange();
      else this.#redraw();
      this.#show(view.selected);
    });
  }

  /** Brings an event into sight, with some of what is around it. */
  #show(event: number): void {
    if (event < 0) return;
    const y = this.#layout.y(event);
    const { scrollTop, clientHeight } = this.#scroller;
    const [top, bottom] = [scrollTop + 2 * rowHeight, scrollTop + clientHeight - 4 * rowHeight];
    if (y >= top && y <= bottom) return;
    const isFar = y < top - clientHeight || y > bottom + clientHeight;
    const aim = isFar
      ? y - clientHeight * 0.6
      : y < top
        ? y - 3 * rowHeight
        : y - clientHeight + 5 * rowHeight;
    this.#scroller.scrollTop = Math.max(0, aim);
    this.#onScroll();
  }

  #arrange(): void {
    const width = this.#scroller.clientWidth;
    if (width === 0) return;
    this.#layout = new Layout(this.#view, width);
    this.#field.style.height = `${this.#layout.height}px`;
    this.#drawHeads();
    this.#redraw();
    this.#show(this.#view.selected);
  }

  #drawHeads(): void {
    const { model } = this.#view;
    const heads = model.lanes.flatMap(({ name, kind }, lane) => {
      const x = this.#layout.x(lane);
      if (x === undefined) return [];
      const base = kind === "app" ? name.replace(/'s app$/, "") : name;
      const head = el("div", { class: `head ${kind}`, title: name }, el("b", {}, base), el("span", {}, kind));
      head.style.left = `${x - this.#layout.laneWidth / 2}px`;
      head.style.width = `${this.#layout.laneWidth}px`;
      return [head];
    });
    this.#heads.classList.toggle("narrow", this.#layout.laneWidth < 44);
    this.#heads.replaceChildren(...heads);
  }

  #onScroll(): void {
    const { scrollTop, clientHeight } = this.#scroller;
    const [from, to] = this.#drawn as [number, number];
    if (scrollTop < from || scrollTop + clientHeight > to) this.#redraw();
  }

  #redraw(): void {
    const { scrollTop, clientHeight } = this.#scroller;
    const from = Math.max(0, scrollTop - beyond);
    const to = scrollTop + clientHeight + beyond;
    this.#drawn = [from, to];
    const [bottom, width] = [Math.min(to, this.#layout.height), this.#scroller.clientWidth];
    const sheet = svg("svg", {
      class: "sheet",
      width,
      height: Math.max(0, bottom - from),
      viewBox: `0 ${from} ${width} ${Math.max(0, bottom - from)}`,
    });
    sheet.style.top = `${from}px`;
    this.#drawLanes(sheet, from, bottom);
    this.#drawArrows(sheet, from, bottom);
    const rows = this.#drawRows(sheet, from, bottom);
    this.#field.replaceChildren(...rows, sheet);
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
    const { model } = this.#view;
    const layout = this.#layout;
    const front: SVGElement[] = [];
    for (const arrow of model.arrows) {
      const ends = this.#endsOf(arrow);
      if (!ends || Math.max(ends.y1, ends.y2) < from || Math.min(ends.y1, ends.y2) > to) continue;
      const look = this.#lookOfArrow(arrow);
      const mark = arrowMark(arrow, ends, look, layout.laneWidth);
      if (look.isNear) front.push(mark);
      else sheet.append(mark);
    }
    sheet.append(...front);
  }

  /** Where an arrow begins and ends; undefined if neither of its ends is in the picture. */
  #endsOf({ from, to, start, end }: Arrow): { x1: number; y1: number; x2: number; y2: number } | undefined {
    const layout = this.#layout;
    const [a, b] = [layout.x(from), layout.x(to)];
    if (a === undefined && b === undefined) return undefined;
    const hidden = this.#hiddenEvents;
    if (end >= 0 ? hidden(end) : hidden(start)) return undefined;
    const x1 = a ?? (b as number) - 0.5 * layout.laneWidth;
    const x2 = b ?? (a as number) + 0.5 * layout.laneWidth;
    const y1 = start >= 0 ? layout.y(start) : Math.max(0, layout.y(end) - rowHeight);
    const y2 = end >= 0 ? layout.y(end) : layout.height - rowHeight / 2;
    return { x1, y1, x2, y2 };
  }

  readonly #hiddenEvents = (event: number): boolean => event < 0 || !this.#isShown(event);

  #isShown(event: number): boolean {
    const { shown } = this.#view;
    return shown.length === this.#view.model.events.length || shown[placeOf(shown, event)] === event;
  }

  #lookOfArrow({ start, end, how }: Arrow): Look {
    const { lit, selected } = this.#view;
    const isIn = (event: number) => event >= 0 && lit?.[event] === 1;
    const isLit = !lit || (isIn(start) && (how === "open" || isIn(end)));
    return { isDim: !isLit, isNear: selected >= 0 && (start === selected || end === selected) };
  }

  #drawRows(sheet: SVGElement, from: number, to: number): HTMLElement[] {
    const { model, shown, selected, lit } = this.#view;
    const layout = this.#layout;
    const rows: HTMLElement[] = [];
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
      if (isFree || event.index === selected) rows.push(this.#row(event, y));
    }
    for (const event of inSight) {
      const x = this.#xOf(event);
      const look = { isDim: lit !== undefined && lit[event.index] !== 1, isNear: event.index === selected };
      if (x !== undefined) sheet.append(dotMark(event, x, layout.y(event.index), look));
    }
    return rows;
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

  #row(event: Happening, y: number): HTMLElement {
    const { model, selected, lit } = this.#view;
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
    const classes = ["row", row.kind, index === selected && "selected", lit && lit[index] !== 1 && "dim"];
    const element = el(
      "div",
      { class: classes.filter(Boolean).join(" "), "data-event": index },
      el("span", { class: "number" }, grouped(model.numberOf(index))),
      el("span", { class: "ms" }, grouped(row.ms)),
      words,
    );
    element.style.top = `${y - rowHeight / 2}px`;
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

  /** The event whose sign or row is nearest to where the reader pointed. */
  #onClick(event: MouseEvent): void {
    const box = this.#field.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const { shown, model } = this.#view;
    let best: { index: number; distance: number } | undefined;
    for (let i = this.#firstFrom(y - rowHeight); i < shown.length; i++) {
      const index = shown[i] as number;
      const dy = this.#layout.y(index) - y;
      if (dy > rowHeight) break;
      const lane = this.#xOf(model.events[index] as Happening);
      // Where several lie in one row, the lane decides.
      const dx = lane === undefined || x > this.#layout.words ? 0 : Math.min(rowHeight, Math.abs(lane - x));
      const distance = Math.abs(dy) + (this.#view.mode === "time" ? dx : 0);
      if (!best || distance < best.distance) best = { index, distance };
    }
    if (best && best.distance <= rowHeight) this.#view.select(best.index);
  }
}

/** The place of an event in an ascending list, or where it would be. */
function placeOf(list: readonly number[], event: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as number) >= event) high = middle;
    else low = middle + 1;
  }
  return low;
}
