import { el } from "./dom.ts";

/** A list or object with more in it than this is folded, and so is a longer text. */
const longList = 12;
const longText = 300;

/** A JSON value as a person would lay it out: in full, long pieces folded. */
export function jsonView(value: unknown): HTMLElement {
  return el("div", { class: "json" }, piece(value, undefined, 0));
}

function piece(value: unknown, name: string | undefined, depth: number): HTMLElement {
  const label = name === undefined ? undefined : el("span", { class: "name" }, `${name}: `);
  if (typeof value === "string") return textPiece(value, label);
  if (typeof value !== "object" || value === null) {
    return el("div", { class: "entry" }, label, el("span", { class: typeof value }, String(value)));
  }
  const isList = Array.isArray(value);
  const entries = Object.entries(value);
  const size = isList ? `[${entries.length}]` : `{${entries.length}}`;
  if (entries.length === 0) return el("div", { class: "entry" }, label, isList ? "[ ]" : "{ }");
  const flat =
    isList &&
    entries.length <= longList &&
    value.every((item) => typeof item !== "object" && String(item).length < 12);
  if (flat)
    return el("div", { class: "entry" }, label, `[${value.map((item) => JSON.stringify(item)).join(", ")}]`);
  const isFlat = entries.every(
    ([, item]) => (typeof item !== "object" || item === null) && String(item).length < 30,
  );
  const inside = () =>
    el(
      "div",
      { class: isFlat ? "inside flat" : "inside" },
      ...entries.map(([key, item]) => piece(item, key, depth + 1)),
    );
  if (depth === 0 && entries.length <= longList) return inside();
  if (entries.length <= longList && depth < 4)
    return el(
      "div",
      {},
      el("div", { class: "entry" }, label, el("span", { class: "size" }, isList ? size : "")),
      inside(),
    );
  return folded(
    [label, el("span", { class: "size" }, isList ? `${entries.length} items` : `${entries.length} fields`)],
    inside,
  );
}

function textPiece(text: string, label: HTMLElement | undefined): HTMLElement {
  const whole = () => el("span", { class: "string" }, JSON.stringify(text));
  if (text.length <= longText) return el("div", { class: "entry" }, label, whole());
  const start = el("span", { class: "string" }, `${JSON.stringify(text.slice(0, 60)).slice(0, -1)}…`);
  return folded([label, start, el("span", { class: "size" }, ` ${text.length} characters`)], () =>
    el("div", { class: "inside entry" }, whole()),
  );
}

/** What is inside is made when it is opened: it may be long. */
function folded(summary: readonly (HTMLElement | undefined)[], inside: () => HTMLElement): HTMLElement {
  const details = el("details", {
    toggle: () => {
      if (details.open && details.childElementCount === 1) details.append(inside());
    },
  });
  details.append(el("summary", {}, ...summary));
  return details;
}
