import { Budget, type Edge, Graph } from "./graph.ts";
import { OwnPuts } from "./own-puts.ts";
import { SessionClocks } from "./session-clocks.ts";
import { type SessionEvent, SessionHistory, type SessionOperation } from "./session-history.ts";
import { type Flaw, type SessionWitness, tell } from "./session-words.ts";
import type { Verdict } from "./verdict.ts";

/**
 * What a replicated store can promise to each session, though its replicas lag behind each other (Terry et al., "Session
 * Guarantees for Weakly Consistent Replicated Data", PDIS 1994). A replica that answers a get of x knows some puts, and
 * returns the newest put of x among them; in which order puts replace each other is the same on all replicas.
 *
 * - `read-your-writes`: who answers a session knows all that it has put.
 * - `monotonic-reads`: who answers a session knows each put that it has seen.
 * - `monotonic-writes`: who knows a put knows all that its session had put before, and holds these for older.
 * - `writes-follow-reads`: who knows a put knows all that its session had seen before it, and holds this for older.
 */
export type SessionGuarantee = (typeof allGuarantees)[number];

const allGuarantees = [
  "read-your-writes",
  "monotonic-reads",
  "monotonic-writes",
  "writes-follow-reads",
] as const;

export interface SessionOptions {
  /** How many dependencies may be noted. Only `writes-follow-reads` without `monotonic-reads` can ever need many. */
  readonly budget?: number;
}

/**
 * Whether a store that promises these guarantees, all of them together, could have given these answers. Nothing is
 * assumed of how many replicas there are and who answered whom. A history is refused exactly if no order of all puts and
 * no choice of what each replica knew explains it, so what is accused is never innocent; the witness names the fewest of
 * the promised guarantees that cannot have been kept.
 *
 * Two of the four speak of what *others* see, and one look shows no order: `monotonic-writes` and `writes-follow-reads`
 * forbid nothing to a store that may show each session the past after the present. Promise `monotonic-reads` with them.
 *
 * Each value is put into a key once, and never null, which stands for nothing. A put that failed never happened; one
 * that is `info` comes after what its session did before, and before nothing. Time grows with operations times sessions.
 */
export function sessions(
  operations: readonly SessionOperation[],
  promised: readonly SessionGuarantee[] = allGuarantees,
  { budget = 5_000_000 }: SessionOptions = {},
): Verdict<SessionWitness> {
  const history = new SessionHistory(operations);
  if (history.thinAir) return { ok: false, witness: { ...history.thinAir, pattern: "thin air", broken: [] } };
  const found = flawOf(history, promised, budget);
  if (found === "unknown") return unknown(budget);
  if (!found) return { ok: true };
  // Leave out, one after another, what is not needed to show that something is wrong.
  let broken = promised;
  let flaw: Flaw = found;
  for (const guarantee of promised) {
    const fewer = broken.filter((other) => other !== guarantee);
    const still = flawOf(history, fewer, budget);
    if (!still || still === "unknown") continue;
    broken = fewer;
    flaw = still;
  }
  return { ok: false, witness: tell(flaw, broken, history) };
}

/** A get after a put of the same session returns that put's value or a newer one. */
export function readYourWrites(
  operations: readonly SessionOperation[],
  options?: SessionOptions,
): Verdict<SessionWitness> {
  return sessions(operations, ["read-your-writes"], options);
}

/** A get returns what the same session has got before, or something newer. */
export function monotonicReads(
  operations: readonly SessionOperation[],
  options?: SessionOptions,
): Verdict<SessionWitness> {
  return sessions(operations, ["monotonic-reads"], options);
}

/**
 * Who sees a put sees later what its session had put before it, or something newer. Of a store that promises monotonic
 * reads as well: see `sessions`.
 */
export function monotonicWrites(
  operations: readonly SessionOperation[],
  options?: SessionOptions,
): Verdict<SessionWitness> {
  return sessions(operations, ["monotonic-reads", "monotonic-writes"], options);
}

/**
 * Who sees a put sees later what its session had seen before it, or something newer: nobody meets an answer without its
 * question. Of a store that promises monotonic reads as well: see `sessions`.
 */
export function writesFollowReads(
  operations: readonly SessionOperation[],
  options?: SessionOptions,
): Verdict<SessionWitness> {
  return sessions(operations, ["monotonic-reads", "writes-follow-reads"], options);
}

/**
 * Causal consistency: whoever sees something sees all that led to it (Ahamad et al., "Causal Memory", Distributed
 * Computing 9, 1995). Of its variants this is causal *convergence*, where all replicas agree in the end on which put of
 * a key is the last (CCv in Bouajjani et al., "On Verifying Causal Consistency", POPL 2017): that is what replicated
 * stores promise who settle conflicts by one rule, and it is the same as all four session guarantees together
 * (Brzezinski, Sobaniec and Wawrzyniak, PDP 2004).
 *
 * The method is that of Møldrup and Pavlogiannis ("AWDIT", PLDI 2025): time and memory grow with operations times
 * sessions. For what is assumed of values and of outcomes see `sessions`.
 */
export function causal(
  operations: readonly SessionOperation[],
  options?: SessionOptions,
): Verdict<SessionWitness> {
  return sessions(operations, allGuarantees, options);
}

function unknown(budget: number): Verdict<SessionWitness> {
  const why = `the history has more than ${budget} dependencies: check fewer operations at once, or raise the budget`;
  return { ok: "unknown", why };
}

/** One put comes before another. Gets are nodes too, but only to pass on what came before them. */
export interface Order extends Edge {
  /** The get that shows it: it had to know the one put, and returned the other. Without one, a session's own order does. */
  readonly get?: SessionEvent;
}

function flawOf(
  history: SessionHistory,
  promised: readonly SessionGuarantee[],
  budget: number,
): Flaw | "unknown" | undefined {
  const followsGets = promised.includes("writes-follow-reads");
  const followsPuts = promised.includes("monotonic-writes");
  const clocks = new SessionClocks(history.sessionCount, promised);
  const orders: Order[] = [];
  const lastGet: (SessionEvent | undefined)[] = new Array(history.sessionCount);
  const lastPut: (SessionEvent | undefined)[] = new Array(history.sessionCount);
  const note = (from: SessionEvent | undefined, to: SessionEvent) => {
    if (from) orders.push({ from: from.index, to: to.index });
  };
  const ownPuts =
    promised.includes("read-your-writes") && !followsPuts
      ? new OwnPuts(orders, history.events.length)
      : undefined;
  for (const event of history.events) {
    const { session, source } = event;
    if (event.isPut) {
      ownPuts?.put(event);
      if (followsGets) note(lastGet[session], event);
      if (followsPuts) note(lastPut[session], event);
      if (event.isDone) lastPut[session] = event;
      clocks.put(event);
      continue;
    }
    const missed = ownPuts?.get(event);
    if (missed) return { missed, get: event };
    for (const known of clocks.get(event)) {
      if (known === source) continue;
      if (!source) return { missed: known, get: event };
      orders.push({ from: known.index, to: source.index, get: event });
      if (orders.length > budget) return "unknown";
    }
    if (followsGets) {
      note(source, event);
      note(lastGet[session], event);
      lastGet[session] = event;
    }
  }
  const cycle = new Graph(2 * history.events.length, orders).shortestCycle(new Budget(budget));
  return cycle && { cycle };
}
