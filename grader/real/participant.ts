import pg from "pg";
import { frozenCopy, type NodeId } from "#lib/sim";
import type {
  Action,
  ParticipantMessage,
  Prepare,
  Result,
  Seen,
  TransactionId,
  Work,
} from "#protocol/10-two-phase-commit";
import { gidOf, isRefusal, openPool, preparedIds } from "./bank.ts";
import type { ServerName } from "./servers.ts";

export interface ParticipantOptions {
  readonly self: ServerName;
  readonly coordinator: NodeId;
  readonly url: string;
  /** How long to be in doubt before asking, and before asking again. */
  readonly retryMs: number;
  readonly send: (message: ParticipantMessage) => void;
  /** Hears what PostgreSQL was told, and what it said. */
  readonly tell: (line: string) => void;
}

/**
 * A participant that is a PostgreSQL server: Prepare becomes PREPARE TRANSACTION, Commit COMMIT PREPARED, Abort ROLLBACK PREPARED. All
 * that must survive a crash is kept by PostgreSQL. What concerns one transaction is done in the order in which it came.
 */
export class Participant {
  readonly #options: ParticipantOptions;
  readonly #queues = new Map<TransactionId, Promise<void>>();
  /** Of each transaction in doubt, the timer of the next question, and the vote's result if this life has given it. */
  readonly #inDoubt = new Map<TransactionId, { timer: NodeJS.Timeout; result: Result | undefined }>();
  #pool: pg.Pool | undefined;

  constructor(options: ParticipantOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#pool !== undefined;
  }

  /** What the server finds prepared after a crash is in doubt, and the coordinator is asked at once. */
  async start(): Promise<void> {
    const { self, url } = this.#options;
    const pool = openPool(url, 10);
    for (const id of await preparedIds(pool, self)) this.#doubt(id, undefined, 0);
    this.#pool = pool;
  }

  /** The end of this life: what it did not keep in PostgreSQL is gone. */
  async crash(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    // What is being done may still put something in doubt.
    await Promise.all(this.#queues.values());
    for (const { timer } of this.#inDoubt.values()) clearTimeout(timer);
    this.#inDoubt.clear();
    await pool?.end().catch(() => {});
  }

  receive(message: ParticipantMessage): void {
    const before = this.#queues.get(message.id) ?? Promise.resolve();
    const after = before
      .then(() => this.#handle(message))
      .catch((error: Error) => this.#options.tell(`loses its server: ${error.message}`));
    this.#queues.set(message.id, after);
    void after.then(() => {
      if (this.#queues.get(message.id) === after) this.#queues.delete(message.id);
    });
  }

  async #handle(message: ParticipantMessage): Promise<void> {
    const pool = this.#pool;
    if (!pool) return;
    switch (message.type) {
      case "Prepare":
        return await this.#prepare(pool, message);
      case "Commit":
        return await this.#commit(pool, message.id);
      case "Abort":
        return await this.#abort(pool, message.id);
    }
  }

  async #prepare(pool: pg.Pool, { id, work }: Prepare<Work>): Promise<void> {
    const before = this.#inDoubt.get(id);
    // A copy of it: the same vote, if we know what it found; otherwise silence, which may end in an abort and breaks no promise.
    if (before) return before.result && this.#vote(id, before.result);
    const session = await pool.connect();
    let isBroken = false;
    try {
      await session.query("begin");
      await session.query("insert into transactions (id) values ($1)", [id]);
      const result: Seen[] = [];
      for (const action of work) result.push(await this.#act(session, action));
      await this.#tellAndRun(session, `prepare transaction ${this.#gid(id)}`);
      this.#doubt(id, result, this.#options.retryMs);
      this.#vote(id, result);
    } catch (error) {
      isBroken = !isRefusal(error);
      if (isBroken) throw error;
      this.#options.tell(`refuses: ${(error as Error).message}`);
      await session.query("rollback");
      this.#vote(id, null);
    } finally {
      session.release(isBroken);
    }
  }

  /** NOWAIT: two coordinators' work could wait for each other on two servers, and neither server would see the circle. */
  async #act(session: pg.PoolClient, action: Action): Promise<Seen> {
    const { rows } = await session.query<Seen>(
      "select name as account, balance, ref from accounts where name = $1 for update nowait",
      [action.account],
    );
    const [seen] = rows;
    if (!seen) throw new Error(`no account ${action.account}`);
    if (action.op === "add") {
      await session.query("update accounts set balance = balance + $2, ref = $3 where name = $1", [
        action.account,
        action.amount,
        action.ref,
      ]);
    }
    return seen;
  }

  async #commit(pool: pg.Pool, id: TransactionId): Promise<void> {
    if (await this.#finish(pool, `commit prepared ${this.#gid(id)}`, id)) {
      this.#send({ type: "Ack", id });
    }
  }

  async #abort(pool: pg.Pool, id: TransactionId): Promise<void> {
    await this.#finish(pool, `rollback prepared ${this.#gid(id)}`, id);
  }

  /** Whether the transaction is prepared no more. That it was not prepared at all is as good: the message has come again. */
  async #finish(pool: pg.Pool, statement: string, id: TransactionId): Promise<boolean> {
    try {
      await this.#tellAndRun(pool, statement);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.#options.tell(`is told: ${error.message}`);
      if (error.code !== "42704") return false;
    }
    clearTimeout(this.#inDoubt.get(id)?.timer);
    this.#inDoubt.delete(id);
    return true;
  }

  async #tellAndRun(sessions: pg.Pool | pg.PoolClient, statement: string): Promise<void> {
    this.#options.tell(`runs ${statement}`);
    await sessions.query(statement);
  }

  #doubt(id: TransactionId, result: Result | undefined, afterMs: number): void {
    const ask = () => {
      this.#send({ type: "Inquire", id });
      this.#doubt(id, result, this.#options.retryMs);
    };
    this.#inDoubt.set(id, { timer: setTimeout(ask, afterMs), result });
  }

  #vote(id: TransactionId, result: Result | null): void {
    this.#send({ type: "Vote", id, yes: result !== null, result });
  }

  #send(message: ParticipantMessage): void {
    const { self, send } = this.#options;
    if (this.#pool) send(frozenCopy(message, `${self} sent`, () => message.type));
  }

  #gid(id: TransactionId): string {
    return pg.escapeLiteral(gidOf(this.#options.self, id));
  }
}
