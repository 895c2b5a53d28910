import { todo } from "#lib/exercise";
import type { Context, Node, NodeId } from "#lib/sim";
import type { TransactionMessage } from "#protocol/08-clocks";

/** A plain value of your own choice: what the server's timers carry. */
type Timer = { readonly type: string; readonly txn?: string };

/**
 * One of several servers, each with keys of its own. It makes transactions, each in one piece, and gives each a timestamp in ms, a whole
 * number. It never sees the other servers: all that they have in common is time. `ctx.clock()` gives an interval in which the
 * true time is.
 *
 * - Transact: sets the keys, and answers whoever sent it with Committed: the timestamp, and what each key held before.
 * - The timestamp is no less than `latest` of the clock, read when the transaction has all it waits for.
 * - If a transaction finds a value that another one wrote, its timestamp is larger than that one's.
 * - It is not more than 10 ms larger than that `latest`, or than the largest timestamp that this server has given before (to whichever
 *   keys) if that is the larger of the two: everybody has to wait for it.
 * - Commit wait: Committed is sent only when the timestamp is surely past, that is, when `earliest` of the clock is larger; and within
 *   10 ms of that, as true time goes, if the clock is right. While it waits, the interval can become wider.
 * - Transactions that have no key in common do not make each other wait. Two that have one may be made one after the other, each with
 *   its wait; or the second may begin to wait while the first does.
 * - A Transact that comes again, with the same `txn`, is not made again. It may be answered again, and then with the same words; if it
 *   comes after the first answer was sent, it must be.
 * - What Committed says survives a crash. A transaction whose Committed was not sent may be lost, but not in part, and its client asks again.
 */
export class TransactionServer implements Node<TransactionMessage, Timer> {
  onStart(ctx: Context<TransactionMessage, Timer>): void {
    todo("08.5");
  }

  onMessage(ctx: Context<TransactionMessage, Timer>, from: NodeId, message: TransactionMessage): void {
    todo("08.5");
  }

  onTimer(ctx: Context<TransactionMessage, Timer>, timer: Timer): void {
    todo("08.5");
  }
}
