import type { Invariant, NodeId, SimEvent } from "#lib/sim";
import type { Answer, Ask, FrontMessage } from "#protocol/01-first-node";

/* The claims about a learner's front. They read messages only: what came to it, and what it sent. */

interface Owed {
  /** When the front has to have answered: by the first Ask, and by the last. */
  firstDueMs: number;
  lastDueMs: number;
}

export interface FrontNames {
  readonly front: NodeId;
  readonly backend: NodeId;
  readonly marginMs: number;
}

export function frontClaims(names: FrontNames): Invariant[] {
  const { front, backend, marginMs } = names;
  const owed = new Map<string, Owed>();
  const truth = new Map<string, Answer>();
  const atFront = (event: SimEvent) => event.node === front;
  return [
    {
      name: "what a client is told is true (invariants 1 and 4)",
      onEvent: (event) => {
        if (event.node === backend)
          for (const { message } of answersIn(event)) truth.set(nameOf(message), message);
        return atFront(event) ? checkTruth(event, truth, backend) : undefined;
      },
    },
    {
      name: "no more time is passed on than is left (invariant 8)",
      onEvent: (event) => (atFront(event) ? checkPassedOn(event, names) : undefined),
    },
    {
      name: "a client that waits is answered once, and in time (invariant 5)",
      onEvent: (event) => (atFront(event) ? checkAnswers(event, owed, marginMs) : undefined),
    },
  ];
}

function nameOf({ client, request }: Ask | Answer): string {
  return `request ${request} of ${client}`;
}

function answersIn(event: SimEvent): { to: NodeId; message: Answer }[] {
  return event.effects.flatMap((it) => {
    const message = it.effect === "send" ? (it.message as FrontMessage) : undefined;
    return it.effect === "send" && message?.type === "Answer" ? [{ to: it.to, message }] : [];
  });
}

function checkTruth(
  event: SimEvent,
  truth: ReadonlyMap<string, Answer>,
  backend: NodeId,
): string | undefined {
  for (const { to, message } of answersIn(event)) {
    if (to !== message.client) return `${event.node} sent ${to} the answer to ${nameOf(message)}`;
    if (message.outcome === "info") continue;
    const said = truth.get(nameOf(message));
    if (said === undefined) {
      return `${event.node} told ${to} that its request ${message.request} is ${message.outcome}, and ${backend} has said nothing of it`;
    }
    if (said.outcome !== message.outcome || said.value !== message.value) {
      return `${event.node} told ${to} that its request ${message.request} is ${message.outcome}, value ${message.value}; ${backend} had said ${said.outcome}, value ${said.value}`;
    }
  }
  return undefined;
}

function checkPassedOn(event: SimEvent, { backend, marginMs }: FrontNames): string | undefined {
  const asks = event.effects.flatMap((it) =>
    it.effect === "send" && it.to === backend ? [it.message as Ask] : [],
  );
  if (asks.length === 0) return undefined;
  const asked = event.kind === "message" ? (event.message as FrontMessage) : undefined;
  if (asked?.type !== "Ask") {
    return `${event.node} sent ${backend} an Ask of its own accord: only an Ask that arrives is passed on`;
  }
  if (asks.length > 1) return `${event.node} got one Ask and sent ${backend} ${asks.length}`;
  const [ask] = asks as [Ask];
  const leftMs = asked.withinMs - marginMs;
  if (ask.withinMs > leftMs || ask.withinMs <= 0) {
    return `${event.node} was asked ${nameOf(asked)} within ${asked.withinMs} ms, of which it keeps ${marginMs}, and gave ${backend} ${ask.withinMs} ms`;
  }
  return undefined;
}

function checkAnswers(event: SimEvent, owed: Map<string, Owed>, marginMs: number): string | undefined {
  if (event.kind === "crash") {
    owed.clear();
    return undefined;
  }
  for (const [name, { lastDueMs }] of owed) {
    if (event.ms > lastDueMs)
      return `${event.node} has not answered ${name}: the answer was due ${event.ms - lastDueMs} ms ago, whatever the backend does`;
  }
  const message = event.message as FrontMessage | undefined;
  if (event.kind === "message" && message?.type === "Ask") {
    const dueMs = event.ms + Math.max(0, message.withinMs - marginMs);
    const before = owed.get(nameOf(message));
    owed.set(nameOf(message), {
      firstDueMs: Math.min(dueMs, before?.firstDueMs ?? dueMs),
      lastDueMs: Math.max(dueMs, before?.lastDueMs ?? dueMs),
    });
  }
  for (const { to, message: answer } of answersIn(event)) {
    const due = owed.get(nameOf(answer));
    if (!due)
      return `${event.node} sent ${to} an answer to its request ${answer.request} (${answer.outcome}), which it had answered before`;
    if (answer.outcome === "info" && event.ms < due.firstDueMs) {
      return `${event.node} gave ${nameOf(answer)} up ${due.firstDueMs - event.ms} ms before its time`;
    }
    owed.delete(nameOf(answer));
  }
  return undefined;
}
