import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { app, type Effect, type NodeId } from "#lib/sim";
import type { Action, CoordinatorMessage, ParticipantMessage, Told } from "#protocol/10-two-phase-commit";
import { explain } from "../run/explain.ts";
import { accounts, Bank } from "./bank.ts";
import { DiskFile } from "./disk-file.ts";
import { Machine } from "./machine.ts";
import { Participant } from "./participant.ts";
import { type ServerName, type Servers, serverNames } from "./servers.ts";
import { Story } from "./story.ts";
import type { Doing, NewCoordinator } from "./work.ts";

/** Long beside what a server takes, even on a disk that others keep busy: only what never comes meets it. */
const longVoteMs = 30_000;
const patienceMs = 40_000;
/** What never came once is not waited for as long again. */
const impatienceMs = 10_000;
const retryMs = 100;

/** A scene did not end as it should; the message says what was found instead. */
export class Broken extends Error {
  override readonly name = "Broken";
  /** `todo`: a part is not written yet. `late`: something never came. */
  readonly kind: "wrong" | "todo" | "late";

  constructor(message: string, kind: Broken["kind"] = "wrong") {
    super(message);
    this.kind = kind;
  }
}

type Message = CoordinatorMessage | ParticipantMessage;

/** One transfer between two accounts. */
export interface Transfer {
  readonly from: string;
  readonly to: string;
  readonly amount: number;
}

export interface StageOptions {
  readonly servers: Servers;
  readonly newCoordinator: NewCoordinator;
  /** Hears what the coordinator is called for. */
  readonly doing?: Doing | undefined;
  readonly isPatient?: boolean;
  /** How long the coordinator waits for votes. */
  readonly voteMs?: number | undefined;
}

/** A coordinator c, two participants on two servers, and the messages between them. What goes wrong, a scene decides. */
export class Stage {
  readonly story = new Story();
  readonly c: Machine;
  readonly participants: { readonly [name in ServerName]: Participant };
  readonly banks: { readonly [name in ServerName]: Bank };
  readonly servers: Servers;
  readonly told: Told[] = [];
  /** Called before a message is delivered: what it does, happens first; true loses the message. */
  before: (from: NodeId, to: NodeId, message: Message) => Promise<boolean> = async () => false;
  /** Says where the coordinator crashes. */
  crashesBefore: (effect: Effect) => boolean = () => false;
  readonly disk: DiskFile;
  readonly #links = new Map<string, Promise<void>>();
  #fault: Error | undefined;
  #isOver = false;
  /** Servers that a scene has killed and not started again. */
  readonly #down = new Set<ServerName>();
  readonly #patienceMs: number;

