import { counted, el } from "./dom.ts";
import type { Model } from "./model.ts";
import type { View } from "./view.ts";

/** The top of the page: what fell, what it depends on, and how to see it again. */
export function headView(model: Model): HTMLElement {
  const { part, test, claim, message, replay } = model.data;
  return el(
    "header",
    { class: "top" },
    el("p", { class: "place" }, el("b", {}, part), ` ${test}`),
    el("h1", {}, el("span", { class: "fell" }, "✗ "), claim),
    el("p", { class: "happened" }, message),
    el("div", { class: "why" }, deviationsView(model), replay === "" ? undefined : replayView(replay)),
  );
}

function deviationsView({ data: { deviations }, rows }: Model): HTMLElement {
  if (deviations.length === 0) {
    const isCalm = rows.every(({ kind }) => kind !== "crash" && kind !== "lost" && kind !== "fault");
    const why = isCalm ? "Nothing went wrong around it" : "The scenario itself places what goes wrong";
    return el("section", { class: "deviations" }, el("h2", {}, why));
  }
  const [first, rest] = [deviations.slice(0, 6), deviations.slice(6)];
  const lines = (sentences: readonly string[]) => sentences.map((sentence) => el("li", {}, sentence));
  const more = el(
    "details",
    {},
    el("summary", {}, `${rest.length} more`),
    el("ol", { start: 7 }, ...lines(rest)),
  );
  // On paper nothing can be unfolded.
  matchMedia("print").addEventListener("change", ({ matches }) => {
    more.open = matches;
  });
  return el(
    "section",
    { class: "deviations" },
    el("h2", {}, `${counted(deviations.length, "deviation")} from a calm run`),
    el("ol", {}, ...lines(first)),
    rest.length > 0 && more,
  );
}

function replayView(replay: string): HTMLElement {
  const command = `npm run replay -- '${replay}'`;
  const code = el("code", {}, command);
  const button = el("button", { type: "button", click: () => copy(command, code, button) }, "copy");
  return el(
    "section",
    { class: "replay" },
    el("h2", {}, "The same run again"),
    el("p", {}, code, " ", button),
  );
}

/** Where a page may not write to the clipboard, the text is selected: one key is left to press. */
async function copy(text: string, code: HTMLElement, button: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "copied";
  } catch {
    getSelection()?.selectAllChildren(code);
    button.textContent = "selected";
  }
  setTimeout(() => {
    button.textContent = "copy";
  }, 2000);
}

/** The run in words: for those who listen, for paper, and for everybody else. A line goes to its event. */
export function storyView(view: View): HTMLElement | undefined {
  const { story, knew } = view.model.data;
  if (story.length === 0) return undefined;
  const lines = story.map((line) => {
    const event = eventOf(view.model, line);
    const text = el("span", {}, line);
    if (event < 0) return el("li", {}, text);
    return el("li", {}, el("button", { type: "button", class: "line", click: () => go(view, event) }, text));
  });
  return el(
    "section",
    { class: "story" },
    el("h2", {}, "The story"),
    el("ol", {}, ...lines),
    knew.length > 0 && el("h2", {}, "What the nodes knew in the end"),
    knew.length > 0 && el("ul", {}, ...knew.map((line) => el("li", {}, line))),
  );
}

function go(view: View, event: number): void {
  view.reveal(event);
  document.getElementById("diagram")?.scrollIntoView({ block: "nearest" });
}

/** The event that a line tells of: the one at its time, between the same two; −1 if that is not certain. */
function eventOf({ events }: Model, line: string): number {
  const [, time, rest = ""] = /^\s*\d+\s+(\d+) ms\s\s(.*)$/s.exec(line) ?? [];
  if (time === undefined) return -1;
  const ms = Number(time);
  const found = events.filter(({ row }) => {
    if (row.ms !== ms) return false;
    const { kind, actor, peer, payload } = row;
    const type = (payload as { type?: unknown } | null | undefined)?.type;
    const isNamed = typeof type !== "string" || rest.includes(type);
    if (kind === "message") return rest.startsWith(`${peer} → ${actor} `) && isNamed;
    if (kind === "lost") return rest.startsWith(`${peer} ⇢ ${actor} `) && isNamed;
    if (kind === "timer") return rest.startsWith(`${actor} `) && rest.includes(" timer ");
    if (kind === "crash" || kind === "restart") return rest.startsWith(`${actor} `) && rest.includes(kind);
    // A story puts faults in its own words.
    if (kind === "fault") return rest.trimStart().startsWith("✗") && !rest.includes(" ⇢ ");
    return kind === "violation" && rest.includes(row.note ?? "");
  });
  return found[0]?.index ?? -1;
}
