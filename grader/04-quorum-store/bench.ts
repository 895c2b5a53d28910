import { app, type NodeId, Solo } from "#lib/sim";
import { formatValue } from "#lib/trace";
import type {
  Exercise,
  Message,
  ReadReply,
  ReplicaConfig,
  Request,
  Row,
  Version,
  WriteReply,
} from "#protocol/04-quorum-store";
import { type Crash, claim, crashesAmong } from "../suite/index.ts";

/** Three replicas, W = R = 2, and nothing but what 04.2 asks for. */
export const plain: ReplicaConfig = {
  replicas: ["n1", "n2", "n3"],
  w: 2,
  r: 2,
  retryMs: 50,
  timeoutMs: 400,
  readRepair: false,
  graceMs: null,
  spares: [],
  sloppy: false,
  handOffMs: 200,
  compareMs: null,
  writeBack: false,
};

export const five: ReplicaConfig = { ...plain, replicas: ["n1", "n2", "n3", "n4", "n5"], w: 3, r: 3 };

export function version(counter: number, node: NodeId): Version {
  return { counter, node };
}

export function row(key: string, counter: number, node: NodeId, value: string | null): Row {
  return { key, version: { counter, node }, value };
}

export function versionText(it: Version | null | undefined): string {
  return it ? `(${it.counter}, ${it.node})` : "none";
}

export function rowText(it: Row | null | undefined): string {
  if (!it) return "no row";
  return it.value === null
    ? `a tombstone ${versionText(it.version)}`
    : `${it.value || '""'} ${versionText(it.version)}`;
}

export function isBelow(a: Version | null | undefined, b: Version): boolean {
  if (!a) return true;
  return a.counter < b.counter || (a.counter === b.counter && a.node < b.node);
}

export function isEqual(a: Version | null | undefined, b: Version | null | undefined): boolean {
  return a?.counter === b?.counter && a?.node === b?.node;
}

type Sent = { readonly to: NodeId; readonly message: Message };

/**
 * One node of the work, and the test is everyone else. Its peers are honest replicas, each with rows of its own; a test says who answers,
 * and when. What the node sends to itself arrives at once.
 */
export class Bench {
  readonly solo: Solo<Message, unknown>;
  readonly peers = new Map<NodeId, Map<string, Row>>();
  /** Everything that was sent to others, in all lives. */
  readonly everSent: Sent[] = [];
  /** What nobody has taken yet. */
  #waiting: Sent[] = [];
  readonly #make: () => InstanceType<Exercise["Replica"]>;
  #id = 0;

