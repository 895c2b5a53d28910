import { todo } from "#lib/exercise";
import type { Context, Node, NodeId } from "#lib/sim";
import type { ClientConfig, ClientMessage } from "#protocol/01-first-node";

/** The timers of your client: plain values, of any shape that you like. These are a proposal. */
export type ClientTimer =
  | { readonly type: "Retry"; readonly request: number }
  | { readonly type: "Deadline"; readonly request: number };

/**
 * A client. The program beside it (`from === app`) hands it a `Call`; the client asks the server, again and again, until
 * it is answered or the time is up, and hands a `Done` back with `ctx.send(app, …)`. Many calls may wait at once.
 *
 * Asking:
 * - When a `Call` arrives, its operation is sent to `config.server` at once, as a request with a number.
 * - All copies of a request have the same number, counter and amount. Two requests never have the same number, not even
 *   when the client has crashed and started again in between: numbers rise, from 1, and are never reused.
 * - `oldest` is the smallest number for whose answer this client still waits when it sends. (What was waited for before
 *   a crash is not waited for any more.)
 *
 * Retrying:
 * - While it is not answered, a request is sent again after a wait. A wait is a random number of ms, from
 *   `ctx.random`: at least 1, at most `config.capMs`, and the first one at most 3 × `config.baseMs`. On average the
 *   waits of a request at least double, or nearly so, from one to the next, until they come near `config.capMs`. Each
 *   call has waits of its own, whatever other calls begin or end.
 *   (Good: after the k-th send, a whole number from 1 to the smaller of `baseMs` × 2^(k − 1) and `capMs`.)
 * - Once the call is done, its request is never sent again.
 *
 * Ending:
 * - Every call gets exactly one `Done`, unless the client crashes: then its program is gone too, and asks no more.
 * - `Counted` is `"ok"`, with its value; `Refused` is `"fail"`. When `withinMs` have passed since the call without a
 *   reply, it is `"info"`: not before, and not after.
 * - A reply ends the call whose request has its number. A reply that no call waits for is ignored.
 */
export class Client implements Node<ClientMessage, ClientTimer> {
  readonly config: ClientConfig;

  constructor(config: ClientConfig) {
    this.config = config;
  }

  onStart(ctx: Context<ClientMessage, ClientTimer>): void {
    return todo("01.3");
  }

  onMessage(ctx: Context<ClientMessage, ClientTimer>, from: NodeId, message: ClientMessage): void {
    return todo("01.3");
  }

  onTimer(ctx: Context<ClientMessage, ClientTimer>, timer: ClientTimer): void {
    return todo("01.3");
  }
}
