import type { Line } from "./lines.ts";
import { rowsBefore } from "./past.ts";
import type { Trace } from "./trace.ts";

/**
 * Lines in an order in which each stands behind all that led to it, and a message and its answer stand together: after a line comes
 * what its handler brought about, if nothing else is missing for that, and otherwise what happened first. As DSLabs orders the traces
 * that it shows. The event with the row `fall`, and what it sent, come last.
 */
export function inCausalOrder(trace: Trace, lines: readonly Line[], fall: number): Line[] {
  const before = linesBefore(trace, lines);
  const usualMs = usualDelay(trace, lines);
  const isEnd = ({ row }: Line) => row.number === fall || (row.number > fall && fall >= 0);
  const left = new Set(lines.filter((line) => !isEnd(line)));
  const told: Line[] = [];
  for (let last: Line | undefined; left.size > 0; ) {
    const ready = [...left].filter((line) => (before.get(line) ?? []).every((it) => !left.has(it)));
    const crash = ready.find(({ row }) => row.kind === "crash" && row.cause === last?.row.number);
    const answer = crash ?? ready.find((line) => last && isSentBy(trace, line, last, usualMs));
    // Lines come in the order of their rows, which is that of time. A fault of everybody's is told in its time.
    const [first] = ready as [Line];
    const next = !answer || (first.row.kind === "fault" && first.row.ms <= answer.row.ms) ? first : answer;
    left.delete(next);
    told.push(next);
    // What a handler sent before its node crashed comes behind the crash.
    if (next !== crash) last = next;
  }
  return [...told, ...lines.filter(isEnd)];
}

/** A message from the handler of the last line, which did not take longer than usual: a late one is told when it comes. */
function isSentBy(trace: Trace, { row }: Line, last: Line, usualMs: number): boolean {
  if (row.kind !== "message" && row.kind !== "lost" && row.kind !== "send") return false;
  const sent = row.kind === "send" ? row : row.cause >= 0 ? trace.row(row.cause) : undefined;
  return sent !== undefined && sent.cause === last.row.number && row.ms - sent.ms <= usualMs;
}

/** What most messages take, in ms. */
function usualDelay(trace: Trace, lines: readonly Line[]): number {
  const delays = lines.flatMap(({ row }) =>
    row.kind === "message" && row.cause >= 0 ? [row.ms - trace.row(row.cause).ms] : [],
  );
  return delays.sort((a, b) => a - b)[Math.floor(delays.length / 2)] ?? 0;
}

/** For each line those that led to it with no other line between. */
function linesBefore(trace: Trace, lines: readonly Line[]): Map<Line, Line[]> {
  const byRow = new Map(lines.map((line) => [line.row.number, line]));
  const before = rowsBefore(trace);
  const result = new Map<Line, Line[]>();
  for (const line of lines) {
    const found = new Set<Line>();
    const seen = new Set<number>();
    const open = [line.row.cause, before[line.row.number] as number];
    for (let number = open.pop(); number !== undefined; number = open.pop()) {
      if (number < 0 || seen.has(number)) continue;
      seen.add(number);
      const earlier = byRow.get(number);
      if (earlier) found.add(earlier);
      else open.push(trace.row(number).cause, before[number] as number);
    }
    result.set(line, [...found]);
  }
  return result;
}
