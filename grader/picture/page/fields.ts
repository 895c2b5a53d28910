import { counted, el } from "./dom.ts";
import type { Field } from "./memory.ts";

/** What changed first, with its sign; the rest folded if it is much. */
export function fieldsView(fields: readonly Field[]): HTMLElement {
  const changed = fields.filter(({ before, after }) => before !== after);
  const same = fields.filter(({ before, after }) => before === after);
  const list = (some: readonly Field[]) => el("dl", { class: "fields" }, ...some.flatMap(fieldView));
  if (changed.length === 0 && same.length <= 12) return list(same);
  const words = changed.length === 0 ? counted(same.length, "field") : `${same.length} unchanged`;
  const rest = el("details", {}, el("summary", {}, words), list(same));
  rest.open = same.length <= 6;
  return el("div", {}, changed.length > 0 && list(changed), same.length > 0 && rest);
}

function fieldView({ name, before, after }: Field): HTMLElement[] {
  if (before === after) return [el("dt", {}, name), el("dd", {}, longView(after ?? ""))];
  const row = (sign: string, text: HTMLElement) =>
    el("dd", { class: sign }, el("span", { class: "sign" }, sign), text);
  if (before === undefined)
    return [el("dt", { class: "new" }, name), row("new", el("ins", {}, longView(after ?? "")))];
  if (after === undefined)
    return [el("dt", { class: "gone" }, name), row("gone", el("del", {}, longView(before)))];
  const [start, end] = sameEnds(before, after);
  return [
    el("dt", { class: "changed" }, name),
    row("was", markedView(before, start, end, "del")),
    row("is", markedView(after, start, end, "ins")),
  ];
}

/** How many signs are the same at the beginning and at the end of two texts, words kept whole. */
function sameEnds(a: string, b: string): [number, number] {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start++;
  while (start > 0 && isInWord(a, start)) start--;
  let end = 0;
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  while (end > 0 && isInWord(a, a.length - end)) end--;
  return [start, end];
}

function isInWord(text: string, at: number): boolean {
  return /[\w.]/.test(text[at] ?? " ") && /[\w.]/.test(text[at - 1] ?? " ");
}

/** A text with its middle marked, and not too much of what is around it. */
function markedView(text: string, start: number, end: number, tag: "del" | "ins"): HTMLElement {
  const [head, tail] = [text.slice(0, start), text.slice(text.length - end)];
  const middle = text.slice(start, text.length - end);
  return el(
    "span",
    {},
    head.length > 90 ? `…${head.slice(-60)}` : head,
    middle !== "" && el(tag, {}, longView(middle)),
    tail.length > 90 ? `${tail.slice(0, 60)}…` : tail,
  );
}

function longView(text: string): HTMLElement {
  if (text.length <= 400) return el("span", {}, text);
  return el(
    "details",
    { class: "inline" },
    el("summary", {}, `${text.slice(0, 200)}…`),
    el("span", {}, text),
  );
}
