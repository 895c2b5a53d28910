import pg from "pg";
import type { ServerName } from "./servers.ts";

/** The accounts of each server; each has `opening` at first. */
export const accounts: { readonly [name in ServerName]: readonly string[] } = {
  p1: ["ann", "bob", "gus", "hal", "ida", "jan", "kim", "leo"],
  p2: ["cat", "dan", "mia", "ned", "oda", "pia", "ray", "sue"],
};
export const opening = 100;

/** Prepared transactions have names that all databases of a server share. */
const gidPrefix = (server: ServerName) => `workbook:${server}:`;
export const gidOf = (server: ServerName, id: string) => gidPrefix(server) + id;

/** Whether PostgreSQL has refused a statement; otherwise the connection or the server is gone. */
export function isRefusal(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && error.severity === "ERROR";
}

/** Sessions on one server. A session that breaks is nobody's surprise: servers are killed here. */
export function openPool(url: string, most: number): pg.Pool {
  const options = "-c search_path=workbook_real -c lock_timeout=2s";
  const pool = new pg.Pool({ connectionString: url, max: most, options, connectionTimeoutMillis: 10_000 });
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

/** The ids of what is prepared on a server and has no outcome. */
export async function preparedIds(pool: pg.Pool, server: ServerName): Promise<string[]> {
  const { rows } = await pool.query<{ gid: string }>(
    "select gid from pg_prepared_xacts where database = current_database() order by prepared",
  );
  const mine = rows.map(({ gid }) => gid).filter((gid) => gid.startsWith(gidPrefix(server)));
  return mine.map((gid) => gid.slice(gidPrefix(server).length));
}

/** A server's accounts as an onlooker sees them, in sessions of its own. */
export class Bank {
  readonly server: ServerName;
  readonly #url: string;
  #pool: pg.Pool | undefined;

  constructor(server: ServerName, url: string) {
    this.server = server;
    this.#url = url;
  }

  /** Empty tables, the opening balances, and nothing prepared. */
  async reset(): Promise<void> {
    await this.rollBackAll();
    const pool = this.#sessions();
    await pool.query("create schema if not exists workbook_real");
    await pool.query("drop table if exists accounts, transactions");
    await pool.query(
      "create table accounts (name text primary key, balance int not null check (balance >= 0), ref text)",
    );
    await pool.query("create table transactions (id text primary key)");
    await pool.query("insert into accounts select unnest($1::text[]), $2", [accounts[this.server], opening]);
  }

  async rollBackAll(): Promise<void> {
    const pool = this.#sessions();
    for (const id of await this.prepared()) {
      await pool.query(`rollback prepared ${pg.escapeLiteral(gidOf(this.server, id))}`);
    }
  }

  async prepared(): Promise<string[]> {
    return await preparedIds(this.#sessions(), this.server);
  }

  async balances(): Promise<{ [account: string]: number }> {
    const { rows } = await this.#sessions().query<{ name: string; balance: number }>(
      "select name, balance from accounts order by name",
    );
    return Object.fromEntries(rows.map(({ name, balance }) => [name, balance]));
  }

  /** What the server's sessions are doing just now, for a scene in which something never came. */
  async deeds(): Promise<string[]> {
    const { rows } = await this.#sessions().query<{ query: string; wait: string | null }>(
      "select query, wait_event as wait from pg_stat_activity where state <> 'idle' and pid <> pg_backend_pid()",
    );
    return rows.map(({ query, wait }) => `${query}${wait === null ? "" : ` (waits for ${wait})`}`);
  }

  /** Changes nothing in an account, in a session that waits 200 ms for its lock. Gives PostgreSQL's error; undefined if it may. */
  async whyLocked(account: string): Promise<string | undefined> {
    const session = await this.#sessions().connect();
    try {
      await session.query("set lock_timeout = '200ms'");
      await session.query("update accounts set balance = balance where name = $1", [account]);
      return undefined;
    } catch (error) {
      if (isRefusal(error) && error.code === "55P03") return error.message;
      throw error;
    } finally {
      session.release(true);
    }
  }

  /** Leaves the server as it was found. */
  async clear(): Promise<void> {
    await this.rollBackAll();
    await this.#sessions().query("drop schema if exists workbook_real cascade");
  }

  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.end().catch(() => {});
  }

  #sessions(): pg.Pool {
    this.#pool ??= openPool(this.#url, 2);
    return this.#pool;
  }
}