  constructor(Replica: Exercise["Replica"], config: ReplicaConfig, self = "n1") {
    this.#make = () => new Replica(config);
    const nodes = ["n1", "n2", "n3", "n4", "n5", "n6", "p"].filter((node) => node !== self);
    for (const node of nodes) this.peers.set(node, new Map());
    this.solo = new Solo(this.#make(), { self, peers: nodes });
    this.#take(this.solo.sent);
  }

  get self(): NodeId {
    return this.solo.self;
  }

  /** Asks as the application; gives the id. */
  ask(op: "put" | "get" | "delete", key: string, value = ""): number {
    const id = ++this.#id;
    this.receive(app, this.request(op, id, key, value));
    return id;
  }

  request(op: "put" | "get" | "delete", id: number, key: string, value = ""): Request {
    if (op === "put") return { type: "Put", id, key, value };
    return { type: op === "get" ? "Get" : "Delete", id, key };
  }

  receive(from: NodeId, message: Message): void {
    this.#take(this.solo.receive(from, message));
  }

  advance(ms: number): void {
    this.#take(this.solo.advance(ms));
  }

  /** Time passes, and the node crashes at the next timer that runs out when the first effects of that have happened. */
  advanceAndCrash({ count, kept }: Crash): void {
    const [next] = this.solo.timers;
    if (!next) return;
    this.solo.nowMs = Math.max(this.solo.nowMs, next.atMs);
    this.solo.fireAndCrash(next.timer, count, kept);
    this.restart();
  }

  /** The node crashes and starts again, and so does its application, which counts from 1 again. */
  crash(): void {
    this.solo.crash("none");
    this.#id = 0;
    this.#answers = [];
    this.restart();
  }

  restart(): void {
    this.#take(this.solo.restart(this.#make()));
  }

  /**
   * These peers take what was sent to them, and answer. What goes to others is lost. `times`: how often each answer arrives;
   * `asked`: who answers a Fetch, if these are others.
   */
  answer(nodes: readonly NodeId[], times = 1, asked = nodes): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const node of this.peers.keys()) {
      for (const { to, message } of waiting) {
        const isUp = (message.type === "Fetch" ? asked : nodes).includes(node);
        const reply = to === node && isUp ? this.replyOf(node, message) : undefined;
        for (let i = 0; reply && i < times; i++) this.receive(node, reply);
      }
    }
  }

  /** The peers answer until nothing more is sent or the time is over. */
  run(nodes: readonly NodeId[], ms = 1): void {
    const until = this.solo.nowMs + ms;
    for (let rounds = 0; rounds < 1000; rounds++) {
      for (let calm = 0; this.#waiting.length > 0 && calm < 100; calm++) this.answer(nodes);
      if (this.solo.nowMs >= until) return;
      this.advance(Math.min(10, until - this.solo.nowMs));
    }
  }

  /** What an honest replica says to a message; it keeps what it is told to. */
  replyOf(node: NodeId, message: Message): Message | undefined {
    const rows = this.peers.get(node) as Map<string, Row>;
    if (message.type === "Fetch")
      return { type: "FetchReply", op: message.op, key: message.key, row: rows.get(message.key) ?? null };
    if (message.type === "Hint") {
      const { home, key, version } = message;
      return { type: "HintReply", home, key, version };
    }
    if (message.type !== "Store") return undefined;
    const { key, version, value } = message;
    if (isBelow(rows.get(key)?.version, version)) rows.set(key, { key, version, value });
    return { type: "StoreReply", key, version };
  }

  /** The row that the node answers with. */
  fetch(key: string): Row | null {
    this.solo.clearSent();
    this.receive("p", { type: "Fetch", op: "probe", key });
    const replies = this.solo.sent.filter(({ to }) => to === "p").map((it) => it.message);
    const reply = replies.find((it) => it.type === "FetchReply");
    claim(
      reply?.type === "FetchReply",
      `p asked ${this.self} with Fetch for ${key}, and no FetchReply came: every Fetch is answered at once`,
    );
    return reply.row;
  }

  /** Stores a row as another coordinator would. */
  store(it: Row): void {
    this.receive("n2", { type: "Store", ...it });
  }

  written(id: number): WriteReply | undefined {
    return this.#answers.find((it): it is WriteReply => it.type === "WriteReply" && it.id === id);
  }

  read(id: number): ReadReply | undefined {
    return this.#answers.find((it): it is ReadReply => it.type === "ReadReply" && it.id === id);
  }

  answersTo(id: number): (ReadReply | WriteReply)[] {
    return this.#answers.filter((it) => it.id === id);
  }

  /** The messages of one type to one peer, or to all. */
  sent<T extends Message["type"]>(
    type: T,
    to?: NodeId,
  ): (Sent & { message: Extract<Message, { type: T }> })[] {
    return this.everSent.filter(
      (it): it is Sent & { message: Extract<Message, { type: T }> } =>
        it.message.type === type && (to === undefined || it.to === to),
    );
  }

  /** Every way in which the node can crash when this message comes. It takes the message, so it is of no use after that. */
  crashesAt(from: NodeId, message: Message): Crash[] {
    this.solo.receive(from, message);
    return crashesAmong(this.self, this.solo.effects);
  }

  /** A message comes, the node crashes in its handler, and starts again. Gives what it had sent before. */
  receiveAndCrash(from: NodeId, message: Message, { count, kept }: Crash): readonly Sent[] {
    const sent = this.solo.receiveAndCrash(from, message, count, kept);
    for (const it of sent) if (it.to !== this.self && it.to !== app) this.everSent.push(it);
    for (const it of sent) if (it.to === app) this.#answers.push(it.message as ReadReply | WriteReply);
    this.restart();
    return sent;
  }

  #answers: (ReadReply | WriteReply)[] = [];

  #take(sent: readonly Sent[]): void {
    for (const it of sent) {
      if (it.to === app) this.#answers.push(it.message as ReadReply | WriteReply);
      else if (it.to !== this.self) {
        this.#waiting.push(it);
        this.everSent.push(it);
      }
    }
    for (const it of sent) if (it.to === this.self) this.#take(this.solo.receive(this.self, it.message));
  }
}

export function replyText(it: ReadReply | WriteReply | undefined): string {
  if (!it) return "no answer";
  const value = it.type === "ReadReply" && it.outcome === "ok" ? `, value = ${formatValue(it.value)}` : "";
  return `${it.type} ${it.outcome}${value}${it.version ? `, version ${versionText(it.version)}` : ""}`;
}
