import type { NodeId } from "#lib/sim";
import { formatValue } from "#lib/trace";
import type { HlcTime, Relation, Vector } from "#protocol/08-clocks";
import { type Execution, type Happening, happenedBefore, nameOf, pathBetween, told } from "./execution.ts";

/** Holds the timestamp of a new event against what truly happened: what is wrong with it, as a sentence. */
export type Judge<Stamp> = (event: Happening<Stamp>, execution: Execution<Stamp>) => string | undefined;

/** What directly happened before an event: all else that did happened before one of these. */
export function directlyBefore<S>({ previous, cause }: Happening<S>): Happening<S>[] {
  return [previous, cause].filter((it) => it !== undefined);
}

export const judgeLamport: Judge<number> = (event) => {
  const { stamp } = event;
  if (!Number.isSafeInteger(stamp) || stamp <= 0) {
    return `${told(event)} has the timestamp ${formatValue(stamp)}: a timestamp is a whole number above 0`;
  }
  for (const before of directlyBefore(event)) {
    if (before.stamp < stamp) continue;
    return `${nameOf(before)} has the timestamp ${before.stamp}, and ${told(event)} has ${stamp}: ${nameOf(before)} happened before ${nameOf(event)}, so its timestamp must be smaller (invariant 1)`;
  }
  return undefined;
};

/** The grader's own comparison, with which the learner's clocks are judged whatever their comparison says. */
export function relation(a: Vector, b: Vector): Relation {
  let less = false;
  let more = false;
  for (const node in a) if ((a[node] as number) > (b[node] ?? 0)) more = true;
  for (const node in b) if ((b[node] as number) > (a[node] ?? 0)) less = true;
  if (less && more) return "concurrent";
  return less ? "before" : more ? "after" : "equal";
}

/** A plain object of whole numbers. */
export function isVector(value: unknown): value is Vector {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Map)
    return false;
  return Object.values(value).every((count) => Number.isSafeInteger(count) && (count as number) >= 0);
}

export const judgeVector: Judge<Vector> = (event, execution) => {
  if (!isVector(event.stamp)) {
    return `${told(event)} has the vector ${formatValue(event.stamp)}: a vector is an object with a whole number for each node`;
  }
  for (const before of directlyBefore(event)) {
    const sentence = misjudged(before, event);
    if (sentence) return sentence;
  }
  for (const [node, events] of execution.byNode) {
    if (node === event.node) continue;
    // Of the events of another node, the first ones happened before this one, and the rest are concurrent with it.
    const count = event.past.get(node) ?? 0;
    for (const other of [events[count - 1], events[count], events.at(-1)]) {
      const sentence = other && misjudged(other, event);
      if (sentence) return sentence;
    }
  }
  return undefined;
};

function misjudged(a: Happening<Vector>, b: Happening<Vector>): string | undefined {
  const is = relation(a.stamp, b.stamp);
  const truth = happenedBefore(a, b) ? "before" : "concurrent";
  if (is === truth) return undefined;
  const why =
    truth === "before"
      ? `${nameOf(a)} happened before ${nameOf(b)} (${pathBetween(a, b)})`
      : `nothing leads from ${nameOf(a)} to ${nameOf(b)} or back, so they are concurrent`;
  const says =
    is === "equal"
      ? "are equal"
      : `say that ${nameOf(a)} is ${is}${is === "concurrent" ? " with" : ""} ${nameOf(b)}`;
  return `The vectors ${formatValue(a.stamp)} of ${told(a)} and ${formatValue(b.stamp)} of ${told(b)} ${says}: ${why} (invariant 3)`;
}

/** Large letters are a slip that one test is about; the others read them as small ones. */
export const hlcText = /^[0-9a-f]{16}$/i;

export function readHlc(text: string): HlcTime {
  return { ms: Number.parseInt(text.slice(0, 12), 16), counter: Number.parseInt(text.slice(12), 16) };
}

/** Where all clocks of the runs begin: 2026. A clock of a real machine needs 41 bits. */
export const epochMs = 1_767_225_600_000;

/** The reading as a person would write it: "epoch + 412 ms, counter 3". */
export function shownHlc(text: string): string {
  const { ms, counter } = readHlc(text);
  return `${text} (${shownMs(ms)}, counter ${counter})`;
}

export function shownMs(ms: number): string {
  const offset = ms - epochMs;
  return Math.abs(offset) < 1e9 ? `T ${offset < 0 ? "−" : "+"} ${Math.abs(offset)} ms` : `${ms} ms`;
}

export const judgeHlc: Judge<string> = (event) => {
  const { stamp, clockMs, largestClockMs } = event;
  if (typeof stamp !== "string" || !hlcText.test(stamp)) {
    return `${told(event)} has the timestamp ${formatValue(stamp)}: a timestamp is 16 hex digits`;
  }
  const { ms, counter } = readHlc(stamp);
  const name = `${told(event)} has the timestamp ${shownHlc(stamp)}`;
  for (const before of directlyBefore(event)) {
    if (before.stamp.toLowerCase() < stamp.toLowerCase()) continue;
    return `${name}, and ${nameOf(before)}, which happened before it, has ${shownHlc(before.stamp)}: it must have the smaller text (invariant 1)`;
  }
  if (ms < clockMs) {
    return `${name}, and its node's clock showed ${shownMs(clockMs)}: a timestamp is never behind its own clock (invariant 7)`;
  }
  if (ms > largestClockMs) {
    return `${name}, and no clock that happened before it, nor its own, showed more than ${shownMs(largestClockMs)}: the clock runs ahead of all clocks (invariant 7)`;
  }
  const same = directlyBefore(event)
    .map((it) => readHlc(it.stamp))
    .filter((it) => it.ms === ms);
  const most = Math.max(-1, ...same.map((it) => it.counter)) + 1;
  if (counter > most) {
    const why =
      most === 0
        ? "no event that happened before it has these ms, so the counter is 0"
        : `of the events that happened before it with these ms, the largest counter is ${most - 1}`;
    return `${name}: ${why} (invariant 8)`;
  }
  return undefined;
};

/** The sentence for a node that refused a message, or took it, and should not have. */
export function judgeRefusal(
  node: NodeId,
  clockMs: number,
  received: string,
  /** What `receive` gave. */
  given: unknown,
  maxOffsetMs: number,
): string | undefined {
  const isRefused = given === null;
  const ahead = readHlc(received).ms - clockMs;
  const isTooFar = ahead > maxOffsetMs;
  if (isRefused === isTooFar) return undefined;
  const what = `the timestamp of a message, ${shownHlc(received)}, is ${Math.abs(ahead)} ms ${ahead < 0 ? "behind" : "ahead of"} the clock of ${node}, which shows ${shownMs(clockMs)}`;
  return isRefused
    ? `${node} refused a message: ${what}, and up to maxOffsetMs, ${maxOffsetMs} ms, ahead are taken (invariant 9)`
    : `${node} ${given === undefined ? "gave undefined, and not null, for" : "took"} a message: ${what}, and more than maxOffsetMs, ${maxOffsetMs} ms, ahead are refused (invariant 9)`;
}