  constructor({
    servers,
    newCoordinator,
    doing = () => {},
    isPatient = true,
    voteMs = longVoteMs,
  }: StageOptions) {
    this.servers = servers;
    this.#patienceMs = isPatient ? patienceMs : impatienceMs;
    this.disk = new DiskFile(join(mkdtempSync(join(servers.folder, "c-")), "disk"));
    this.c = new Machine({
      self: "c",
      peers: serverNames,
      newLife: () => newCoordinator({ voteMs, retryMs }),
      disk: this.disk,
      send: (to, message) => this.#send("c", to, message as Message),
      crashesBefore: (effect) => this.crashesBefore(effect),
      onCrash: () => this.#isOver || this.story.add("c ✗ is killed"),
      doing,
      onFault: ({ message, error }) => {
        const { sentence, where, status } = explain(
          error instanceof Error ? error : { name: "Broken", message },
        );
        const place = where === undefined ? "" : ` (${where})`;
        this.#fault = new Broken(`${sentence}${place}`, status === "not-started" ? "todo" : "wrong");
      },
    });
    const bankOf = (name: ServerName) => new Bank(name, servers.urlOf(name));
    this.banks = { p1: bankOf("p1"), p2: bankOf("p2") };
    this.participants = { p1: this.#participant("p1"), p2: this.#participant("p2") };
  }

  async open(): Promise<void> {
    for (const name of serverNames) await this.banks[name].reset();
    for (const name of serverNames) await this.participants[name].start();
    await this.startCoordinator();
  }

  async startCoordinator(): Promise<void> {
    this.story.add("c starts");
    this.crashesBefore = () => false;
    await this.c.start();
  }

  /** The application asks for a transfer. */
  submit(request: string, { from, to, amount: sum }: Transfer): void {
    const parts: { [server: NodeId]: Action[] } = {};
    for (const [account, amount] of [
      [from, -sum],
      [to, sum],
    ] as const) {
      const place = placeOf(account);
      parts[place] = [...(parts[place] ?? []), { op: "add", account, amount, ref: request }];
    }
    this.story.add(`app → c   Submit ${sum} from ${from} to ${to}`);
    this.c.receive(app, { type: "Submit", request, work: parts });
  }

  /** When the application has been told how a request ended. */
  async outcomeOf(request: string): Promise<Told> {
    return await this.until(`the application is told how ${request} ended`, () =>
      this.told.find((told) => told.request === request),
    );
  }

  /** When no transaction is prepared on either server any more. */
  async settled(): Promise<void> {
    await this.until("nothing is prepared on either server any more", async () => {
      const found = await Promise.all(serverNames.map((name) => this.banks[name].prepared()));
      return found.flat().length === 0;
    });
  }

  /** All balances of both servers. */
  async balances(): Promise<{ [account: string]: number }> {
    const [first, second] = await Promise.all(serverNames.map((name) => this.banks[name].balances()));
    return { ...first, ...second };
  }

  /** When the probe finds something; `what` says in a sentence what should come. */
  async until<T>(
    what: string,
    probe: () => T | undefined | false | Promise<T | undefined | false>,
  ): Promise<T> {
    const deadline = performance.now() + this.#patienceMs;
    for (;;) {
      this.assertNoFault();
      const found = await probe();
      if (found !== undefined && found !== false) return found;
      if (performance.now() > deadline) break;
      await this.story.next();
    }
    for (const name of serverNames) {
      const deeds = await this.banks[name]
        .deeds()
        .catch((error: Error) => [`cannot be asked: ${error.message}`]);
      for (const deed of deeds) this.story.add(`${name} now: ${deed}`);
    }
    throw new Broken(`After ${this.#patienceMs / 1000} s it has not come to this: ${what}.`, "late");
  }

  assertNoFault(): void {
    if (this.#fault) throw this.#fault;
  }

  async killServer(name: ServerName): Promise<void> {
    this.story.add(`${name} ✗ its server is killed`);
    this.#down.add(name);
    await this.banks[name].close();
    await this.servers.killer?.kill(name);
    await this.participants[name].crash();
  }

  /** The server recovers. Its participant does not know of it yet: `participants[name].start()`. */
  async startServer(name: ServerName): Promise<void> {
    await this.servers.killer?.start(name);
    this.#down.delete(name);
    this.story.add(`${name} its server has recovered`);
  }

  async close(): Promise<void> {
    this.#isOver = true;
    this.c.crash();
    await Promise.all(this.#links.values());
    // A scene that broke off may have left a server down, and the next one needs both.
    for (const name of this.#down) await this.servers.killer?.start(name);
    for (const name of serverNames) {
      await this.participants[name].crash();
      await this.banks[name].clear().catch(() => {});
      await this.banks[name].close();
    }
  }

  #participant(self: ServerName): Participant {
    return new Participant({
      self,
      coordinator: "c",
      url: this.servers.urlOf(self),
      retryMs,
      send: (message) => this.#send(self, "c", message as Message),
      tell: (line) => this.story.add(`${self} ${line}`),
    });
  }

  /** Messages of one link arrive in order, and each waits for what a scene does before it. */
  #send(from: NodeId, to: NodeId, message: Message): void {
    const link = `${from} → ${to}`;
    const before = this.#links.get(link) ?? Promise.resolve();
    const line = this.story.add(`${link.padEnd(8)}  ${briefly(message)}`);
    const after = before.then(async () => {
      if (this.#isOver) return;
      const isLost = (await this.before(from, to, message)) || !this.#isUp(to);
      if (!isLost) this.#deliver(from, to, message);
      this.story.settle(line, isLost);
    });
    const failed = (error: unknown) => {
      this.#fault ??= error as Error;
    };
    this.#links.set(link, after.catch(failed));
  }

  #isUp(id: NodeId): boolean {
    if (id === "p1" || id === "p2") return this.participants[id].isUp;
    return id === app || this.c.isUp;
  }

  #deliver(from: NodeId, to: NodeId, message: Message): void {
    if (to === app) this.told.push(message as Told);
    else if (to === "c") this.c.receive(from, message);
    else this.participants[to as ServerName].receive(message as ParticipantMessage);
  }
}

/** Which server keeps an account. */
export function placeOf(account: string): ServerName {
  return accounts.p1.includes(account) ? "p1" : "p2";
}

function briefly(message: Message): string {
  switch (message.type) {
    case "Submit":
      return message.type;
    case "Vote":
      return `Vote ${message.yes ? "yes" : "no"} ${message.id}`;
    case "Told":
    case "Decided":
      return `${message.type} ${message.outcome} ${message.id}`;
    default:
      return `${message.type} ${message.id}`;
  }
}
