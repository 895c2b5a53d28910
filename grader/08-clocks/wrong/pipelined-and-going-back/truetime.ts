import type { Context, Node, NodeId } from "#lib/sim";
import type { Committed, TransactionMessage } from "#protocol/08-clocks";

type Ctx = Context<TransactionMessage, string>;

interface Done {
  readonly client: NodeId;
  readonly committed: Committed;
}

/**
 * No locks and no queue: a transaction is made when it comes, after all that came before it, and its wait goes on beside theirs. Who
 * finds a value that is not past yet has the larger timestamp, and so waits longer.
 */
export class TransactionServer implements Node<TransactionMessage, string> {
  onMessage(ctx: Ctx, from: NodeId, message: TransactionMessage): void {
    if (message.type === "Committed") return;
    const { txn, writes } = message;
    if (!ctx.disk.get(`done ${txn}`)) {
      const timestamp = ctx.clock().latest;
      const cells: { [cell: string]: unknown } = {};
      const before: { [key: string]: string | null } = {};
      for (const key in writes) {
        before[key] = ctx.disk.get<string>(`key ${key}`) ?? null;
        cells[`key ${key}`] = writes[key];
      }
      const committed: Committed = { type: "Committed", txn, timestamp, before };
      ctx.disk.set({ ...cells, [`done ${txn}`]: { client: from, committed } satisfies Done });
      ctx.disk.sync();
    }
    this.onTimer(ctx, txn);
  }

  onTimer(ctx: Ctx, txn: string): void {
    const { client, committed } = ctx.disk.get<Done>(`done ${txn}`) as Done;
    // It looks at the clock again and again.
    if (ctx.clock().earliest > committed.timestamp) ctx.send(client, committed);
    else ctx.setTimer(txn, 4);
  }
}
