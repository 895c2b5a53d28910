import type { NodeId } from "#lib/sim";

export type EventKind = "local" | "send" | "receive";

/** One event of an execution, and what truly happened before it. */
export interface Happening<Stamp> {
  readonly node: NodeId;
  /** 1, 2, 3 … on its node. */
  readonly index: number;
  readonly kind: EventKind;
  /** What the work under test says of it. */
  readonly stamp: Stamp;
  /** Of a receive: the event that sent it. */
  readonly cause: Happening<Stamp> | undefined;
  /** The event before it on its node. */
  readonly previous: Happening<Stamp> | undefined;
  /** Of each node, how many of its events are this one or happened before it. */
  readonly past: ReadonlyMap<NodeId, number>;
  /** What the machine's clock showed, and the most that any clock showed in its past. */
  readonly clockMs: number;
  readonly largestClockMs: number;
}

/**
 * What happened, event by event, as the grader itself saw it: who came after whom on one node, and which message brought what to whom.
 * From that follows what happened before what, whatever the timestamps say.
 */
export class Execution<Stamp> {
  readonly byNode = new Map<NodeId, Happening<Stamp>[]>();
  count = 0;

  last(node: NodeId): Happening<Stamp> | undefined {
    return this.byNode.get(node)?.at(-1);
  }

  /** Adds the next event of a node. */
  add(node: NodeId, kind: EventKind, stamp: Stamp, cause?: Happening<Stamp>, clockMs = 0): Happening<Stamp> {
    const events = this.byNode.get(node) ?? [];
    this.byNode.set(node, events);
    const previous = events.at(-1);
    const past = new Map(previous?.past);
    if (cause) for (const [id, count] of cause.past) if (count > (past.get(id) ?? 0)) past.set(id, count);
    past.set(node, events.length + 1);
    const largestClockMs = Math.max(clockMs, previous?.largestClockMs ?? 0, cause?.largestClockMs ?? 0);
    const event = {
      node,
      index: events.length + 1,
      kind,
      stamp,
      cause,
      previous,
      past,
      clockMs,
      largestClockMs,
    };
    events.push(event);
    this.count++;
    return event;
  }
}

export function happenedBefore<S>(a: Happening<S>, b: Happening<S>): boolean {
  return a !== b && (b.past.get(a.node) ?? 0) >= a.index;
}

/** "n2.4", the fourth event of n2, as the traces call it too. */
export function nameOf({ node, index }: { readonly node: NodeId; readonly index: number }): string {
  return `${node}.${index}`;
}

/** "n2.4, where n2 received what n1.3 sent,": it stands in the middle of a sentence. */
export function told(event: Happening<unknown>): string {
  const { kind, cause, node } = event;
  if (kind === "receive" && cause)
    return `${nameOf(event)}, where ${node} received what ${nameOf(cause)} sent,`;
  return kind === "send" ? `${nameOf(event)}, a sending,` : nameOf(event);
}

/** How one event is known to have happened before another: "n1.3, n2.4, n2.5, n3.1", each before the next. */
export function pathBetween(a: Happening<unknown>, b: Happening<unknown>): string {
  const path = [nameOf(b)];
  let at: Happening<unknown> = b;
  while (at !== a) {
    const isOnNode = at.previous && (at.previous === a || happenedBefore(a, at.previous));
    const step = isOnNode ? at.previous : at.cause;
    if (!step) break;
    at = step;
    path.unshift(nameOf(at));
  }
  return path.length > 5 ? [...path.slice(0, 2), "…", ...path.slice(-2)].join(" → ") : path.join(" → ");
}
