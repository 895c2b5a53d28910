import type { Stream } from "#lib/random";
import { type DiskImage, DiskView } from "./disk.ts";
import type { Effect } from "./events.ts";
import { canonical, fingerprint, frozenCopy, Misuse } from "./json.ts";
import { app, type Context, type NodeId } from "./node.ts";
import { misuse } from "./traps.ts";

/** How many effects one handler may have. */
const effectLimit = 100_000;

/** The context of one life of one node: it records effects while a handler runs. */
export class Recording implements Context<unknown, unknown> {
  readonly self: NodeId;
  readonly random: Stream;
  readonly disk: DiskView;
  now = 0;
  effects: Effect[] = [];
  readonly #knows: (id: NodeId) => boolean;
  #trueMs = 0;
  #uncertaintyMs = 0;
  #open = false;

  constructor(self: NodeId, random: Stream, image: DiskImage, knows: (id: NodeId) => boolean) {
    this.self = self;
    this.random = random;
    this.#knows = knows;
    this.disk = new DiskView(self, image, (change) => {
      this.#check("wrote to its disk");
      if (change === "sync") return this.#add({ effect: "sync" });
      // What copies nothing leaves the fingerprint of whatever was copied last, in another run perhaps.
      const print = "index" in change ? change.index : fingerprint;
      this.#add({ effect: "write", change, fingerprint: print });
    });
  }

  begin(clockMs: number, trueMs: number, uncertaintyMs: number): void {
    this.now = clockMs;
    this.#trueMs = trueMs;
    this.#uncertaintyMs = uncertaintyMs;
    this.effects = [];
    this.#open = true;
  }

  end(): readonly Effect[] {
    this.#open = false;
    return this.effects;
  }

  clock(): { readonly earliest: number; readonly latest: number } {
    // The promise is that the true time lies inside, so the interval is as wide as the clock is wrong.
    const error = Math.max(this.#uncertaintyMs, Math.ceil(Math.abs(this.now - this.#trueMs)));
    return { earliest: this.now - error, latest: this.now + error };
  }

  send(to: NodeId, message: unknown): void {
    this.#check("sent a message");
    if (!this.#knows(to)) {
      const known = to === app ? "it has no application" : "there is no such node";
      throw misuse(`${this.self} sent a message to ${canonical(to)}: ${known}`);
    }
    const copy = this.#copy(message, "sent", () => `to ${to}${typeOf(message)}`);
    this.#add({ effect: "send", to, message: copy, fingerprint });
  }

  setTimer(timer: unknown, delayMs: number): void {
    this.#check("set a timer");
    if (!(delayMs >= 0 && delayMs < 1e12)) {
      throw misuse(
        `${this.self} set a timer with a delay of ${delayMs}: a delay is a number of ms, 0 or more`,
      );
    }
    const copy = this.#copy(timer, "set a timer that is", () => "");
    this.#add({ effect: "setTimer", timer: copy, key: canonical(copy), delayMs });
  }

  cancelTimer(timer: unknown): void {
    this.#check("cancelled a timer");
    this.#add({ effect: "cancelTimer", timer, key: canonical(timer) });
  }

  log(text: string): void {
    this.#check("logged a line");
    this.#add({ effect: "log", text: String(text) });
  }

  #copy<T>(value: T, what: string, where: () => string): T {
    try {
      return frozenCopy(value, `${this.self} ${what}`, where);
    } catch (error) {
      throw error instanceof Misuse ? misuse(error.message) : error;
    }
  }

  #add(effect: Effect): void {
    this.effects.push(effect);
    if (this.effects.length > effectLimit) {
      throw misuse(`${this.self} asked for more than 100,000 effects in one handler: does a loop never end?`);
    }
  }

  #check(what: string): void {
    if (this.#open) return;
    throw misuse(
      `${this.self} ${what} outside of a handler: use the ctx that the handler was given, while it runs`,
    );
  }
}

function typeOf(message: unknown): string {
  const type =
    typeof message === "object" && message !== null ? (message as { type?: unknown }).type : undefined;
  return typeof type === "string" ? ` in "${type}"` : "";
}
