import type { Row, Trace } from "./trace.ts";

/** For each row the one that happened before it to the same actor, or −1: messages, timers, crashes and what handlers did. */
export function rowsBefore(trace: Trace): Int32Array {
  const before = new Int32Array(trace.length).fill(-1);
  const latest = new Map<string, number>();
  for (const row of trace.rows()) {
    if (row.kind === "fault" || row.kind === "violation") continue;
    before[row.number] = latest.get(row.actor) ?? -1;
    if (row.kind !== "lost") latest.set(row.actor, row.number);
  }
  return before;
}

/** The rows from which a chain of messages, timers and the order within one node leads to the last row; undefined if nothing led to it. */
export function causalPast(trace: Trace): Set<number> | undefined {
  const last = trace.length > 0 ? trace.row(trace.length - 1) : undefined;
  if (last?.kind === "violation" && last.cause < 0) return undefined;
  const before = rowsBefore(trace);
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

/** Whether a row speaks of one of these texts, as a whole value or name. What befell the machines speaks of everything. */
export function isAbout(row: Row, about: readonly string[] | undefined): boolean {
  if (!about || row.kind === "crash" || row.kind === "restart" || row.kind === "violation") return true;
  return row.kind !== "fault" && about.some((text) => mentions(row.payload, text));
}

export function mentions(value: unknown, text: string): boolean {
  if (typeof value !== "object" || value === null) return String(value) === text;
  return Object.entries(value).some(([key, item]) => key === text || mentions(item, text));
}
