import type { DiskWrite } from "#lib/sim";
import type { Row } from "#lib/trace";
import { el, short } from "./dom.ts";
import { fieldsView } from "./fields.ts";
import { jsonView } from "./json.ts";
import { Memories } from "./memory.ts";
import type { Happening, Model } from "./model.ts";
import type { View } from "./view.ts";
import { sentenceOf, wordsOf, writeWords } from "./words.ts";

/** Everything about the chosen event. */
export class Panel {
  readonly element = el("aside", { class: "panel", "aria-label": "The chosen event" });
  /** Says the chosen event to those who listen. */
  readonly voice = el("p", { class: "unseen", "aria-live": "polite" });
  readonly #view: View;
  readonly #memories: Memories;

  constructor(view: View) {
    this.#view = view;
    this.#memories = new Memories(view.model);
    view.onChange((change) => change === "selection" && this.#show());
    this.#show();
  }

  #show(): void {
    const { model, selected } = this.#view;
    const event = model.events[selected];
    this.voice.textContent = event ? sentenceOf(model, event) : "No event is chosen.";
    const parts = event ? this.#parts(event) : [noneChosen()];
    // A claim falls in the middle of something: that is what there is to look at.
    const cause =
      event?.row.kind === "violation" ? model.events[model.eventOf[event.row.cause] ?? -1] : undefined;
    if (cause) parts.push(el("hr"), ...this.#parts(cause));
    // A new element begins at its top; to scroll an old one there would cost a layout.
    this.element.replaceChildren(el("div", { class: "sides" }, ...parts));
  }

  #parts(event: Happening): HTMLElement[] {
    const { model } = this.#view;
    const { row } = event;
    const { who, name } = wordsOf(model, event);
    const parts: HTMLElement[] = [
      el(
        "p",
        { class: "place" },
        `event ${model.numberOf(event.index)}, at ${row.ms} ms: ${kindWords[row.kind]}`,
      ),
      el("h2", {}, `${name || "a message"}${who === "" ? "" : " "}`, el("span", { class: "who" }, who)),
    ];
    const note = noteOf(model, event);
    if (note !== "") parts.push(el("p", { class: "about" }, note));
    const links = this.#links(event);
    if (links.length > 0) parts.push(el("p", { class: "links" }, ...links));
    if (row.payload !== undefined)
      parts.push(section(row.kind === "timer" ? "The timer" : "The message", jsonView(row.payload)));
    if (event.effects.length > 0) parts.push(section("What the handler did", this.#effects(event)));
    return [...parts, ...this.#remembered(event)];
  }

  /** To the event that it came from. */
  #links({ index, row }: Happening): HTMLElement[] {
    const { model } = this.#view;
    const cause = row.cause < 0 ? -1 : (model.eventOf[row.cause] as number);
    const before = model.before[index] as number;
    const words =
      row.kind === "message" || row.kind === "lost" ? "sent in" : row.kind === "timer" ? "set in" : "after";
    return [
      ...(cause >= 0 && cause !== index ? [this.#jump(cause, words)] : []),
      ...(before >= 0 && before !== cause ? [this.#jump(before, `before it on ${row.actor}:`)] : []),
    ];
  }

  #jump(event: number, words: string): HTMLElement {
    const text = `${words} ${this.#view.model.numberOf(event)}`;
    const go = () => {
      this.#view.reveal(event);
      // The link that had the focus is gone.
      document.getElementById("diagram")?.focus({ preventScroll: true });
    };
    return el("button", { type: "button", class: "link", click: go }, text);
  }

  #effects(event: Happening): HTMLElement {
    return el(
      "ol",
      { class: "effects" },
      ...event.effects.map((row) => el("li", { class: row.kind }, ...this.#effect(row))),
    );
  }

  #effect(row: Row): (HTMLElement | string)[] {
    if (row.kind === "sync") return [word("syncs"), "what was written before is safe"];
    if (row.kind === "log") return [word("says"), `"${row.note ?? ""}"`];
    if (row.kind === "write") {
      const [verb, what] = writeWords(row.payload as DiskWrite);
      return [word(verb), what];
    }
    const { model } = this.#view;
    const ends = model.sendings.get(row.number) ?? [];
    const type = (row.payload as { type?: unknown } | null)?.type;
    const jumps = ends.map(({ end, how }) =>
      end < 0
        ? el("span", { class: "note" }, "on its way at the end")
        : this.#jump(end, how === "lost" ? "✗ lost in" : "arrives in"),
    );
    return [
      word("sends"),
      `${typeof type === "string" ? short(type, 60) : "a message"} to ${row.peer} `,
      ...jumps,
    ];
  }

  #remembered(event: Happening): HTMLElement[] {
    const { row, index } = event;
    const found = row.actor === "" ? undefined : this.#memories.around(row.actor, index);
    if (!found) return [];
    const { memory, disk, unsynced } = found;
    const parts: HTMLElement[] = [];
    if (memory.length > 0) parts.push(section(`${row.actor} in memory`, fieldsView(memory)));
    if (disk.length > 0) parts.push(section(`${row.actor} on disk`, fieldsView(disk)));
    if (unsynced.length > 0) {
      const lines = unsynced.map((write) => el("li", {}, writeWords(write).join(" ")));
      const words = el("p", { class: "about" }, "A crash here would lose it.");
      parts.push(section("Written, and not synced yet", el("ol", { class: "unsynced" }, ...lines), words));
    }
    return parts;
  }
}

const kindWords: Readonly<Record<Row["kind"], string>> = {
  start: "a node starts",
  restart: "a node starts again",
  crash: "a crash",
  send: "a message is sent",
  message: "a message arrives",
  lost: "a message is lost",
  timer: "a timer runs out",
  write: "a write",
  sync: "a sync",
  log: "a node says something",
  fault: "a fault",
  violation: "a violation",
};

function noneChosen(): HTMLElement {
  return el(
    "p",
    { class: "about" },
    "Click an event, or step with ← and →: what led to it is lit, and what it did is told here.",
  );
}

function noteOf(model: Model, { index, row }: Happening): string {
  if (row.kind !== "message") return row.note ?? "";
  const arrow = model.arrivals.get(index);
  const late = arrow?.lateMs ? `${arrow.lateMs} ms later than most messages` : "";
  return [arrow?.isCopy ? "a copy: it had arrived before" : "", late].filter(Boolean).join("; ");
}

function section(title: string, ...children: readonly HTMLElement[]): HTMLElement {
  return el("section", {}, el("h3", {}, title), ...children);
}

function word(text: string): HTMLElement {
  return el("span", { class: "word" }, text);
}
