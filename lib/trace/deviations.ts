import { type Deviation, isSkip, windowMs } from "#lib/nemesis";
import type { DiskWrite } from "#lib/sim";
import { Finder } from "./finder.ts";
import { fitMessage, fitWrite, type Subjects } from "./fit.ts";
import type { Row, Trace } from "./trace.ts";

/** What a deviation did, or a few that belong together, as a sentence without its full stop. */
export interface Strike {
  readonly text: string;
  /** The row at which it struck. */
  readonly row: number;
  /** The rows that show it. */
  readonly rows: readonly number[];
}

const messageKinds: ReadonlySet<string> = new Set(["drop", "delay", "late", "dup"]);
const cutKinds: ReadonlySet<string> = new Set(["partition", "one-way", "partial"]);

/** What went wrong in a run, in the order in which it struck. Operations that were left out are no faults, and are not told. */
export function strikesOf(trace: Trace, deviations: readonly Deviation[], about: Subjects): Strike[] {
  const finder = new Finder(trace);
  const strikes: Strike[] = [];
  for (let left = deviations.filter((it) => !isSkip(it)); left.length > 0; ) {
    const [first] = left as [Deviation];
    const together = left.filter((it) => it === first || belongs(it, first, left, finder));
    strikes.push(strikeOf(finder, first, together, about));
    left = left.filter((it) => !together.includes(it));
  }
  return strikes.sort((a, b) => a.row - b.row);
}

/** One sentence for all that befell one message, for a crash and its end, and for a cut that lasts. */
function belongs(it: Deviation, first: Deviation, all: readonly Deviation[], finder: Finder): boolean {
  if (it.entity !== first.entity) return false;
  if (messageKinds.has(first.kind)) return messageKinds.has(it.kind) && it.count === first.count;
  if (first.kind === "crash") {
    return (it.kind === "down" || it.kind === "survive") && it.count === finder.crashNumber(first);
  }
  const isSame = (other: Deviation) => other.kind === first.kind && other.value === first.value;
  if (!cutKinds.has(first.kind) || !isSame(it)) return false;
  for (let count = first.count + 1; count <= it.count; count++) {
    if (!all.some((other) => isSame(other) && other.count === count)) return false;
  }
  return it.count > first.count;
}

function strikeOf(finder: Finder, first: Deviation, together: readonly Deviation[], about: Subjects): Strike {
  if (messageKinds.has(first.kind)) return messageStrike(finder, first, together, about);
  if (first.kind === "crash") return crashStrike(finder, first, together, about);
  return cutKinds.has(first.kind) ? cutStrike(finder, first, together) : nodeStrike(finder, first);
}

/** "the 2nd message from n1 to n3, Store x = 7, is lost". */
function messageStrike(
  finder: Finder,
  { entity, count }: Deviation,
  together: readonly Deviation[],
  about: Subjects,
): Strike {
  const [from = "", to = ""] = entity.split(">");
  const sent = finder.sends(entity)[count];
  const ends = sent ? finder.ends(sent.number) : [];
  const has = (kind: string) => together.some((it) => it.kind === kind);
  const amountOf = (kind: string) => together.find((it) => it.kind === kind)?.value ?? 0;
  const lateMs = amountOf("delay") + amountOf("late");
  const effects = has("drop") ? ["is lost"] : [];
  if (lateMs > 0) effects.push(`takes ${lateMs} ms longer`);
  if (has("dup")) effects.push("is sent twice by the network");
  const last = ends.at(-1);
  const isStopped = last?.kind === "lost" && last.ms > (sent?.ms ?? 0);
  if (isStopped) effects.push(`comes to nothing at ${last.ms} ms: ${last.note}`);
  else if (last && !has("drop")) effects.push(`arrives at ${ends.map(({ ms }) => ms).join(" and ")} ms`);
  const what = sent ? `, ${fitMessage(sent.payload, 50, about, new Set([from, to]))},` : "";
  return {
    text: `the ${ordinal(count + 1)} message from ${from} to ${to}${what} ${effects.join(" and ")}`,
    row: sent?.number ?? finder.length,
    rows: ends.map(({ number }) => number),
  };
}

