import type { DiskWrite } from "#lib/sim";
import { formatFields, formatMessage } from "./format.ts";
import type { Row, Trace } from "./trace.ts";

export interface TellOptions {
  /** At most so many lines, the last ones; all unless told. */
  readonly most?: number;
  /**
   * Only what mentions one of these texts as a whole value or name, and what befell the machines. For a story about one key or one
   * request.
   */
  readonly about?: readonly string[];
  /** How often the same line may be told, at its first times: for a story that ends in endless retries. */
  readonly repeats?: number;
  /** Only what can have led to the last row: its causal past. */
  readonly pastOnly?: boolean;
}

interface Line {
  /** Its place among all lines that could be told: a story cut short keeps the numbers of the long one. */
  readonly number: number;
  readonly ms: number;
  readonly who: string;
  readonly what: string;
  note: string;
}

/** The run as numbered lines. Sends that arrived are told when they arrive, lost ones when they are lost. */
export function tell(trace: Trace, options: TellOptions = {}): string[] {
  const past = options.pastOnly ? causalPast(trace) : undefined;
  const lines: Line[] = [];
  const byEvent = new Map<number, Line>();
  const arrivals = arrivalsOf(trace);
  const times = new Map<string, number>();
  let number = 0;
  for (const row of trace.rows()) {
    const told = lineOf(row, arrivals);
    if (told) {
      if (!isAbout(row, options.about)) continue;
      const line = { number: ++number, ms: row.ms, note: "", ...told };
      if (past && !past.has(row.number) && row.kind !== "fault") continue;
      if (isRepeated(line, times, options.repeats)) continue;
      lines.push(line);
      byEvent.set(row.number, line);
      continue;
    }
    const done = doneBy(row);
    const event = byEvent.get(row.cause);
    if (!done || !event) continue;
    event.note = event.note === "" ? `${row.actor} ${done}` : `${event.note}, ${done}`;
  }
  return layOut(lines, options.most ?? lines.length, number);
}

function isRepeated({ who, what }: Line, times: Map<string, number>, most: number | undefined): boolean {
  if (most === undefined) return false;
  const count = (times.get(who + what) ?? 0) + 1;
  times.set(who + what, count);
  return count > most;
}

/** How often each message arrived or was lost, by the row of its sending. Those that are not in here were on their way at the end. */
function arrivalsOf(trace: Trace): Map<number, { ended: number; told: number }> {
  const arrivals = new Map<number, { ended: number; told: number }>();
  for (const row of trace.rows()) {
    if (row.kind === "send") arrivals.set(row.number, { ended: 0, told: 0 });
    const sent = row.kind === "message" || row.kind === "lost" ? arrivals.get(row.cause) : undefined;
    if (sent) sent.ended++;
  }
  return arrivals;
}

function lineOf(
  row: Row,
  arrivals: ReadonlyMap<number, { ended: number; told: number }>,
): { who: string; what: string; note?: string } | undefined {
  const { actor } = row;
  switch (row.kind) {
    case "send": {
      if ((arrivals.get(row.number)?.ended ?? 0) > 0) return undefined;
      return {
        who: `${actor} ⇢ ${row.peer}`,
        what: formatMessage(row.payload),
        note: "on its way at the end",
      };
    }
    case "message": {
      const sent = arrivals.get(row.cause);
      const again = sent && sent.told++ > 0 ? "(again: a copy)" : "";
      return { who: `${row.peer} → ${actor}`, what: `${formatMessage(row.payload)} ${again}`.trim() };
    }
    case "lost":
      return { who: `${row.peer} ⇢ ${actor}`, what: formatMessage(row.payload), note: `✗ ${row.note}` };
    case "timer":
      return { who: actor, what: `timer ${formatMessage(row.payload)}` };
    case "crash":
      return { who: actor, what: `✗ crashes ${row.note ?? ""}`.trim() };
    case "restart":
      return { who: actor, what: "restarts" };
    case "fault":
      return { who: actor, what: `✗ ${row.note}` };
    case "violation":
      return { who: "", what: `✗ ${row.note}` };
    default:
      return undefined;
  }
}

/** What a handler did besides sending. */
function doneBy(row: Row): string | undefined {
  if (row.kind === "sync") return "syncs";
  if (row.kind === "log") return `says "${row.note}"`;
  return row.kind === "write" ? formatWrite(row.payload as DiskWrite) : undefined;
}

function formatWrite(change: DiskWrite): string {
  switch (change.write) {
    case "set":
      return `writes ${formatFields(change.cells) || "nothing"}`;
    case "delete":
      return `deletes ${change.cells.join(", ")}${Object.keys(change.set).length ? ` and writes ${formatFields(change.set)}` : ""}`;
    case "append":
      return `appends ${formatMessage(change.entry)}`;
    case "truncate":
      return `truncates its log from ${change.index} on`;
    case "dropHead":
      return `drops its log before ${change.index}`;
  }
}

/** The rows from which a chain of messages, timers and the order within one node leads to the last row. */
function causalPast(trace: Trace): Set<number> {
  const before = new Int32Array(trace.length).fill(-1);
  const latest = new Map<string, number>();
  for (const row of trace.rows()) {
    if (row.kind === "fault" || row.kind === "violation") continue;
    before[row.number] = latest.get(row.actor) ?? -1;
    if (row.kind !== "lost") latest.set(row.actor, row.number);
  }
  const past = new Set<number>();
  const open = [trace.length - 1];
  for (let number = open.pop(); number !== undefined; number = open.pop()) {
    if (number < 0 || past.has(number)) continue;
    past.add(number);
    open.push(trace.row(number).cause, before[number] as number);
  }
  // What was sent from the past and lost, or had no time to arrive, is a part of the story.
  for (const row of trace.rows()) {
    if ((row.kind === "lost" || row.kind === "send") && past.has(row.cause)) past.add(row.number);
  }
  return past;
}

function isAbout(row: Row, about: readonly string[] | undefined): boolean {
  if (!about || row.kind === "crash" || row.kind === "restart" || row.kind === "violation") return true;
  return row.kind !== "fault" && about.some((text) => mentions(row.payload, text));
}

function mentions(value: unknown, text: string): boolean {
  if (typeof value !== "object" || value === null) return String(value) === text;
  return Object.entries(value).some(([key, item]) => key === text || mentions(item, text));
}

function layOut(lines: readonly Line[], most: number, count: number): string[] {
  const shown = lines.slice(-most);
  const hidden = count - shown.length;
  const who = width(shown.map((line) => line.who));
  // Notes stand below each other; a line without one may be longer.
  const what = width(shown.filter((line) => line.note).map((line) => line.what));
  const text = shown.map((line) => {
    const number = String(line.number).padStart(3);
    const row = `${number}  ${String(line.ms).padStart(5)} ms  ${line.who.padEnd(who)}  ${line.what.padEnd(what)}  ${line.note}`;
    return row.trimEnd();
  });
  return hidden > 0 ? [`     … ${hidden} of ${count} lines are left out`, ...text] : text;
}

/** Wide enough for most; a few long ones may stick out. */
function width(texts: readonly string[]): number {
  const lengths = texts.map((text) => text.length).sort((a, b) => a - b);
  return Math.min(60, lengths[Math.ceil(0.95 * (lengths.length - 1))] ?? 0);
}
