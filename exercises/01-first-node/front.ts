import { todo } from "#lib/exercise";
import type { Context, Node, NodeId } from "#lib/sim";
import type { FrontConfig, FrontMessage } from "#protocol/01-first-node";

/** The timers of your front: plain values, of any shape that you like. This is a proposal. */
export type FrontTimer = { readonly type: "Expired"; readonly client: NodeId; readonly request: number };

/**
 * A front: clients ask it, and it asks a backend that they do not know of. The backend may be slow, or gone.
 * The front keeps nothing on its disk; the backend does every request once, by `client` and `request`.
 *
 * Passing on:
 * - An `Ask` is passed on to `config.backend` at once, with the same client, request, counter and amount, and with what is
 *   left of the time: `withinMs` less `config.marginMs`. If nothing is left (0 or less), it is not passed on.
 * - The front sends nothing of its own accord: one message to the backend for each `Ask` that arrives. Who wants a retry, asks
 *   again, and that is passed on like the first.
 *
 * Answering:
 * - An `Answer` of the backend goes to its client, unchanged, if the front still owes that client an answer to that request.
 * - When `withinMs` less `config.marginMs` have passed without an answer since the `Ask` arrived, the front answers
 *   `"info"` with value null: not before, and not after. If nothing is left at the start, that is at once.
 * - The front owes one answer to a request that waits, however often it was asked meanwhile (the time that counts
 *   may then be that of the first `Ask` or of the last). Once that answer is sent, nothing more is sent for this
 *   request, whatever the backend says late, until it is asked again.
 * - Two clients may use the same number. Each gets its own answer.
 */
export class Front implements Node<FrontMessage, FrontTimer> {
  readonly config: FrontConfig;

  constructor(config: FrontConfig) {
    this.config = config;
  }

  onMessage(ctx: Context<FrontMessage, FrontTimer>, from: NodeId, message: FrontMessage): void {
    return todo("01.5");
  }

  onTimer(ctx: Context<FrontMessage, FrontTimer>, timer: FrontTimer): void {
    return todo("01.5");
  }
}
