import type { DiskWrite } from "#lib/sim";
import { formatFields, formatMessage } from "./format.ts";
import type { Row, Trace } from "./trace.ts";

/** One row that is told, with what its handler did besides sending. */
export interface Line {
  readonly row: Row;
  readonly who: string;
  readonly what: string;
  /** Why a message never came; empty for everything else. */
  readonly fate: string;
  /** Writes, syncs and words, in their order. */
  readonly done: Row[];
}

/** The rows of a run that can be told, in their order. Sends that arrived are told when they arrive, lost ones when they are lost. */
export function linesOf(trace: Trace): Line[] {
  const lines: Line[] = [];
  const byEvent = new Map<number, Line>();
  const arrivals = arrivalsOf(trace);
  for (const row of trace.rows()) {
    const told = lineOf(row, arrivals);
    if (told) {
      const line: Line = { row, fate: "", done: [], ...told };
      lines.push(line);
      byEvent.set(row.number, line);
    } else if (row.kind === "write" || row.kind === "sync" || row.kind === "log") {
      byEvent.get(row.cause)?.done.push(row);
    }
  }
  return lines;
}

/** "n1 writes x = 7, syncs", or why a message never came. */
export function noteOf({ row, fate, done }: Line): string {
  if (done.length === 0) return fate;
  return `${row.actor} ${done.map(doneText).join(", ")}`;
}

interface Arrivals {
  /** How often a message arrived or was lost. */
  ended: number;
  /** How often it has been told so far. */
  told: number;
}

/** By the row of the sending. Messages that have no end were on their way when the run was over. */
function arrivalsOf(trace: Trace): Map<number, Arrivals> {
  const arrivals = new Map<number, Arrivals>();
  for (const row of trace.rows()) {
    if (row.kind === "send") arrivals.set(row.number, { ended: 0, told: 0 });
    const sent = row.kind === "message" || row.kind === "lost" ? arrivals.get(row.cause) : undefined;
    if (sent) sent.ended++;
  }
  return arrivals;
}

function lineOf(
  row: Row,
  arrivals: ReadonlyMap<number, Arrivals>,
): Pick<Line, "who" | "what"> | Pick<Line, "who" | "what" | "fate"> | undefined {
  const { actor } = row;
  switch (row.kind) {
    case "send": {
      if ((arrivals.get(row.number)?.ended ?? 0) > 0) return undefined;
      return {
        who: `${actor} ⇢ ${row.peer}`,
        what: formatMessage(row.payload),
        fate: "on its way at the end",
      };
    }
    case "message": {
      const sent = arrivals.get(row.cause);
      const again = sent && sent.told++ > 0 ? copyMark : "";
      return { who: `${row.peer} → ${actor}`, what: `${formatMessage(row.payload)} ${again}`.trim() };
    }
    case "lost":
      return { who: `${row.peer} ⇢ ${actor}`, what: formatMessage(row.payload), fate: `✗ ${row.note}` };
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

/** Stands behind a message that had arrived before. */
export const copyMark = "(again: a copy)";

/** One effect of a handler: "writes x = 7". */
export function doneText(row: Row): string {
  if (row.kind === "sync") return "syncs";
  return row.kind === "log" ? `says "${row.note}"` : writeText(row.payload as DiskWrite);
}

function writeText(change: DiskWrite): string {
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
