import { type Line, linesOf, noteOf } from "./lines.ts";
import { causalPast, isAbout } from "./past.ts";
import type { Trace } from "./trace.ts";

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

/** A line as it is printed. */
interface Printed {
  /** Its place among all lines that could be told: a story cut short keeps the numbers of the long one. */
  readonly number: number;
  readonly ms: number;
  readonly who: string;
  readonly what: string;
  readonly note: string;
}

/**
 * The run as numbered lines. Sends that arrived are told when they arrive, lost ones when they are lost. An application looks often
 * whether there is something to do: its timers of which nothing came are left out.
 */
export function tell(trace: Trace, options: TellOptions = {}): string[] {
  const past = options.pastOnly ? causalPast(trace) : undefined;
  const causes = causesIn(trace);
  const lines: Printed[] = [];
  const times = new Map<string, number>();
  let number = 0;
  let idleCount = 0;
  for (const line of linesOf(trace)) {
    const { row, who, what } = line;
    if (!isAbout(row, options.about)) continue;
    number++;
    if (past && !past.has(row.number) && row.kind !== "fault") continue;
    if (isIdle(line, causes)) {
      idleCount++;
      continue;
    }
    if (isRepeated(who + what, times, options.repeats)) continue;
    lines.push({ number, ms: row.ms, who, what, note: noteOf(line) });
  }
  return layOut(lines, options.most ?? lines.length, number, idleCount);
}

/** The rows that led to others. That a timer leads to the next one is nothing yet. */
function causesIn(trace: Trace): Set<number> {
  const causes = new Set<number>();
  for (const { kind, cause } of trace.rows()) if (kind !== "timer") causes.add(cause);
  return causes;
}

/** Of a node's timers those are told as well: that nothing came of one may be what is wrong. */
function isIdle({ row }: Line, causes: ReadonlySet<number>): boolean {
  return row.kind === "timer" && row.actor.endsWith("'s app") && !causes.has(row.number);
}

function isRepeated(text: string, times: Map<string, number>, most: number | undefined): boolean {
  if (most === undefined) return false;
  const count = (times.get(text) ?? 0) + 1;
  times.set(text, count);
  return count > most;
}

function layOut(lines: readonly Printed[], most: number, count: number, idleCount: number): string[] {
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
  const why = hidden === idleCount ? ": timers of applications, of which nothing came" : "";
  return hidden > 0 ? [`     … ${hidden} of ${count} lines are left out${why}`, ...text] : text;
}

/** Wide enough for most; a few long ones may stick out. */
function width(texts: readonly string[]): number {
  const lengths = texts.map((text) => text.length).sort((a, b) => a - b);
  return Math.min(60, lengths[Math.ceil(0.95 * (lengths.length - 1))] ?? 0);
}
