import type { DiskWrite } from "#lib/sim";
import { fitMessage, fitWrite, isAboutWrite, type Subjects } from "./fit.ts";
import { formatValue } from "./format.ts";
import { copyMark, doneText, type Line, noteOf } from "./lines.ts";
import type { Row } from "./trace.ts";

/** How wide a line is, if anything can be left out of it. */
const widest = 110;
/** Stands on the line with whose event the claim fell. */
const fallMark = "← the claim falls";
/** What a note is content with: a write can do without its values, which the message mostly has. */
const narrowNote = 30;
/** The number and the time. */
const margin = 15;

/** Lines as text, numbered: who and when, what came, and what was done; long ones without the fields that say least. */
export function layOut(lines: readonly Line[], fall: number, about: Subjects): string[] {
  const whoWidth = Math.max(0, ...lines.map(({ who }) => who.length));
  const constants = constantsIn(lines);
  const room = widest - margin - whoWidth - 2;
  const texts = lines.map((line) => {
    const mark = line.row.number === fall ? fallMark : "";
    return { line, mark, ...fitted(line, room - (mark ? mark.length + 2 : 0), about, constants) };
  });
  const column = Math.max(0, ...texts.flatMap(({ what, note }) => (note ? [what.length] : [])));
  return texts.map(({ line, mark, what, note }, i) => {
    // Notes stand below each other where there is room for it.
    const end = [note, mark].filter(Boolean).join("  ");
    const gap = Math.max(2, Math.min(column + 2 - what.length, room - what.length - end.length));
    const start = `${String(i + 1).padStart(3)}  ${String(line.row.ms).padStart(5)} ms  ${line.who.padEnd(whoWidth)}`;
    return `${start}  ${what}${end ? " ".repeat(gap) + end : ""}`.trimEnd();
  });
}

function fitted(
  line: Line,
  room: number,
  about: Subjects,
  constants: ReadonlyMap<string, Subjects>,
): { what: string; note: string } {
  const { what } = line;
  const note = noteOf(line);
  if (what.length + (note ? note.length + 2 : 0) <= room) return { what, note };
  const least = note ? room - Math.min(note.length, narrowNote) - 2 : room;
  const short = fitWhat(line, least, about, constants);
  return { what: short, note: fitNote(line, room - short.length - 2, about) };
}

function fitWhat(
  { row, what }: Line,
  room: number,
  about: Subjects,
  constants: ReadonlyMap<string, Subjects>,
): string {
  const { payload, actor, peer = "" } = row;
  if (what.length <= room) return what;
  if (!isMessage(row)) return `${what.slice(0, room - 1)}…`;
  const mark = what.endsWith(copyMark) ? ` ${copyMark}` : "";
  const known = new Set([actor, peer, ...(constants.get(typeOf(payload)) ?? [])]);
  return fitMessage(payload, room - mark.length, about, known) + mark;
}

/** Writes share the room; those that the story is not about go first if it is too small. */
function fitNote({ row, fate, done }: Line, room: number, about: Subjects): string {
  if (done.length === 0) return fate;
  const isSubject = ({ kind, payload }: Row) =>
    kind !== "write" || about.size === 0 || isAboutWrite(payload as DiskWrite, about);
  for (let shown = done; ; shown = without(shown, isSubject)) {
    const writeCount = shown.filter(({ kind }) => kind === "write").length;
    const others = shown.filter(({ kind }) => kind !== "write").map(doneText);
    const used = row.actor.length + 1 + 2 * shown.length + others.join("").length + 3;
    const share = Math.floor((room - used) / Math.max(1, writeCount));
    const texts = shown.map((it) =>
      it.kind === "write" ? fitWrite(it.payload as DiskWrite, Math.max(24, share), about) : doneText(it),
    );
    const text = `${row.actor} ${[...texts, ...(shown.length < done.length ? ["…"] : [])].join(", ")}`;
    if (text.length <= room || shown.length <= 1) return text;
  }
}

/** One effect less: the last that is no subject, or the last. */
function without(rows: readonly Row[], isSubject: (row: Row) => boolean): Row[] {
  const last = rows.findLastIndex((row) => !isSubject(row));
  return rows.filter((_, i) => i !== (last < 0 ? rows.length - 1 : last));
}

/** For each type of message the fields that are the same in all that are told: "name=text". They say little. */
function constantsIn(lines: readonly Line[]): Map<string, Subjects> {
  const seen = new Map<string, Map<string, Set<string>>>();
  const counts = new Map<string, number>();
  for (const { row } of lines) {
    const { payload } = row;
    if (!isMessage(row) || typeof payload !== "object" || payload === null) continue;
    const type = typeOf(payload);
    const fields = seen.get(type) ?? new Map<string, Set<string>>();
    seen.set(type, fields);
    counts.set(type, (counts.get(type) ?? 0) + 1);
    for (const [name, value] of Object.entries(payload)) {
      fields.set(name, (fields.get(name) ?? new Set<string>()).add(formatValue(value)));
    }
  }
  const isOften = ([type]: [string, unknown]) => (counts.get(type) ?? 0) >= 3;
  return new Map(
    [...seen].filter(isOften).map(([type, fields]) => {
      const constant = [...fields].filter(([, texts]) => texts.size === 1);
      return [type, new Set(constant.map(([name, texts]) => `${name}=${[...texts].join()}`))] as const;
    }),
  );
}

function isMessage({ kind }: Row): boolean {
  return kind === "message" || kind === "lost" || kind === "send";
}

function typeOf(payload: unknown): string {
  return String((payload as { type?: unknown } | null | undefined)?.type);
}
