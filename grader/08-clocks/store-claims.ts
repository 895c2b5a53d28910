import type { Invariant, NodeId, SimEvent, Violation } from "#lib/sim";
import { formatMessage } from "#lib/trace";
import type { GetReply, Put, Siblings, StoreMessage, Version } from "#protocol/08-clocks";
import { isVector } from "./judges.ts";

/** What the grader knows of one value: it is written once, by one Put, though that may arrive twice. */
interface Written {
  readonly key: string;
  /** All values that its client knew of, and those that their clients knew of, and so on. */
  readonly knew: ReadonlySet<string>;
  /** How often its Put came to a server. */
  arrivals: number;
  /** The servers that have acknowledged it. */
  readonly acknowledgedBy: Set<NodeId>;
}

/** What was written, and who knew of what: taken from the Puts of the kernel's clients, and never from a context. */
export class Writes {
  readonly #written = new Map<string, Written>();

  put(key: string, value: string, read: readonly string[]): void {
    const knew = new Set(read);
    for (const other of read) for (const older of this.#written.get(other)?.knew ?? []) knew.add(older);
    this.#written.set(value, { key, knew, arrivals: 0, acknowledgedBy: new Set() });
  }

  get(value: string): Written | undefined {
    return this.#written.get(value);
  }

  knew(value: string, other: string): boolean {
    return this.#written.get(value)?.knew.has(other) ?? false;
  }

  /** The values of a key that someone has acknowledged. */
  acknowledged(key: string, by?: NodeId): string[] {
    return [...this.#written]
      .filter(([, it]) => it.key === key && (by ? it.acknowledgedBy.has(by) : it.acknowledgedBy.size > 0))
      .map(([value]) => value);
  }

  /** An acknowledged value that is not among these, and that none of these knew of. */
  lostAmong(key: string, values: readonly string[], by?: NodeId): string | undefined {
    return this.acknowledged(key, by).find(
      (value) => !values.includes(value) && !values.some((other) => this.knew(other, value)),
    );
  }
}

interface Answer {
  readonly key: string;
  readonly reply: GetReply;
}

/** The answer to a Get in this event, if there is one. */
function answerIn(event: SimEvent): Answer | undefined {
  const get = event.message as StoreMessage | undefined;
  if (event.inApp || get?.type !== "Get") return undefined;
  for (const effect of event.effects) {
    const message = effect.effect === "send" ? (effect.message as StoreMessage) : undefined;
    if (message?.type === "GetReply") return { key: get.key, reply: message };
  }
  return undefined;
}

const list = (values: readonly string[]) => values.join(" and ") || "nothing";

/** Counts what came to the servers and what they acknowledged. It has to stand before the claims. */
function counts(writes: Writes): Invariant {
  return {
    name: "the grader counts",
    onEvent(event) {
      const put = event.message as Put | undefined;
      if (event.kind !== "message" || put?.type !== "Put") return undefined;
      const written = writes.get(put.value);
      if (!written) return undefined;
      written.arrivals++;
      for (const effect of event.effects) {
        const message = effect.effect === "send" ? (effect.message as StoreMessage) : undefined;
        if (message?.type === "PutReply") written.acknowledgedBy.add(event.node);
      }
      return undefined;
    },
  };
}

function nothingLost(writes: Writes): Invariant {
  return {
    name: "a value is gone only when a write that knew of it has replaced it (invariant 4)",
    onEvent(event): Violation | undefined {
      const answer = answerIn(event);
      if (!answer) return undefined;
      const { key, reply } = answer;
      const lost = writes.lostAmong(key, reply.values, event.node);
      if (lost === undefined) return undefined;
      const text = `${event.node} had acknowledged ${key} = ${lost}, and answered a Get of ${key} with ${list(reply.values)}: no client that wrote one of these knew of ${lost}.`;
      return { text, about: [key] };
    },
  };
}

function nothingBack(writes: Writes): Invariant {
  return {
    name: "no value is shown beside one that replaced it (invariant 5)",
    onEvent(event): Violation | undefined {
      const answer = answerIn(event);
      if (!answer) return undefined;
      const { key, reply } = answer;
      for (const value of reply.values) {
        const written = writes.get(value);
        if (!written || written.key !== key) {
          return {
            text: `${event.node} answered a Get of ${key} with ${value}, which nobody has written to ${key}.`,
            about: [key],
          };
        }
        // A Put that came twice is two writes, and only the first was known to others.
        if (written.arrivals > 1) continue;
        const newer = reply.values.find((other) => writes.knew(other, value));
        if (newer === undefined) continue;
        const text = `${event.node} answered a Get of ${key} with ${list(reply.values)}: the client that wrote ${newer} knew of ${value}, so ${newer} has replaced it.`;
        return { text, about: [key] };
      }
      return undefined;
    },
  };
}

/** What servers tell each other: a dot has one value, whoever tells of it. */
function oneWriteADot(): Invariant {
  const values = new Map<string, string>();
  return {
    name: "a dot names one write (invariant 4)",
    onEvent(event): Violation | undefined {
      for (const effect of event.effects) {
        const message = effect.effect === "send" ? (effect.message as StoreMessage) : undefined;
        if (message?.type !== "Share") continue;
        for (const { dot, value } of message.siblings.versions) {
          const name = `${message.key} ${dot.node} ${dot.counter}`;
          const other = values.get(name);
          if (other !== undefined && other !== value) {
            const text = `The dot (${dot.node}, ${dot.counter}) of ${message.key} named ${other}, and now ${event.node} tells of ${value} with the same dot.`;
            return { text, about: [other, value] };
          }
          values.set(name, value);
        }
      }
      return undefined;
    },
  };
}

/** What clients and the other claims may rely on. */
function wellFormed(): Invariant {
  return {
    name: "messages are as the protocol says",
    onEvent(event): Violation | undefined {
      for (const effect of event.inApp ? [] : event.effects) {
        const message = effect.effect === "send" ? (effect.message as StoreMessage) : undefined;
        const isRight =
          message?.type === "GetReply"
            ? isTexts(message.values) && isVector(message.context)
            : message?.type !== "Share" || isSiblings(message.siblings);
        if (!isRight) return { text: `${event.node} sent ${formatMessage(message)}.`, about: [] };
      }
      return undefined;
    },
  };
}

function isTexts(values: unknown): boolean {
  return Array.isArray(values) && values.every((value) => typeof value === "string");
}

function isSiblings(siblings: unknown): boolean {
  const { seen, versions } = (siblings ?? {}) as Partial<Siblings>;
  return (
    isVector(seen) &&
    Array.isArray(versions) &&
    versions.every(({ dot, value }: Partial<Version>) => dot !== undefined && typeof value === "string")
  );
}

export function storeClaims(writes: Writes): Invariant[] {
  return [wellFormed(), counts(writes), oneWriteADot(), nothingLost(writes), nothingBack(writes)];
}
