import { el } from "./dom.ts";
import { type Band, bandsOf } from "./faults.ts";
import { Layout, rowHeight } from "./layout.ts";
import { Scene } from "./scene.ts";
import type { View } from "./view.ts";

/** How far beyond what is seen is drawn, in pixels: a scroll within it costs nothing. */
const beyond = 500;

/** The space-time diagram: a lane for everyone, time going down, and of it what is seen. */
export class Diagram {
  readonly element: HTMLElement;
  readonly #view: View;
  readonly #heads = el("div", { class: "heads" });
  readonly #field = el("div", { class: "field", "aria-hidden": "true" });
  readonly #scroller: HTMLElement;
  readonly #bands: readonly Band[];
  #layout: Layout;
  #scene: Scene;
  /** What is seen now: to ask the browser for it would cost a layout. */
  #top = 0;
  #height = 0;
  /** What is drawn now, from and to. */
  #drawn: [number, number] = [0, -1];

  constructor(view: View) {
    this.#view = view;
    this.#bands = bandsOf(view.model);
    this.#layout = new Layout(view, 800);
    this.#scene = new Scene(view, this.#layout, this.#bands);
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
      else {
        this.#goTo(view.selected);
        this.#redraw();
      }
    });
  }

  /** Brings an event into sight, with some of what is around it. */
  #goTo(event: number): void {
    if (event < 0) return;
    const y = this.#layout.y(event);
    const [first, last] = [this.#top + 2 * rowHeight, this.#top + this.#height - 4 * rowHeight];
    if (y >= first && y <= last) return;
    const isFar = y < first - this.#height || y > last + this.#height;
    const near = y < first ? y - 3 * rowHeight : y - this.#height + 5 * rowHeight;
    this.#scroller.scrollTop = Math.max(0, isFar ? y - this.#height * 0.6 : near);
    this.#top = this.#scroller.scrollTop;
  }

  #arrange(): void {
    const { clientWidth, clientHeight, scrollTop } = this.#scroller;
    if (clientWidth === 0) return;
    // What the reader looks at stays where it is.
    const anchor = this.#height > 0 ? this.#inSight() : -1;
    const offset = anchor < 0 ? 0 : this.#layout.y(anchor) - scrollTop;
    this.#layout = new Layout(this.#view, clientWidth);
    this.#scene = new Scene(this.#view, this.#layout, this.#bands);
    this.#view.zoom = this.#layout.zoom;
    this.#field.style.height = `${this.#layout.height}px`;
    for (const part of [this.#heads, this.#field]) part.style.width = `${this.#layout.width}px`;
    this.#drawHeads();
    if (anchor >= 0) this.#scroller.scrollTop = Math.max(0, this.#layout.y(anchor) - offset);
    [this.#top, this.#height] = [this.#scroller.scrollTop, clientHeight];
    this.#goTo(this.#view.selected);
    this.#redraw();
  }

  /** The chosen event or, if there is none, the one in the middle; −1 if there is no event. */
  #inSight(): number {
    const { selected } = this.#view;
    return selected >= 0 ? selected : this.#scene.eventAt(this.#top + this.#height / 2);
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
    this.#top = this.#scroller.scrollTop;
    const [from, to] = this.#drawn;
    if (this.#top < from || this.#top + this.#height > to) this.#redraw();
  }

  #redraw(): void {
    const from = Math.max(0, this.#top - beyond);
    this.#drawn = [from, this.#top + this.#height + beyond];
    const parts = new Set(this.#scene.draw(from, Math.min(this.#drawn[1], this.#layout.height)));
    // What stays is left where it is.
    for (const old of [...this.#field.children]) if (!parts.has(old)) old.remove();
    this.#field.append(...[...parts].filter((part) => !part.isConnected));
  }

  #onClick(event: MouseEvent): void {
    const box = this.#field.getBoundingClientRect();
    const found = this.#scene.nearest(event.clientX - box.left, event.clientY - box.top);
    if (found >= 0) this.#view.select(found);
  }
}
