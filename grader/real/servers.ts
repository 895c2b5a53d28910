import { randomBytes } from "node:crypto";
import { chownSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { Bank } from "./bank.ts";
import { findBinaries, NoServer, personForServers } from "./binaries.ts";
import { newFolder, removeFolder, removeNow } from "./folders.ts";
import { Server } from "./server.ts";

export const serverNames = ["p1", "p2"] as const;
export type ServerName = (typeof serverNames)[number];

/** The two servers of a run, and the folder where its files are. */
export interface Servers {
  readonly folder: string;
  /** Gives a sentence about what they are. Throws `NoServer`. */
  open(): Promise<string>;
  urlOf(name: ServerName): string;
  /** Kills a server, and starts it again; undefined for servers that are not ours. */
  readonly killer?: { kill(name: ServerName): Promise<void>; start(name: ServerName): Promise<void> };
  /** Stops what `open` started, however far it came. */
  close(): Promise<void>;
}

/** `named` is what WORKBOOK_POSTGRES says: two URLs, or the folder of PostgreSQL's programs. */
export function chooseServers(named: string | undefined): Servers {
  const words = named?.trim().split(/[\s,]+/) ?? [];
  const isUrl = words.some((word) => /^postgres(ql)?:/.test(word));
  return isUrl ? namedServers(words) : ownServers(named?.trim() || undefined);
}

function namedServers(urls: readonly string[]): Servers {
  const [first, second, ...others] = urls;
  if (first === undefined || second === undefined || others.length > 0 || first === second) {
    throw new NoServer('WORKBOOK_POSTGRES must name two databases: "postgres://… postgres://…".');
  }
  const folder = newFolder();
  let isUsed = false;
  return {
    folder,
    open: async () => {
      const versions = await Promise.all([first, second].map(versionOf));
      isUsed = true;
      return `PostgreSQL ${versions.join(" and ")}, the servers that WORKBOOK_POSTGRES names`;
    },
    urlOf: (name) => (name === "p1" ? first : second),
    close: async () => {
      // What a scene that was broken off has left there.
      if (isUsed) await Promise.all([clear("p1", first), clear("p2", second)]);
      await removeFolder(folder);
    },
  };
}

async function clear(name: ServerName, url: string): Promise<void> {
  const bank = new Bank(name, url);
  await bank.clear().catch(() => {});
  await bank.close();
}

function ownServers(named: string | undefined): Servers {
  const binaries = findBinaries(named);
  const person = personForServers();
  const folder = newFolder();
  const password = randomBytes(18).toString("base64url");
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (person) for (const path of [folder, passwordFile]) chownSync(path, person.uid, person.gid);
  const make = (name: ServerName) => new Server({ name, folder, password, binaries, person });
  const servers = { p1: make("p1"), p2: make("p2") };
  const all = Object.values(servers);
  // Whoever reads the output has read enough, or the command fails: it ends without a chance to wait.
  const cut = () => {
    for (const server of all) server.cut();
    removeNow(folder);
  };
  process.once("exit", cut);
  return {
    folder,
    open: async () => {
      await Promise.all(all.map((server) => server.create().then(() => server.start())));
      const version = await versionOf(servers.p1.url);
      const who = person ? `, run by ${person.name}` : "";
      const where = all.map(({ name, port }) => `${name} on port ${port}`).join(", ");
      return `PostgreSQL ${version} of ${binaries.folder}${who}: ${where}`;
    },
    urlOf: (name) => servers[name].url,
    killer: { kill: (name) => servers[name].kill(), start: (name) => servers[name].start() },
    close: async () => {
      await Promise.all(all.map((server) => server.close()));
      await removeFolder(folder);
      process.off("exit", cut);
    },
  };
}

/** The version; throws `NoServer` if the server cannot do what is asked of it. */
async function versionOf(url: string): Promise<string> {
  const { host, pathname } = new URL(url);
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on("error", () => {});
  let found: { version: string; most: number } | undefined;
  try {
    await client.connect();
    const { rows } = await client.query(
      "select current_setting('server_version') as version, current_setting('max_prepared_transactions')::int as most",
    );
    found = rows[0];
  } catch (error) {
    throw new NoServer(`${host}${pathname} cannot be used: ${(error as Error).message || "no connection"}.`);
  } finally {
    await client.end().catch(() => {});
  }
  if (found && found.most > 0) return found.version.split(" ")[0] ?? found.version;
  throw new NoServer(
    `${host}${pathname} has max_prepared_transactions = 0: set it to 64, and start that server again.`,
  );
}
