import type { Invariant, NodeId, SimEvent } from "#lib/sim";
import type { Call, ClientMessage, Done, Reply, Request } from "#protocol/01-first-node";

/*
 * The claims about a learner's client. They read messages only: what its program asked and was told, what went to the
 * server, and what the server said. In these runs every call has a counter of its own, so a request shows its call.
 */

interface Waiting {
  readonly call: Call;
  readonly sinceMs: number;
  request: number | undefined;
}

/** One client as the claims see it. */
class Watch {
  readonly waiting = new Map<string, Waiting>();
  /** Over all lives: which counter a number was given to, and which number a counter. */
  readonly counterOf = new Map<number, string>();
  readonly numberOf = new Map<string, number>();
}

/** All claims about the clients, sharing what they have seen. */
export function clientClaims(clients: readonly NodeId[], server: NodeId): Invariant[] {
  const watches = new Map(clients.map((id) => [id, new Watch()]));
  const truth = new Map<string, Reply>();
  const on =
    (check: (watch: Watch, event: SimEvent) => string | undefined) =>
    (event: SimEvent): string | undefined => {
      const watch = event.inApp ? undefined : watches.get(event.node);
      return watch && check(watch, event);
    };
  return [
    {
      name: "a number names one request, for ever (invariant 3)",
      onEvent: (event) => {
        noteReplies(truth, event, server);
        return on(checkNumbers)(event);
      },
    },
    { name: "what a client still waits for is not below its oldest (invariant 7)", onEvent: on(checkOldest) },
    {
      name: "what a program is told is true (invariants 1 and 4)",
      onEvent: on((watch, event) => checkTruth(watch, event, truth)),
    },
    { name: "every call ends once, and in time (invariant 5)", onEvent: on(checkEnds) },
  ];
}

function messagesTo(event: SimEvent, to: NodeId): ClientMessage[] {
  return event.effects.flatMap((it) =>
    it.effect === "send" && it.to === to ? [it.message as ClientMessage] : [],
  );
}

function requestsIn(event: SimEvent): Request[] {
  return event.effects.flatMap((it) => {
    const message = it.effect === "send" ? (it.message as ClientMessage) : undefined;
    return message?.type === "Add" || message?.type === "Read" ? [message] : [];
  });
}

function noteReplies(truth: Map<string, Reply>, event: SimEvent, server: NodeId): void {
  if (event.node !== server) return;
  for (const it of event.effects) {
    if (it.effect !== "send") continue;
    const reply = it.message as Reply;
    truth.set(`${it.to}/${reply.request}`, reply);
  }
}

function checkNumbers(watch: Watch, event: SimEvent): string | undefined {
  for (const { request, counter } of requestsIn(event)) {
    const counterBefore = watch.counterOf.get(request);
    if (counterBefore !== undefined && counterBefore !== counter) {
      return `${event.node} asked for ${counter} as request ${request}, and had asked for ${counterBefore} with that number before`;
    }
    const numberBefore = watch.numberOf.get(counter);
    if (numberBefore !== undefined && numberBefore !== request) {
      return `${event.node} asked for ${counter} as request ${numberBefore} and then again as request ${request}: a server takes the copies for two requests`;
    }
    watch.counterOf.set(request, counter);
    watch.numberOf.set(counter, request);
  }
  return undefined;
}

function checkOldest(watch: Watch, event: SimEvent): string | undefined {
  for (const { request, oldest } of requestsIn(event)) {
    const numbers = [...watch.waiting.values()].flatMap((it) => it.request ?? []);
    const lowest = Math.min(request, ...numbers);
    if (oldest > lowest) {
      return `${event.node} sent request ${request} with oldest ${oldest}, while it waits for the answer to request ${lowest}`;
    }
  }
  return undefined;
}

function checkTruth(watch: Watch, event: SimEvent, truth: ReadonlyMap<string, Reply>): string | undefined {
  for (const done of messagesTo(event, "app")) {
    if (done.type !== "Done")
      return `${event.node} sent its program ${done.type}, where only Done means something`;
    const number = watch.numberOf.get(watch.waiting.get(done.call)?.call.operation.counter ?? "");
    const reply = number === undefined ? undefined : truth.get(`${event.node}/${number}`);
    const said = reply?.type === "Counted" ? `Counted ${reply.value}` : (reply?.type ?? "nothing");
    const isTrue =
      done.outcome === "info" ||
      (done.outcome === "ok" && reply?.type === "Counted" && reply.value === done.value) ||
      (done.outcome === "fail" && reply?.type === "Refused");
    if (!isTrue && watch.waiting.has(done.call)) {
      return `${event.node} told its program that ${done.call} is ${done.outcome}, value ${done.value}; what the server has answered to it is ${said}`;
    }
  }
  return undefined;
}

function checkEnds(watch: Watch, event: SimEvent): string | undefined {
  const { waiting } = watch;
  if (event.kind === "crash") {
    waiting.clear();
    return undefined;
  }
  const message = event.message as ClientMessage | undefined;
  if (event.from === "app" && message?.type === "Call") {
    waiting.set(message.call, { call: message, sinceMs: event.ms, request: undefined });
  }
  for (const { request, counter } of requestsIn(event)) {
    for (const it of waiting.values()) if (it.call.operation.counter === counter) it.request = request;
  }
  for (const done of messagesTo(event, "app")) {
    const wrong = done.type === "Done" ? checkEnd(watch, event, done) : undefined;
    if (wrong) return wrong;
  }
  for (const [name, it] of waiting) {
    const lateMs = event.ms - it.sinceMs - it.call.withinMs;
    if (lateMs > 0)
      return `${name} had ${it.call.withinMs} ms, and ${lateMs} ms later ${event.node} has not told its program how it ended`;
  }
  return undefined;
}

function checkEnd(watch: Watch, event: SimEvent, done: Done): string | undefined {
  const it = watch.waiting.get(done.call);
  if (!it)
    return `${event.node} told its program that ${done.call} is ${done.outcome}, and it had ended before`;
  watch.waiting.delete(done.call);
  const afterMs = event.ms - it.sinceMs;
  if (done.outcome === "info" && afterMs < it.call.withinMs) {
    return `${event.node} gave ${done.call} up after ${afterMs} ms, though it had ${it.call.withinMs} ms`;
  }
  return undefined;
}
