import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { type Binaries, NoServer, type Person } from "./binaries.ts";

const startMs = 60_000;

export interface ServerOptions {
  readonly name: string;
  /** Holds the data, the log, and the file with the password. */
  readonly folder: string;
  readonly password: string;
  readonly binaries: Binaries;
  readonly person: Person | undefined;
}

/** One PostgreSQL server of our own, on a loopback port. */
export class Server {
  readonly name: string;
  readonly #options: ServerOptions;
  readonly #data: string;
  readonly #log: string;
  #port = 0;
  #process: ChildProcess | undefined;
  #isClosed = false;

  constructor(options: ServerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#data = join(options.folder, options.name);
    this.#log = join(options.folder, `${options.name}.log`);
  }

  get url(): string {
    return `postgres://workbook:${this.#options.password}@127.0.0.1:${this.#port}/postgres`;
  }

  get port(): number {
    return this.#port;
  }

  /** Makes an empty database, on disk only. */
  async create(): Promise<void> {
    const args = ["-D", this.#data, "-U", "workbook", "-E", "UTF8", "--no-locale", "--no-sync"];
    const auth = ["-A", "scram-sha-256", `--pwfile=${join(this.#options.folder, "password")}`];
    const initdb = this.#spawn("initdb", [...args, ...auth]);
    this.#process = initdb;
    const status = await ended(initdb);
    if (status !== 0) throw this.#cannot("initdb failed");
  }

  /** When it takes connections: the first time, and after a kill, when it has recovered what its log says. */
  async start(): Promise<void> {
    const isFirst = this.#port === 0;
    const deadline = performance.now() + startMs;
    while (performance.now() < deadline && !this.#isClosed) {
      if (isFirst) this.#port = await freePort();
      const running = this.#spawn("postgres", this.#settings());
      this.#process = running;
      while (running.exitCode === null && running.signalCode === null && performance.now() < deadline) {
        if (await answers(this.url)) return;
        await pause(20);
      }
      // The port was taken meanwhile, or a process of the life before still holds the shared memory: it ends by itself.
      await pause(50);
      if (!/could not bind|still in use|already exists/.test(this.#lastWords())) break;
    }
    throw this.#cannot(`${this.name} does not start`);
  }

  /** SIGKILL: nothing is flushed, nothing is said. Its helpers end when they notice. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Ends it for good. The data are thrown away, so nothing is flushed either. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#end(process.platform === "win32" ? "SIGKILL" : "SIGQUIT");
  }

  /** The command ends at once, and can wait for nothing. */
  cut(): void {
    this.#isClosed = true;
    this.#process?.kill("SIGKILL");
  }

  async #end(signal: "SIGKILL" | "SIGQUIT"): Promise<void> {
    const running = this.#process;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const isOver = once(running, "exit");
    running.kill(signal);
    const last = setTimeout(() => running.kill("SIGKILL"), 10_000);
    await isOver;
    clearTimeout(last);
  }

  #settings(): string[] {
    const settings = {
      listen_addresses: "127.0.0.1",
      port: this.#port,
      unix_socket_directories: "",
      max_prepared_transactions: 64,
      max_connections: 40,
      shared_buffers: "16MB",
      fsync: "on",
      synchronous_commit: "on",
    };
    return [
      "-D",
      this.#data,
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ];
  }

  #spawn(program: string, args: string[]): ChildProcess {
    const { binaries, person, folder } = this.#options;
    const log = openSync(this.#log, "a");
    const child = spawn(join(binaries.folder, program), args, {
      cwd: folder,
      env: { ...process.env, ...binaries.env, LC_ALL: "C" },
      stdio: ["ignore", log, log],
      ...(person ? { uid: person.uid, gid: person.gid } : {}),
    });
    // Without a listener an error would end the command; `ended` and `start` see that it does not run.
    child.on("error", () => {});
    return child;
  }

  #lastWords(): string {
    const lines = readFileSync(this.#log, "utf8").trim().split("\n");
    return lines.findLast((line) => /FATAL|PANIC|error|could not/i.test(line)) ?? lines.at(-1) ?? "";
  }

  #cannot(what: string): NoServer {
    const { binaries, person } = this.#options;
    const who = person ? ` as ${person.name}` : "";
    const why = this.#lastWords() || "it cannot be run; may that user read the folder?";
    return new NoServer(`${what} (${binaries.folder}${who}): ${why}`);
  }
}

async function ended(child: ChildProcess): Promise<number | null> {
  return await new Promise((done) => {
    child.once("error", () => done(null));
    child.once("exit", (status) => done(status));
  });
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("select 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as { port: number };
  listener.close();
  await once(listener, "close");
  return port;
}
