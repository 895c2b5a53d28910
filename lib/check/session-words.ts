import { type SessionEvent, type SessionHistory, told, toldDeed } from "./session-history.ts";
import type { Order, SessionGuarantee } from "./sessions.ts";
import type { Witness } from "./verdict.ts";

/**
 * What the answers show.
 *
 * - `thin air`: a value that nobody had written.
 * - `initial read`: nothing was read, where something had to be known.
 * - `stale read`: an old value was read, where a newer one had to be known.
 * - `no order`: of two puts, each has to be older than the other.
 */
export type SessionPattern = "thin air" | "initial read" | "stale read" | "no order";

export interface SessionWitness extends Witness {
  readonly pattern: SessionPattern;
  /** The fewest of the promised guarantees that cannot all have been kept; none if no store could give this answer. */
  readonly broken: readonly SessionGuarantee[];
}

/** A get of nothing that missed a put, or orders that make a circle. */
export type Flaw =
  | { readonly missed: SessionEvent; readonly get: SessionEvent }
  | { readonly cycle: readonly Order[] };

export function tell(
  flaw: Flaw,
  broken: readonly SessionGuarantee[],
  history: SessionHistory,
): SessionWitness {
  const names = `(${broken.map((name) => name.replaceAll("-", " ")).join(", ")})`;
  if ("missed" in flaw) {
    const path = pathBetween(flaw.missed, flaw.get, broken, history);
    const text = `${toldPath(path)}: it had to see ${stored(flaw.missed)}, or something newer ${names}`;
    return { text, operations: idsOf(path), pattern: "initial read", broken };
  }
  const steps = stepsOf(flaw.cycle, history);
  const paths = steps.map(({ from, to, get, between }) => {
    const path = get ? pathBetween(from, get, broken, history) : [from, ...between.slice(0, 1), to];
    return { from, to, path };
  });
  const reasons = paths.map(
    ({ from, to, path }) => `${stored(to)} must be newer than ${stored(from)}, as ${toldPath(path)}`,
  );
  const pattern = steps.filter(({ get }) => get).length > 1 ? "no order" : "stale read";
  const end = paths.length > 2 ? "These cannot all be" : "Both cannot be";
  const operations = idsOf(paths.flatMap(({ path }) => path));
  return { text: `${reasons.join("; and ")}. ${end} ${names}`, operations, pattern, broken };
}

interface Step {
  readonly from: SessionEvent;
  readonly to: SessionEvent;
  /** The get that demands it; without one, a session's own order does. */
  readonly get: SessionEvent | undefined;
  /** The gets through which the order of a session leads: the first one saw `from`. */
  readonly between: readonly SessionEvent[];
}

/** A circle from put to put: what leads over gets is one step. */
function stepsOf(cycle: readonly Order[], { events }: SessionHistory): Step[] {
  const start = cycle.findIndex(({ from }) => events[from]?.isPut);
  const steps: Step[] = [];
  let from: SessionEvent | undefined;
  let between: SessionEvent[] = [];
  for (const order of [...cycle.slice(start), ...cycle.slice(0, start)]) {
    from ??= events[order.from]!;
    const to = events[order.to];
    if (!to?.isPut) {
      if (to) between.push(to);
      continue;
    }
    steps.push({ from, to, get: order.get, between });
    from = undefined;
    between = [];
  }
  // The story begins with what was to be seen first.
  const moments = steps.map(({ to, get }) => (get ?? to).index);
  const first = moments.indexOf(moments.reduce((a, b) => Math.min(a, b)));
  return [...steps.slice(first), ...steps.slice(0, first)];
}

/** The shortest way on which a put became known to whoever answered a get. */
function pathBetween(
  put: SessionEvent,
  get: SessionEvent,
  promised: readonly SessionGuarantee[],
  { events, sessionCount }: SessionHistory,
): SessionEvent[] {
  const ofSession: SessionEvent[][] = Array.from({ length: sessionCount }, () => []);
  for (const event of events) ofSession[event.session]!.push(event);
  // How far into each session the way back from puts has led: to walk there again would find nothing shorter.
  const walked = new Array<number>(sessionCount).fill(0);
  const cameFrom = new Map<SessionEvent, SessionEvent>();
  const queue = [get];
  const visit = (event: SessionEvent | undefined, next: SessionEvent) => {
    if (!event || event === get || cameFrom.has(event)) return;
    cameFrom.set(event, next);
    queue.push(event);
  };
  for (let i = 0; i < queue.length && !cameFrom.has(put); i++) {
    const event = queue[i]!;
    visit(event.source, event);
    // A get on the way only passes on what it saw; what its own session knew besides is not told to others.
    if (!event.isPut && event !== get) continue;
    const passesPuts = promised.includes(event.isPut ? "monotonic-writes" : "read-your-writes");
    const passesGets = promised.includes(event.isPut ? "writes-follow-reads" : "monotonic-reads");
    const session = ofSession[event.session]!;
    let at = event === get ? 0 : walked[event.session]!;
    for (; session[at]!.index < event.index; at++) {
      const earlier = session[at]!;
      if (earlier.isPut ? passesPuts && earlier.isDone : passesGets && earlier.source) visit(earlier, event);
    }
    if (event !== get) walked[event.session] = Math.max(walked[event.session]!, at);
  }
  const path = [put];
  while (path.at(-1) !== get) path.push(cameFrom.get(path.at(-1)!)!);
  return path;
}

/** "c1 wrote x = 1 at 3 ms and then y = 1 at 9 ms; c2 read y = 1 at 12 ms". */
function toldPath(path: readonly SessionEvent[]): string {
  const groups: SessionEvent[][] = [];
  path.forEach((event, i) => {
    const last = groups.at(-1);
    if (last?.[0]?.session === event.session) last.push(event);
    // Who read a value says by itself that it was written.
    else if (path[i + 1]?.source !== event || path[i + 1]?.session === event.session) groups.push([event]);
  });
  return groups
    .map(([first, ...others]) =>
      [told(first!.operation), ...others.map(({ operation }) => toldDeed(operation))].join(" and then "),
    )
    .join("; ");
}

function stored({ key, value }: SessionEvent): string {
  return `${key} = ${JSON.stringify(value)}`;
}

function idsOf(events: readonly SessionEvent[]): number[] {
  return [...new Set(events.map(({ operation }) => operation.id))].sort((a, b) => a - b);
}
