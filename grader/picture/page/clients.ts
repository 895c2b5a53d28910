import type { Bar } from "../data.ts";
import { counted, el } from "./dom.ts";
import type { Model } from "./model.ts";
import type { View } from "./view.ts";

/** As many operations are drawn, the last ones. */
const most = 1500;

/** What the clients saw: a bar for each operation, from its call to its answer. */
export function clientsView(view: View): HTMLElement | undefined {
  const all = view.model.data.operations;
  if (all.length === 0) return undefined;
  const drawn = all.filter((bar, i) => bar.isWitness || i >= all.length - most);
  const scale = new Scale(drawn);
  const { model } = view;
  const laneOf = (name: string) => Math.max(model.laneOf(name), model.laneOf(`${name}'s app`));
  const names = [...new Set(drawn.map(({ process }) => process))].sort((a, b) => laneOf(a) - laneOf(b));
  const lines = names.map((name) =>
    lineView(
      view,
      name,
      drawn.filter(({ process }) => process === name),
      scale,
    ),
  );
  const board = el("div", { class: "board" }, ...lines);
  board.style.width = `max(100%, ${scale.width}px)`;
  const leftOut = all.length - drawn.length;
  return el(
    "section",
    { class: "clients", "aria-label": "What the clients saw" },
    el("h2", {}, "What the clients saw"),
    el(
      "p",
      { class: "about" },
      legend(drawn),
      leftOut > 0 && ` The first ${counted(leftOut, "operation")} are left out.`,
    ),
    el("div", { class: "scroll" }, board),
  );
}

function legend(bars: readonly Bar[]): string {
  const has = (outcome: Bar["outcome"]) => bars.some((bar) => bar.outcome === outcome);
  const pieces = [
    "A bar runs from the call to the answer",
    has("fail") && "hatched: it did not happen",
    has("info") && "dashed: nobody knows whether it happened",
    has("open") && "open to the right: no answer by the end",
    bars.some(({ isWitness }) => isWitness) && "◆: it shows what is wrong",
  ];
  return `${pieces.filter(Boolean).join("; ")}.`;
}

/** Left to right, one step for each time at which something was asked or answered. */
class Scale {
  readonly width: number;
  readonly #places = new Map<number, number>();

  constructor(bars: readonly Bar[]) {
    const times = new Set(bars.flatMap(({ invokedMs, returnedMs }) => [invokedMs, returnedMs ?? invokedMs]));
    for (const ms of [...times].sort((a, b) => a - b)) this.#places.set(ms, this.#places.size);
    this.width = 36 * (this.#places.size + 1);
  }

  at(ms: number | undefined): number {
    const place = ms === undefined ? undefined : this.#places.get(ms);
    return (100 * (place ?? this.#places.size)) / (this.#places.size + 1);
  }
}

function lineView(view: View, name: string, bars: readonly Bar[], scale: Scale): HTMLElement {
  const ends: number[] = [];
  const buttons = bars.map((bar) => {
    const [start, end] = [scale.at(bar.invokedMs), scale.at(bar.returnedMs)];
    // Operations of one client that overlap lie below each other.
    let level = ends.findIndex((free) => free <= start);
    if (level < 0) level = ends.length;
    ends[level] = Math.max(end, start + 0.01);
    return barView(view, bar, { start, end, level });
  });
  buttons[0]?.setAttribute("tabindex", "0");
  const track = el(
    "div",
    { class: "track", role: "group", "aria-label": `operations of ${name}` },
    ...buttons,
  );
  track.style.height = `${24 * ends.length}px`;
  track.addEventListener("keydown", (event) => stepAmong(buttons, event));
  return el("div", { class: "line-of-client" }, el("span", { class: "name" }, name), track);
}

function barView(view: View, bar: Bar, at: { start: number; end: number; level: number }): HTMLButtonElement {
  const { input, output, outcome, invokedMs, returnedMs, isWitness, process } = bar;
  const words = `${isWitness ? "◆ " : ""}${input}${output === "" ? "" : ` → ${output}`}`;
  const until = returnedMs === undefined ? "no answer" : `${outcome} at ${returnedMs} ms`;
  const button = el(
    "button",
    {
      type: "button",
      class: `bar ${outcome}${isWitness ? " witness" : ""}`,
      tabindex: -1,
      title: `${process}: ${words}, asked at ${invokedMs} ms, ${until}`,
      "aria-label": `${process}: ${words}, asked at ${invokedMs} ms, ${until}${isWitness ? ", shows what is wrong" : ""}`,
      click: () => choose(view, bar),
    },
    words,
  );
  button.style.left = `${at.start}%`;
  button.style.width = `${Math.max(0.1, at.end - at.start)}%`;
  button.style.top = `${24 * at.level}px`;
  return button;
}

function stepAmong(buttons: readonly HTMLButtonElement[], event: KeyboardEvent): void {
  const at = buttons.indexOf(event.target as HTMLButtonElement);
  const next = buttons[event.key === "ArrowRight" ? at + 1 : event.key === "ArrowLeft" ? at - 1 : -1];
  if (event.key === "ArrowRight" || event.key === "ArrowLeft") event.stopPropagation();
  if (!next) return;
  event.preventDefault();
  buttons[at]?.setAttribute("tabindex", "-1");
  next.setAttribute("tabindex", "0");
  next.focus();
}

/** Lights what happened to the client between call and answer, and goes to its beginning. */
function choose(view: View, bar: Bar): void {
  const { model } = view;
  const lit = eventsOf(model, bar);
  const first = lit.indexOf(1);
  if (first < 0) return;
  view.reveal(first, lit);
  document.getElementById("diagram")?.scrollIntoView({ block: "nearest" });
}

function eventsOf({ events }: Model, { process, invokedMs, returnedMs }: Bar): Uint8Array {
  const lit = new Uint8Array(events.length);
  const isOfClient = (name: string | undefined) => name === process || name === `${process}'s app`;
  for (const { index, row, effects } of events) {
    if (row.ms < invokedMs || row.ms > (returnedMs ?? Number.POSITIVE_INFINITY)) continue;
    if (isOfClient(row.actor) || isOfClient(row.peer) || effects.some(({ peer }) => isOfClient(peer)))
      lit[index] = 1;
  }
  return lit;
}
