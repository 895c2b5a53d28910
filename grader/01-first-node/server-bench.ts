import { type NodeId, Solo } from "#lib/sim";
import type { Add, Counted, Exercise, Request, ServerMessage } from "#protocol/01-first-node";
import { momentOf } from "./moment.ts";

/* A server on a bench, and short words for what a test says to it and hears from it. */

export type Make = () => InstanceType<Exercise["Server"]>;

/** A server alone, whose clients are c1, c2, c3 and c11. */
export class ServerBench {
  readonly solo: Solo<ServerMessage>;
  readonly #make: Make;
  #readCount = 0;

  constructor(make: Make) {
    this.#make = make;
    this.solo = new Solo<ServerMessage>(make(), { self: "s1", peers: ["c1", "c2", "c3", "c11", "observer"] });
  }

  add(from: NodeId, request: number, counter: string, amount: number, oldest = request) {
    return this.solo.receive(from, addOf(request, counter, amount, oldest));
  }

  read(from: NodeId, request: number, counter: string) {
    return this.solo.receive(from, { type: "Read", request, oldest: request, counter });
  }

  /** The value of a counter, as a client learns it that has no other part in the test. */
  valueOf(counter: string): unknown {
    const [sent] = this.read("observer", ++this.#readCount, counter);
    return sent?.message.type === "Counted" ? sent.message.value : undefined;
  }

  crash(survive: "none" | "all" = "none"): void {
    this.solo.crash(survive);
    this.solo.restart(this.#make());
  }

  addAndCrash(from: NodeId, add: Request, effectCount: number, survive: "none" | "all") {
    const sent = this.solo.receiveAndCrash(from, add, effectCount, survive);
    const isWhole = this.solo.effects.length < effectCount;
    this.solo.restart(this.#make());
    return { sent, isWhole, when: momentOf(effectCount, isWhole) };
  }
}

export function addOf(request: number, counter: string, amount: number, oldest = request): Request {
  return { type: "Add", request, oldest, counter, amount };
}

/** What a server sent, as text: `Counted 7 to c1 (request 3)`. */
export function told(sent: readonly { to: NodeId; message: unknown }[]): string {
  if (sent.length === 0) return "nothing";
  const lines = sent.map(({ to, message }) => {
    const { type, request, value, amount } = message as Partial<Omit<Counted, "type"> & Omit<Add, "type">> & {
      type?: string;
    };
    const number = value ?? amount;
    // What is no message of the protocol at all is told as it is.
    if (typeof type !== "string") return `${JSON.stringify(message)} to ${to}`;
    return `${type}${number === undefined ? "" : ` ${JSON.stringify(number)}`} to ${to}${request === undefined ? "" : ` (request ${request})`}`;
  });
  return lines.join(", ");
}
