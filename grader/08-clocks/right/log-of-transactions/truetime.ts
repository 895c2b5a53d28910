import type { Context, Node, NodeId } from "#lib/sim";
import type { Committed, Transact, TransactionMessage } from "#protocol/08-clocks";

interface Wait {
  readonly until: number;
}

type Ctx = Context<TransactionMessage, Wait>;

interface Entry {
  readonly client: NodeId;
  readonly committed: Committed;
  readonly writes: Transact["writes"];
}

interface Asked {
  readonly client: NodeId;
  readonly transact: Transact;
}

/** Each key has a line of its own, in which transactions stand; who is first in all of its lines is made. The disk has a log and no cells. */
export class TransactionServer implements Node<TransactionMessage, Wait> {
  readonly #values = new Map<string, string>();
  readonly #entries = new Map<string, Entry>();
  readonly #answered = new Set<string>();
  readonly #lines = new Map<string, Asked[]>();
  #last = 0;

  onStart(ctx: Ctx): void {
    for (let i = ctx.disk.log.first; i < ctx.disk.log.end; i++)
      this.#apply(ctx.disk.log.get<Entry>(i) as Entry);
    // What was answered before is answered once more, and what was not yet, in its time.
    for (const entry of this.#entries.values()) this.#wait(ctx, entry);
  }

  onMessage(ctx: Ctx, from: NodeId, message: TransactionMessage): void {
    if (message.type !== "Transact") return;
    const { txn, writes } = message;
    const entry = this.#entries.get(txn);
    if (entry) {
      if (this.#answered.has(txn)) ctx.send(from, entry.committed);
      return;
    }
    const lines = Object.keys(writes).map((key) => this.#line(key));
    if (lines.some((line) => line.some((it) => it.transact.txn === txn))) return;
    const asked = { client: from, transact: message };
    for (const line of lines) line.push(asked);
    this.#make(ctx, asked);
  }

  onTimer(ctx: Ctx): void {
    for (const entry of this.#entries.values()) {
      if (!this.#answered.has(entry.committed.txn)) this.#wait(ctx, entry);
    }
  }

  #line(key: string): Asked[] {
    const line = this.#lines.get(key) ?? [];
    this.#lines.set(key, line);
    return line;
  }

  /** Makes it, if it is the first in every line and not made yet. */
  #make(ctx: Ctx, asked: Asked): void {
    const { transact, client } = asked;
    const { txn, writes } = transact;
    const keys = Object.keys(writes);
    if (this.#entries.has(txn) || keys.some((key) => this.#line(key)[0] !== asked)) return;
    const timestamp = Math.max(ctx.clock().latest, this.#last + 1);
    const before = Object.fromEntries(keys.map((key) => [key, this.#values.get(key) ?? null]));
    const entry: Entry = { client, writes, committed: { type: "Committed", txn, timestamp, before } };
    ctx.disk.log.append(entry);
    ctx.disk.sync();
    this.#apply(entry);
    this.#wait(ctx, entry);
  }

  #apply(entry: Entry): void {
    for (const [key, value] of Object.entries(entry.writes)) this.#values.set(key, value);
    this.#entries.set(entry.committed.txn, entry);
    this.#last = Math.max(this.#last, entry.committed.timestamp);
  }

  #wait(ctx: Ctx, { client, committed, writes }: Entry): void {
    const { txn, timestamp } = committed;
    const { earliest } = ctx.clock();
    if (earliest <= timestamp) return ctx.setTimer({ until: timestamp }, timestamp + 1 - earliest);
    ctx.send(client, committed);
    this.#answered.add(txn);
    const next = Object.keys(writes).map((key) => {
      const line = this.#line(key);
      if (line[0]?.transact.txn === txn) line.shift();
      return line[0];
    });
    for (const asked of next) if (asked) this.#make(ctx, asked);
  }
}
