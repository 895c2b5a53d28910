import type { Deviation } from "#lib/nemesis";
import { type Strike, strikesOf } from "./deviations.ts";
import { knowledgeOf } from "./knowledge.ts";
import { layOut } from "./layout.ts";
import { type Line, linesOf } from "./lines.ts";
import { inCausalOrder } from "./order.ts";
import { causalPast, isAbout } from "./past.ts";
import type { Trace } from "./trace.ts";

export interface StoryOptions {
  /** What the broken claim is about: keys, numbers and names, as it gave them. */
  readonly about?: readonly string[];
  /** At most so many lines; 24 unless told. */
  readonly most?: number;
  /** What was not calm in the run. */
  readonly deviations?: readonly Deviation[];
  /** True if something never came: then nothing led to the end, and of what happened again and again the first two times are told. */
  readonly isMissing?: boolean;
}

/** A run retold for somebody who wants to know why it broke a claim. */
export interface Story {
  /** What went wrong, in the order in which it struck, a sentence each without its full stop. */
  readonly deviations: readonly string[];
  /** What happened, numbered, in causal order: each line stands behind all that led to it, and an answer behind its question. */
  readonly lines: readonly string[];
  /** What each node knew at the end, if the trace has kept it and it matters. */
  readonly knew: readonly string[];
}

const mostLines = 24;

/**
 * Tells a run that was recorded up to its failure. Of everything that happened it tells what led to the end, what the claim is about, and
 * where the faults struck; if that is too much, the last of it.
 */
export function story(trace: Trace, options: StoryOptions = {}): Story {
  const { about, deviations = [], isMissing = false } = options;
  const subjects = new Set(about);
  const strikes = strikesOf(trace, deviations, subjects);
  const fall = isMissing ? -1 : fallOf(trace);
  const lines = tellable(linesOf(trace), strikes, fall);
  const must = new Set([fall, ...strikes.flatMap(({ rows }) => rows)]);
  const { chosen, count } = choose(trace, lines, must, fall, options);
  const ordered = inCausalOrder(trace, chosen, fall);
  const actors = new Set(ordered.flatMap(({ row }) => [row.actor, row.peer ?? row.actor]));
  const hidden = count - chosen.length;
  return {
    deviations: strikes.map(({ text }) => text),
    lines: [
      ...(hidden > 0 ? [`     … ${hidden} of ${count} lines are left out`] : []),
      ...layOut(ordered, fall, subjects),
    ],
    knew: knowledgeOf(trace, [...actors], subjects),
  };
}

/** The row of the event with which the claim fell; −1 if it fell when the run was over. */
function fallOf(trace: Trace): number {
  const last = trace.length > 0 ? trace.row(trace.length - 1) : undefined;
  return last?.kind === "violation" ? last.cause : -1;
}

/** The lines that say something: no timer whose handler did no more than send, no fault that is no deviation, no loss a third time. */
function tellable(lines: readonly Line[], strikes: readonly Strike[], fall: number): Line[] {
  const struck = new Map(strikes.flatMap((strike) => strike.rows.map((row) => [row, strike] as const)));
  const isOver = fall < 0;
  const times = new Map<string, number>();
  return lines.flatMap((line) => {
    const { number, kind } = line.row;
    if (kind === "violation") return isOver ? [line] : [];
    const strike = struck.get(number);
    if (kind === "fault") return strike ? [{ ...line, what: `✗ ${strike.text}` }] : [];
    if (strike || number === fall) return [line];
    if (kind === "timer" && line.done.length === 0) return [];
    const text = line.who + line.what;
    times.set(text, (times.get(text) ?? 0) + 1);
    return (isOver || kind === "lost") && (times.get(text) ?? 0) > 2 ? [] : [line];
  });
}

/** What belongs to the story; of that at most so many lines, the last ones, and those that cannot be missing. */
function choose(
  trace: Trace,
  lines: readonly Line[],
  must: ReadonlySet<number>,
  fall: number,
  { about, most = mostLines }: StoryOptions,
): { chosen: Line[]; count: number } {
  const past = about || fall < 0 ? undefined : causalPast(trace);
  const isOf = ({ row }: Line) => must.has(row.number) || (past ? past.has(row.number) : isAbout(row, about));
  const fitting = lines.filter(isOf);
  const needed = fitting.filter(({ row }) => must.has(row.number)).slice(-most);
  const others = fitting.filter(({ row }) => !must.has(row.number));
  const kept = new Set([...needed, ...others.slice(Math.max(0, others.length - (most - needed.length)))]);
  return { chosen: fitting.filter((line) => kept.has(line)), count: fitting.length };
}
