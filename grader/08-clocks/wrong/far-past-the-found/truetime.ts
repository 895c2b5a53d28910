import type { Context, Node, NodeId } from "#lib/sim";
import type { Committed, Transact, TransactionMessage } from "#protocol/08-clocks";

/** The timestamp of a transaction may have passed. */
type Passed = { readonly type: "Passed"; readonly txn: string };

type ServerContext = Context<TransactionMessage, Passed>;

/** What the disk keeps of a transaction: its answer, and for whom it is. */
interface Outcome {
  readonly client: NodeId;
  readonly committed: Committed;
}

export class TransactionServer implements Node<TransactionMessage, Passed> {
  /** Which transaction has each key. */
  readonly #locks = new Map<string, string>();
  /** Those that wait for a key, in the order of their arrival, by their txn. */
  readonly #waiting = new Map<string, { readonly client: NodeId; readonly transact: Transact }>();

  onMessage(ctx: ServerContext, from: NodeId, message: TransactionMessage): void {
    if (message.type !== "Transact") return;
    const outcome = ctx.disk.get<Outcome>(outcomeCell(message.txn));
    if (outcome) return this.#answer(ctx, outcome);
    this.#waiting.set(message.txn, { client: from, transact: message });
    this.#commitWhatCan(ctx);
  }

  onTimer(ctx: ServerContext, { txn }: Passed): void {
    const outcome = ctx.disk.get<Outcome>(outcomeCell(txn));
    if (outcome) this.#answer(ctx, outcome);
  }

  #commitWhatCan(ctx: ServerContext): void {
    for (const [txn, { client, transact }] of this.#waiting) {
      const keys = Object.keys(transact.writes);
      if (keys.some((key) => this.#locks.has(key))) continue;
      this.#waiting.delete(txn);
      for (const key of keys) this.#locks.set(key, txn);
      this.#commit(ctx, client, transact);
    }
  }

  /** It has all its locks, and only now gets its timestamp: larger than those of all whose values it finds. */
  #commit(ctx: ServerContext, client: NodeId, { txn, writes }: Transact): void {
    const keys = Object.keys(writes);
    const before = keys.map((key) => [key, ctx.disk.get<string>(valueCell(key)) ?? null] as const);
    // `latest` alone can go back: after a crash, the disk may have a timestamp that is not past yet, and the clock may be surer now.
    const timestamp = Math.max(ctx.clock().latest, (ctx.disk.get<number>("last") ?? 0) + 25);
    const committed: Committed = { type: "Committed", txn, timestamp, before: Object.fromEntries(before) };
    const outcome: Outcome = { client, committed };
    const values = keys.map((key) => [valueCell(key), writes[key]] as const);
    ctx.disk.set({ ...Object.fromEntries(values), last: timestamp, [outcomeCell(txn)]: outcome });
    ctx.disk.sync();
    this.#answer(ctx, outcome);
  }

  /** Commit wait: nobody hears of it before its timestamp is past on every clock in the world. */
  #answer(ctx: ServerContext, { client, committed }: Outcome): void {
    const { txn, timestamp } = committed;
    const { earliest } = ctx.clock();
    if (earliest <= timestamp) {
      // It may take longer than this: the interval can grow, so the clock is asked again.
      ctx.setTimer({ type: "Passed", txn }, timestamp - earliest + 1);
      return;
    }
    ctx.send(client, committed);
    for (const [key, holder] of this.#locks) if (holder === txn) this.#locks.delete(key);
    this.#commitWhatCan(ctx);
  }
}

const outcomeCell = (txn: string): string => `outcome/${txn}`;
const valueCell = (key: string): string => `value/${key}`;
