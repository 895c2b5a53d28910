import { todo } from "#lib/exercise";
import type { Context, Node, NodeId } from "#lib/sim";
import type {
  CoordinatorConfig,
  CoordinatorMessage,
  Inquire,
  Submit,
  TransactionId,
  Vote,
} from "#protocol/10-two-phase-commit";

/** `Late`: votes are missing. `Again`: acknowledgements are missing. Change the timers as you like. */
interface Wake {
  readonly type: "Late" | "Again";
  readonly id: TransactionId;
}

type CoordinatorContext = Context<CoordinatorMessage, Wake>;

/**
 * Runs transactions for its application, several at a time, by presumed abort: it remembers commits, until all have acknowledged, and
 * what it does not remember was aborted. What a participant has to do, and what that gave, it passes on without looking into it.
 *
 * The dispatching of messages is written already. Change it if your design wants something else: only the messages are fixed.
 */
export class Coordinator implements Node<CoordinatorMessage, Wake> {
  readonly #config: CoordinatorConfig;

  constructor(config: CoordinatorConfig) {
    this.#config = config;
  }

  /**
   * After a crash: Commit goes to the participants of each commit that the disk remembers, at once or after `retryMs`, and again every
   * `retryMs` to those that have not acknowledged. A transaction without an outcome is gone. The application that waited is gone, too:
   * nobody is told anything. One sync at a start is fine.
   */
  onStart(ctx: CoordinatorContext): void {
    todo("10.3");
  }

  onMessage(ctx: CoordinatorContext, from: NodeId, message: CoordinatorMessage): void {
    switch (message.type) {
      case "Submit":
        return this.#begin(ctx, message);
      case "Vote":
        return this.#vote(ctx, from, message);
      case "Ack":
        return this.#acknowledge(ctx, from, message.id);
      case "Inquire":
        return this.#answer(ctx, from, message);
    }
  }

  /** Votes or acknowledgements are missing: see `#vote` and `#acknowledge`. */
  onTimer(ctx: CoordinatorContext, timer: Wake): void {
    todo("10.3");
  }

  /**
   * The application wants a transaction. It gets an id that no other ever has, before a crash or after it, here or at another
   * coordinator; what chance or the clock gives may come again. Prepare goes to each participant, with its own part of the work and the
   * names of all. Twenty transactions need fewer than three syncs for their ids.
   */
  #begin(ctx: CoordinatorContext, submit: Submit): void {
    todo("10.3");
  }

  /**
   * A vote counts for the transaction that it names, once for each participant, while that has no outcome.
   *
   * A no, or a vote that is missing `voteMs` after the Prepare, makes an abort: Abort goes to everyone who has not voted no, and Told
   * to `app`. An abort leaves nothing on the disk and needs no sync.
   *
   * A yes of every participant makes a commit: it is safe on the disk, with the names of the participants, before any Commit is sent and
   * before `app` is told, at once, with the results of the votes. That takes one sync. An outcome never changes.
   */
  #vote(ctx: CoordinatorContext, from: NodeId, vote: Vote): void {
    todo("10.3");
  }

  /**
   * A participant has the commit safe. To the others Commit is sent again every `retryMs`, for as long as it takes. When all have
   * acknowledged, it is forgotten: nothing more is sent, and the disk does not keep it (by the next sync at the latest).
   */
  #acknowledge(ctx: CoordinatorContext, from: NodeId, id: TransactionId): void {
    todo("10.3");
  }

  /**
   * A participant is in doubt. Commit if it is a commit that we remember. No Abort while it may still become a commit: no answer then, or
   * an abort for everybody. Otherwise Abort.
   */
  #answer(ctx: CoordinatorContext, from: NodeId, inquire: Inquire): void {
    todo("10.4");
  }
}