/** "n2 crashes at 40 ms, after 1 of the 3 effects of its handler of Vote, when it had written votedFor = n1, and is back at 240 ms". */
function crashStrike(
  finder: Finder,
  { entity, count, value }: Deviation,
  together: readonly Deviation[],
  about: Subjects,
): Strike {
  const handler = finder.handlers(entity)[count];
  const crash = handler && finder.crashIn(entity, handler.number);
  if (!handler || !crash) return { text: `${entity} crashes`, row: finder.length, rows: [] };
  const [, effectCount] = /of the (\d+) effects/.exec(crash.note ?? "") ?? [];
  const event = eventText(handler);
  const parts = [`${entity} crashes at ${crash.ms} ms`];
  if (effectCount === undefined) parts.push(`right after ${event}`);
  else if (value === 0) {
    parts.push(
      `before ${effectCount === "1" ? "the only effect" : `any of the ${effectCount} effects`} of ${event}`,
    );
  } else {
    parts.push(`after ${value} of the ${effectCount} effects of ${event}`);
    const last = finder.done(handler.number).at(-1);
    if (last) parts.push(`when it had ${doneText(last, about)}`);
  }
  const mask = together.find(({ kind }) => kind === "survive")?.value ?? 0;
  const survivors = finder
    .unsynced(entity, crash.number)
    .filter((_, i) => Math.floor(mask / 2 ** i) % 2 === 1);
  if (survivors.length > 0) {
    const writes = survivors.map(({ payload }) =>
      fitWrite(payload as DiskWrite, 30, about).replace(/^writes /, ""),
    );
    parts.push(`of what it had not synced, ${writes.slice(0, 2).join(" and ")} survives`);
  }
  const restart = finder.restartAfter(entity, crash.number);
  return {
    text: parts.join(", ") + (restart ? `, and is back at ${restart.ms} ms` : ""),
    row: crash.number,
    rows: [handler.number, crash.number, ...(restart ? [restart.number] : [])],
  };
}

function eventText({ kind, payload }: Row): string {
  if (kind !== "message" && kind !== "timer") return kind === "restart" ? "its restart" : "its start";
  const type = (payload as { type?: unknown } | null | undefined)?.type;
  if (kind === "timer")
    return typeof type === "string" ? `its handler of the timer ${type}` : "its handler of a timer";
  return `its handler of ${typeof type === "string" ? type : "a message"}`;
}

const participles: { readonly [verb: string]: string } = {
  writes: "written",
  deletes: "deleted",
  appends: "appended",
  truncates: "truncated",
  drops: "dropped",
};

function doneText(row: Row, about: Subjects): string {
  if (row.kind === "sync") return "synced";
  if (row.kind === "send") return `sent ${fitMessage(row.payload, 30, about, new Set())} to ${row.peer}`;
  if (row.kind === "log") return `said "${row.note}"`;
  return fitWrite(row.payload as DiskWrite, 40, about).replace(/^\w+/, (verb) => participles[verb] ?? verb);
}

/** "n1, n2 | c1 cannot reach each other from 250 to 500 ms". */
function cutStrike(finder: Finder, { kind }: Deviation, together: readonly Deviation[]): Strike {
  const counts = together.map(({ count }) => count);
  const notes = counts.flatMap((count) =>
    finder.notes(count * windowMs, "").filter(({ note }) => cutOf(note) === kind),
  );
  const [first] = notes;
  const who = withoutTime(first?.note ?? "somebody is cut off").replace(
    /^a partition: (.*)$/,
    "$1 cannot reach each other",
  );
  const [fromMs, toMs] = [Math.min(...counts) * windowMs, (Math.max(...counts) + 1) * windowMs];
  return {
    text: `${who} ${finder.span(fromMs, toMs)}`,
    row: first?.number ?? finder.length,
    rows: first ? [first.number] : [],
  };
}

function cutOf(note = ""): string | undefined {
  if (note.startsWith("a partition: ")) return "partition";
  if (/^\S+ and \S+ cannot reach each other/.test(note)) return "partial";
  return /^\S+ cannot reach \S+,/.test(note) ? "one-way" : undefined;
}

/** By what the nemesis's notes about a node are told apart. */
const words: { readonly [kind: string]: string } = {
  skew: " ms off",
  drift: " too ",
  jump: " jumps by ",
  slow: " ms longer",
  pause: " stands still ",
};

/** "what comes to n1 takes 40 ms longer from 250 to 500 ms". */
function nodeStrike(finder: Finder, { kind, entity, count }: Deviation): Strike {
  const isFromStart = kind === "skew" || kind === "drift";
  const atMs = isFromStart ? 0 : count * windowMs;
  const note = finder.notes(atMs, entity).find((row) => row.note?.includes(words[kind] ?? kind));
  const when = isFromStart
    ? ""
    : kind === "slow"
      ? ` ${finder.span(atMs, atMs + windowMs)}`
      : `, at ${atMs} ms`;
  return {
    text: withoutTime(note?.note ?? `${entity} has a fault`) + when,
    row: note?.number ?? finder.length,
    rows: note ? [note.number] : [],
  };
}

function withoutTime(note: string): string {
  return note.replace(/, for \d+ ms$/, "");
}

/** 1st, 2nd, 3rd, 4th … 11th. */
function ordinal(n: number): string {
  const teens = Math.floor(n / 10) % 10 === 1;
  return `${n}${(teens ? undefined : ["th", "st", "nd", "rd"][n % 10]) ?? "th"}`;
}
