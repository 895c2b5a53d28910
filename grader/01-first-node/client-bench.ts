import { app, Solo } from "#lib/sim";
import type {
  ClientConfig,
  ClientMessage,
  Done,
  Exercise,
  Operation,
  Request,
} from "#protocol/01-first-node";
import { claim } from "../suite/index.ts";
import { momentOf } from "./moment.ts";

/** A copy of a request that the client sent to the server. */
export interface Asked {
  readonly ms: number;
  readonly request: Request;
}

/** A client alone, between its program and the server s1. */
export class ClientBench {
  readonly solo: Solo<ClientMessage, never>;
  readonly asked: Asked[] = [];
  readonly done: (Done & { readonly ms: number })[] = [];
  readonly #make: () => InstanceType<Exercise["Client"]>;
  #callCount = 0;

  constructor(
    Client: Exercise["Client"],
    seed = 1,
    config: ClientConfig = { server: "s1", baseMs: 50, capMs: 800 },
  ) {
    this.#make = () => new Client(config);
    this.solo = new Solo<ClientMessage, never>(this.#make(), { self: "c1", peers: ["s1"], seed });
    this.#note();
  }

  /** The program asks; gives the name of the call. */
  call(operation: Operation = { type: "Add", counter: "seats", amount: 1 }, withinMs = 2000): string {
    const call = `call-${++this.#callCount}`;
    this.solo.receive(app, { type: "Call", call, operation, withinMs });
    this.#note();
    return call;
  }

  counted(request: number, value: number): void {
    this.solo.receive("s1", { type: "Counted", request, value });
    this.#note();
  }

  refused(request: number): void {
    this.solo.receive("s1", { type: "Refused", request });
    this.#note();
  }

  /** Time passes, one timer at a time, so that everything sent has its true time. */
  advance(ms: number): void {
    const until = this.solo.nowMs + ms;
    for (;;) {
      const next = this.solo.timers[0];
      if (next === undefined || next.atMs > until) break;
      this.solo.advance(Math.max(0, next.atMs - this.solo.nowMs));
      this.#note();
    }
    this.solo.advance(until - this.solo.nowMs);
    this.#note();
  }

  /** The program asks, and the machine crashes after the first effects; `isWhole` if it did all that it wanted. */
  callAndCrash(effectCount: number, survive: "none" | "all"): { isWhole: boolean; when: string } {
    const operation = { type: "Add", counter: "seats", amount: 1 } as const;
    this.solo.receiveAndCrash(
      app,
      { type: "Call", call: "cut", operation, withinMs: 2000 },
      effectCount,
      survive,
    );
    const isWhole = this.solo.effects.length < effectCount;
    this.#note();
    this.restart();
    return { isWhole, when: momentOf(effectCount, isWhole) };
  }

  restart(): void {
    this.solo.restart(this.#make());
    this.#note();
  }

  /** An old timer runs out, as one may that was on its way. */
  fire(timer: never): void {
    this.solo.fire(timer);
    this.#note();
  }

  /** The number of the request that was sent last. */
  get lastNumber(): number {
    return this.asked.at(-1)?.request.request ?? -1;
  }

  #note(): void {
    for (const { to, message } of this.solo.sent) {
      if (message.type === "Done") {
        claim(
          to === app,
          `c1 sent its Done for ${message.call} to ${to}, which does not wait for it: the program beside c1, which called, is \`app\`.`,
        );
        this.done.push({ ...message, ms: this.solo.nowMs });
      } else if (to === "s1") this.asked.push({ ms: this.solo.nowMs, request: message as Request });
    }
    this.solo.clearSent();
  }
}

export function timesOf(asked: readonly Asked[]): string {
  return asked.length === 0 ? "never" : `at ${asked.map(({ ms }) => ms).join(", ")} ms`;
}

export function endsOf(client: ClientBench) {
  return client.done.map(({ call, outcome, value }) => ({ call, outcome, value }));
}
