/*
 * Everything that the page shows is made here, from text: there is no other way into the document.
 */

type Child = Node | string | undefined | false;

interface Attributes {
  readonly [name: string]: string | number | boolean | undefined | ((event: Event) => void);
}

/** An element with these attributes and children. Functions are listeners; `undefined` and `false` are left out. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== undefined && value !== false)
      element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) {
    if (child !== undefined && child !== false)
      element.append(typeof child === "string" ? visible(child) : child);
  }
  return element;
}

/** Signs that would not be seen, or would turn the text around them, as they are written in code; lines stay lines. */
export function visible(text: string): string {
  return text.replace(hidden, (sign) => `\\u{${(sign.codePointAt(0) as number).toString(16)}}`);
}

const hidden =
  /(?!\n)[\p{Cc}\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\p{Surrogate}]/gu;

/** On one line, and cut where nobody would read on. */
export function short(text: string, longest = 400): string {
  const line = text.replaceAll("\n", "⏎");
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
}

/** "1 event", "3 events". */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** 12345 as "12,345". */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
