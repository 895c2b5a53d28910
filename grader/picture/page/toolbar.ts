import type { Row } from "#lib/trace";
import { counted, el, grouped } from "./dom.ts";
import { nothing, type View } from "./view.ts";

export interface Toolbar {
  readonly element: HTMLElement;
  readonly search: HTMLInputElement;
}

const kindNames: readonly (readonly [string, readonly Row["kind"][]])[] = [
  ["messages", ["message"]],
  ["lost messages", ["lost"]],
  ["timers", ["timer"]],
  ["starts and crashes", ["start", "restart", "crash"]],
  ["other faults", ["fault"]],
];

/** Steps, the violation, the two kinds of time, and what is shown. */
export function toolbar(view: View, help: () => void): Toolbar {
  const search = el("input", {
    type: "search",
    id: "search",
    placeholder: "filter: type, key, value, node",
    "aria-label": "Show only events with these words",
    autocomplete: "off",
    spellcheck: "false",
    input: () => setWords(view, search.value),
  });
  const element = el(
    "div",
    { class: "toolbar", role: "group", "aria-label": "The run" },
    el(
      "div",
      { class: "group" },
      button("⇤", "the first event (Home)", () => view.end("first")),
      button("←", "one event back (← or k)", () => view.step(-1)),
      button("→", "one event on (→ or j)", () => view.step(1)),
      button("⇥", "the last event (End)", () => view.end("last")),
    ),
    el(
      "div",
      { class: "group" },
      button("↑ lane", "back in the same lane (p)", () => view.stepInLane(-1)),
      button("↓ lane", "on in the same lane (n)", () => view.stepInLane(1)),
    ),
    button("✗ violation", "to where the claim falls (v)", () => view.reveal(view.model.violation)),
    modeButtons(view),
    search,
    choices(view),
    countView(view),
    button("?", "keys and signs (?)", help),
  );
  return { element, search };
}

function button(text: string, title: string, click: () => void): HTMLButtonElement {
  return el("button", { type: "button", title, "aria-label": title, click }, text);
}

function setWords(view: View, text: string): void {
  view.setFilter({ ...view.filter, words: text.toLowerCase().split(/\s+/).filter(Boolean) });
}

function modeButtons(view: View): HTMLElement {
  const events = button("by event", "a row for each event (t)", () => view.setMode("events"));
  const time = button("by time", "as far apart as in time (t)", () => view.setMode("time"));
  const nearer = button("+", "more room for a ms (+)", () => view.setMode("time", view.zoom * 2));
  const farther = button("−", "less room for a ms (-)", () => view.setMode("time", view.zoom / 2));
  const update = () => {
    events.setAttribute("aria-pressed", String(view.mode === "events"));
    time.setAttribute("aria-pressed", String(view.mode === "time"));
    for (const zoom of [nearer, farther]) zoom.hidden = view.mode === "events";
  };
  view.onChange(update);
  update();
  return el("div", { class: "group" }, events, time, nearer, farther);
}

/** Which lanes and which kinds of events are shown. */
function choices(view: View): HTMLElement {
  const boxes: HTMLInputElement[] = [];
  const choice = (label: string, isOn: () => boolean, set: (on: boolean) => void) => {
    const box = el("input", { type: "checkbox", change: () => set(box.checked) });
    box.checked = isOn();
    view.onChange(() => {
      box.checked = isOn();
    });
    boxes.push(box);
    return el("label", {}, box, ` ${label}`);
  };
  const lanes = view.model.lanes.map(({ name }, lane) =>
    choice(
      name,
      () => !view.filter.lanes.has(lane),
      (on) => view.setFilter({ ...view.filter, lanes: toggled(view.filter.lanes, [lane], on) }),
    ),
  );
  const kinds = kindNames.map(([label, some]) =>
    choice(
      label,
      () => !some.some((kind) => view.filter.kinds.has(kind)),
      (on) => view.setFilter({ ...view.filter, kinds: toggled(view.filter.kinds, some, on) }),
    ),
  );
  const fold = el(
    "details",
    { class: "choices" },
    el("summary", {}, "lanes and kinds"),
    el("div", { class: "sheetlet" }, group("lanes", lanes), group("kinds", kinds)),
  );
  fold.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !fold.open) return;
    fold.open = false;
    fold.querySelector("summary")?.focus();
    event.stopPropagation();
  });
  fold.addEventListener("focusout", (event) => {
    if (!fold.contains(event.relatedTarget as Node | null) && event.relatedTarget !== null) fold.open = false;
  });
  return fold;
}

function group(name: string, labels: readonly HTMLElement[]): HTMLElement {
  return el("fieldset", {}, el("legend", {}, name), ...labels);
}

function toggled<T>(hidden: ReadonlySet<T>, some: readonly T[], on: boolean): Set<T> {
  const result = new Set(hidden);
  for (const one of some) {
    if (on) result.delete(one);
    else result.add(one);
  }
  return result;
}

function countView(view: View): HTMLElement {
  const count = el("span", { class: "count", role: "status" });
  const update = () => {
    const { events, data } = view.model;
    const shown = view.shown.length;
    const all = counted(events.length, "event");
    const cut = data.eventsLeftOut > 0 ? `; the first ${grouped(data.eventsLeftOut)} are left out` : "";
    count.textContent = `${shown === events.length ? all : `${grouped(shown)} of ${all}`}${cut}`;
  };
  view.onChange((change) => change === "layout" && update());
  update();
  return count;
}

/** Shows everything again, and chooses nothing. */
export function clear(view: View, search: HTMLInputElement): void {
  const isFiltered = view.shown.length < view.model.events.length;
  search.value = "";
  view.setFilter(nothing);
  if (!isFiltered) view.select(-1);
}
