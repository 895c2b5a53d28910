import { todo } from "#lib/exercise";
import type { Context, Node, NodeId } from "#lib/sim";
import type {
  Inquire,
  ParticipantConfig,
  ParticipantMessage,
  Prepare,
  TransactionId,
  Work,
} from "#protocol/10-two-phase-commit";

/** We have been in doubt for a while: ask. Change the timers as you like. */
interface Ask {
  readonly type: "Ask";
  readonly id: TransactionId;
}

type ParticipantContext = Context<ParticipantMessage, Ask>;

/**
 * Keeps accounts, and takes part in transactions. From its yes until it hears the outcome it is **in doubt** about one: it can
 * neither commit nor abort it, and its accounts are locked. Messages come late, again, and in any order.
 *
 * The dispatching of messages is written already. Change it if your design wants something else: only the messages are fixed.
 */
export class Participant implements Node<ParticipantMessage, Ask> {
  readonly #config: ParticipantConfig;

  constructor(config: ParticipantConfig) {
    this.#config = config;
  }

  /**
   * At the first start the accounts are those of the configuration. After a crash: what the disk says. What was in doubt is in doubt
   * again and locked, and asks again after `retryMs` (set the timer; 10.4 says what it does).
   */
  onStart(ctx: ParticipantContext): void {
    todo("10.2");
  }

  onMessage(ctx: ParticipantContext, from: NodeId, message: ParticipantMessage): void {
    switch (message.type) {
      case "Prepare":
        return this.#prepare(ctx, from, message);
      case "Commit":
        return this.#commit(ctx, from, message.id);
      case "Abort":
        return this.#abort(ctx, message.id);
      case "Inquire":
        if (this.#config.asksOthers) this.#answer(ctx, from, message);
        return;
    }
  }

  onTimer(ctx: ParticipantContext, { id }: Ask): void {
    this.#inquire(ctx, id);
    if (this.#config.asksOthers) this.#askOthers(ctx, id);
  }

  /**
   * Vote at once, to the sender, who is the transaction's coordinator.
   *
   * Yes if all of the work can be done: each account is kept here; no transaction that is in doubt here has that account in its work;
   * and with an `add` the balance does not fall below 0. (Two transactions that both only read an account may both get a yes, or not.)
   * The result of a yes is what each action found. Before the yes is sent, everything that a Commit will need is safe on the disk: it
   * must be possible after any crash. After `retryMs` in doubt it asks (set the timer; 10.4 says what it does).
   *
   * No if not: nobody waits for a lock, so nobody waits in a circle. Nothing changes and nothing is locked by it, and nothing
   * need be remembered.
   *
   * If it comes again while in doubt: the same vote, with the same result. When it comes after the outcome, it changes no account, and
   * nothing is in doubt about a commit a second time; whether it is answered is left to you.
   */
  #prepare(ctx: ParticipantContext, from: NodeId, prepare: Prepare<Work>): void {
    todo("10.2");
  }

  /**
   * It is committed. The first time: each account gets the new balance and the `ref` of its `add`, the locks are gone, and Decided goes
   * to `app`. Each time: Ack to the sender, when all that is safe and not before (a participant that tells us, in 10.5, needs none). It
   * changes the balances once, however often it comes, and whatever crashes. The outcome of a commit is remembered for good, also of
   * one that only read.
   */
  #commit(ctx: ParticipantContext, from: NodeId, id: TransactionId): void {
    todo("10.2");
  }

  /**
   * It is aborted. If we are in doubt about it: no account changes, the locks are gone, and Decided goes to `app`. If not, for instance
   * because we know that it was committed, an old answer has come late: nothing changes. Needs no sync and no Ack: whoever is in doubt
   * again after a crash asks again.
   */
  #abort(ctx: ParticipantContext, id: TransactionId): void {
    todo("10.2");
  }

  /** If we are in doubt about this transaction: Inquire to its coordinator, and again every `retryMs`, until we are not. */
  #inquire(ctx: ParticipantContext, id: TransactionId): void {
    todo("10.4");
  }

  /** If we are in doubt about this transaction: Inquire to every other participant of it. */
  #askOthers(ctx: ParticipantContext, id: TransactionId): void {
    todo("10.5");
  }

  /**
   * Another participant asks what became of a transaction. If we know of its commit: Commit. If we are in doubt ourselves: no answer.
   * Otherwise Abort: we were told so, or we have not voted yes and from now on never will. That we never will must be safe before it is
   * said: a Prepare that comes later gets a no, also after a crash. Our application hears nothing of what we never voted for.
   */
  #answer(ctx: ParticipantContext, from: NodeId, inquire: Inquire): void {
    todo("10.5");
  }
}
