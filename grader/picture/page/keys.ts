import { el } from "./dom.ts";
import { clear, type Toolbar } from "./toolbar.ts";
import type { View } from "./view.ts";

type Keys = readonly (readonly [keys: readonly string[], label: string, does: string, act: () => void])[];

/** Everything that can be done without a mouse. */
export function keysOf(view: View, { search }: Toolbar, help: () => void): Keys {
  return [
    [["ArrowRight", "ArrowDown", "j"], "→ ↓ j", "one event on", () => view.step(1)],
    [["ArrowLeft", "ArrowUp", "k"], "← ↑ k", "one event back", () => view.step(-1)],
    [["n"], "n", "on in the same lane", () => view.stepInLane(1)],
    [["p"], "p", "back in the same lane", () => view.stepInLane(-1)],
    [["Home"], "Home", "the first event", () => view.end("first")],
    [["End"], "End", "the last event", () => view.end("last")],
    [["v"], "v", "where the claim falls", () => view.reveal(view.model.violation)],
    [["t"], "t", "by event, or by time", () => view.setMode(view.mode === "time" ? "events" : "time")],
    [["+", "="], "+", "by time: more room for a ms", () => view.setMode("time", view.zoom * 2)],
    [["-"], "−", "by time: less room for a ms", () => view.setMode("time", view.zoom / 2)],
    [["/"], "/", "filter", () => search.focus()],
    [["Escape"], "Esc", "show everything again; then choose nothing", () => clear(view, search)],
    [["?"], "?", "this help", help],
  ];
}

/** Listens to the keys, but not while something is typed or a dialog is open. */
export function listen(keys: Keys, search: HTMLInputElement): void {
  document.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("dialog")) return;
    const isTyping = target === search;
    if (isTyping && event.key !== "Escape") return;
    // The arrows scroll what has the focus, if that is something else that scrolls.
    const isVertical = event.key === "ArrowUp" || event.key === "ArrowDown";
    if (isVertical && target !== document.body && target.id !== "diagram") return;
    if (target instanceof HTMLInputElement && !isTyping && event.key !== "Escape") return;
    const key = keys.find(([names]) => names.includes(event.key));
    if (!key) return;
    event.preventDefault();
    if (isTyping) search.blur();
    key[3]();
  });
}

const signs: readonly (readonly [string, string])[] = [
  ["●", "a message arrives"],
  ["◆", "a timer runs out"],
  ["▼", "a node starts, or starts again"],
  ["✗", "a crash; at the end of a broken arrow, a loss; in red, the claim falls"],
  ["■", "another fault: the row says which"],
  ["□ beside a sign", "its handler wrote to the disk; full: and synced"],
  ["□ on an arrow", "the message took longer than most"],
  ["- - - an arrow", "a copy of a message"],
  ["a band on a lane", "cut off from others; in a frame: stands still; dashed: slow; dotted: down"],
];

/** A dialog with the keys and the signs. */
export function helpView(keys: Keys): HTMLDialogElement {
  const list = (rows: readonly (readonly [string, string])[]) =>
    el("dl", {}, ...rows.flatMap(([sign, means]) => [el("dt", {}, sign), el("dd", {}, means)]));
  const dialog = el(
    "dialog",
    { class: "help", "aria-label": "Keys and signs" },
    el("h2", {}, "Keys"),
    list(keys.map(([, label, does]) => [label, does])),
    el("h2", {}, "Signs"),
    list(signs),
    el("button", { type: "button", click: () => dialog.close() }, "close"),
  );
  return dialog;
}
