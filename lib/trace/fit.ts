import type { DiskWrite } from "#lib/sim";
import { formatValue } from "./format.ts";

/** What must stay when a text is cut short: fields of these names, and what holds these values. */
export type Subjects = ReadonlySet<string>;

/** A field as text, and what it is worth to the story: what that is about stays longest, what goes without saying goes first. */
interface Field {
  readonly name: string;
  readonly value: unknown;
  readonly text: string;
  readonly worth: number;
}

/**
 * A message within so many characters, if it can be: with long values cut, then without the fields that go without saying, then without the
 * last ones. What the story is about stays.
 */
export function fitMessage(message: unknown, width: number, about: Subjects, known: Subjects): string {
  if (typeof message !== "object" || message === null || Array.isArray(message)) {
    return formatValue(message, Math.max(20, width));
  }
  const { type, ...fields } = message as { type?: unknown };
  const name = typeof type === "string" ? `${type} ` : "";
  const fitted = fitFields(fields, width - name.length, about, known);
  return (name + fitted).trim();
}

/** What a write to the disk was, within so many characters. */
export function fitWrite(change: DiskWrite, width: number, about: Subjects): string {
  const none: Subjects = new Set();
  switch (change.write) {
    case "set":
      return `writes ${fitFields(change.cells, width - 7, about, none, true) || "nothing"}`;
    case "delete": {
      const cells = change.cells.join(", ");
      const most = Math.max(12, Math.floor(width / 2));
      const gone = `deletes ${cells.length > most ? `${cells.slice(0, most - 1)}…` : cells}`;
      if (Object.keys(change.set).length === 0) return gone;
      return `${gone} and writes ${fitFields(change.set, width - gone.length - 12, about, none, true)}`;
    }
    case "append":
      return `appends ${fitMessage(change.entry, width - 8, about, none)}`;
    case "truncate":
      return `truncates its log from ${change.index} on`;
    case "dropHead":
      return `drops its log before ${change.index}`;
  }
}

/** `a = 1, b = 2, …`: values are cut, and fields left out, until it fits; one field stays. Cells lose their values before their names. */
function fitFields(
  object: object,
  width: number,
  about: Subjects,
  known: Subjects,
  areCells = false,
): string {
  if (Object.keys(object).length === 0) return "";
  let fields = Object.entries(object).map(([name, value]) => fieldOf(name, value, about, known));
  const count = fields.length;
  const text = () =>
    fields.map(({ name, text: value }) => (value ? `${name} = ${value}` : name)).join(", ") +
    (fields.length < count ? ", …" : "");
  const cutTo = (most: number, isCut: (field: Field) => boolean) => {
    if (text().length <= width) return;
    fields = fields.map((field) => (isCut(field) ? { ...field, text: shorter(field, most) } : field));
  };
  cutTo(30, ({ worth }) => worth < 2);
  cutTo(50, () => true);
  if (areCells) cutTo(0, ({ worth }) => worth < 2);
  if (areCells) cutTo(0, () => true);
  while (text().length > width && fields.length > 1) {
    const least = Math.min(...fields.map(({ worth }) => worth));
    const last = fields.findLastIndex(({ worth }) => worth === least);
    fields = fields.filter((_, i) => i !== last);
  }
  const [{ name }] = fields as [Field];
  cutTo(Math.max(8, width - name.length - 3 - (count > 1 ? 3 : 0)), (field) => field.text !== "");
  return text();
}

/** A value cut short: first without what its own name says, "row/s1/k1 = { version: 2, … }". */
function shorter({ name, value, text }: Field, most: number): string {
  if (most === 0) return "";
  if (text.length <= most || typeof value !== "object" || value === null || Array.isArray(value)) {
    return formatValue(value, most);
  }
  const unsaid = Object.entries(value).filter(([, item]) => !isPart(name, formatValue(item)));
  return formatValue(Object.fromEntries(unsaid), most);
}

function fieldOf(name: string, value: unknown, about: Subjects, known: Subjects): Field {
  const text = formatValue(value);
  const isSubject = about.has(name) || holds(value, about) || [...about].some((it) => isPart(name, it));
  const isUnsaid = value === null || known.has(text) || known.has(`${name}=${text}`);
  return { name, value, text, worth: isSubject ? 2 : isUnsaid ? 0 : 1 };
}

/** Whether a write changes something that the story is about. */
export function isAboutWrite(change: DiskWrite, about: Subjects): boolean {
  return (
    holds(change, about) || [...namesIn(change)].some((name) => [...about].some((it) => isPart(name, it)))
  );
}

function namesIn(change: DiskWrite): string[] {
  if (change.write === "set") return Object.keys(change.cells);
  return change.write === "delete" ? [...change.cells, ...Object.keys(change.set)] : [];
}

function holds(value: unknown, about: Subjects): boolean {
  if (typeof value !== "object" || value === null) return about.has(String(value));
  return Object.entries(value).some(([name, item]) => about.has(name) || holds(item, about));
}

/** Whether a name speaks of something as a part of it: "row/s1/k1" of k1, and not of k. */
export function isPart(name: string, part: string): boolean {
  for (let at = name.indexOf(part); at >= 0; at = name.indexOf(part, at + 1)) {
    const isOfWord = (character: string | undefined) => character !== undefined && /[\w]/.test(character);
    if (!isOfWord(name[at - 1]) && !isOfWord(name[at + part.length])) return true;
  }
  return false;
}
