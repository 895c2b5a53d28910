import { type NodeId, Solo } from "#lib/sim";
import { formatValue } from "#lib/trace";
import type {
  Exercise,
  Handover,
  Request,
  Row,
  Rows,
  ServerMessage,
  Session,
} from "#protocol/05-partitioning";
import { Broken, type Crash, claim, crashesAmong } from "../suite/index.ts";
import { keysIn, moveConfig } from "./move-cluster.ts";

export const keys = keysIn("s1", 8);
export const [k = "", other = ""] = keys;
export const elsewhere = keysIn("s2", 1)[0] as string;

type Sent = readonly { readonly to: NodeId; readonly message: ServerMessage }[];

/** What `ask` gives when no Done came back. */
export const noDone = "no Done";

/** One server alone; the test is everyone else: clients c1 and c2, the mover d, the other servers. */
export class ServerBench {
  readonly solo: Solo<ServerMessage, unknown>;
  readonly #make: () => InstanceType<Exercise["Server"]>;
  #seq = 0;
  #before: ServerBench["solo"]["sent"] = [];

  constructor(Server: Exercise["Server"], self: NodeId, shards: readonly string[], firstCrash?: Crash) {
    this.#make = () => new Server({ mover: "d", shards, ...moveConfig });
    const peers = ["d", "n1", "n2", "n3", "c1", "c2"];
    this.solo = new Solo(this.#make(), { self, peers, isDown: firstCrash !== undefined });
    if (firstCrash) this.solo.restartAndCrash(this.#make(), firstCrash.count, firstCrash.kept);
  }

  /** A request of c1, with the next seq unless told. `noDone`: it was not answered with Done. */
  ask(
    op: Request["op"],
    key: string,
    value: string | null = null,
    seq = ++this.#seq,
    client = "c1",
  ): string | null {
    const request: Request = { type: "Request", client, seq, op, key, value, version: 1 };
    return doneIn(this.solo.receive(client, request), client, seq);
  }

  /** Everything it has sent, in all its lives. */
  get everSent(): ServerBench["solo"]["sent"] {
    return [...this.#before, ...this.solo.sent];
  }

  crash(): void {
    this.solo.crash("none");
    this.restart();
  }

  restart(): Sent {
    return this.solo.restart(this.#make());
  }

  /** Every way in which the server can crash when this message comes. It takes the message, so it is of no use after that. */
  crashesAt(from: NodeId, message: ServerMessage): Crash[] {
    this.solo.receive(from, message);
    return crashesAmong(this.solo.self, this.solo.effects);
  }

  /** A message comes, the server crashes in its handler, and starts again. Gives what was sent before the crash. */
  receiveAndCrash(from: NodeId, message: ServerMessage, { count, kept }: Crash): Sent {
    const sent = this.solo.receiveAndCrash(from, message, count, kept);
    this.restart();
    return sent;
  }

  begin(version = 2, to = "n2"): Sent {
    return this.solo.receive("d", { type: "BeginMove", shard: "s1", version, to });
  }

  /** The first rows that a move sends: at once, or after a while. */
  firstRows(to = "n2"): Rows {
    if (rowsIn(this.solo.sent, to).length === 0) this.solo.advance(6 * moveConfig.retryMs);
    const [first] = rowsIn(this.solo.sent, to);
    claim(
      first !== undefined,
      `The mover has sent BeginMove, and no Rows went to ${to} within ${6 * moveConfig.retryMs} ms`,
    );
    return first;
  }

  /** Confirms every row that the server sends to the target, until the Handover comes. */
  handover(rows: Map<string, Row>, to = "n2"): Handover {
    for (let round = 0; round < 60; round++) {
      const sent = this.solo.sent.filter((it) => it.to === to);
      this.clearSent();
      for (const { message } of sent) {
        if (message.type === "Handover") return message;
        if (message.type === "Rows") this.confirm(message, rows, to);
      }
      if (this.solo.sent.length === 0) this.solo.advance(moveConfig.retryMs + 1);
    }
    throw new Broken(
      `The target, ${to}, has confirmed every row that it was sent, and for six seconds no Handover came: when it has all, the source hands over (invariant 11)`,
    );
  }

  clearSent(): void {
    this.#before = this.everSent;
    this.solo.clearSent();
  }

  /** The sessions of the Handover as text, in the order of the clients. */
  handoverText(): string {
    const { sessions } = this.handover(new Map());
    return formatValue([...sessions].sort((a, b) => (a.client < b.client ? -1 : 1)));
  }

  confirm(message: Rows, rows: Map<string, Row>, to = "n2"): void {
    for (const sent of message.rows) {
      const before = rows.get(sent.key);
      if (!before || before.version < sent.version) rows.set(sent.key, sent);
    }
    const safe = message.rows.map(({ key, version }) => ({ key, version }));
    this.solo.receive(to, { type: "RowsOk", shard: message.shard, version: message.version, rows: safe });
  }

  /** The server becomes the owner of s1, as the target of a move from n1. */
  receiveShard(rows: readonly Row[], sessions: readonly Session[], version = 2): void {
    if (rows.length > 0) this.solo.receive("n1", { type: "Rows", shard: "s1", version, rows });
    this.solo.receive("n1", { type: "Handover", shard: "s1", version, sessions });
    this.solo.receive("d", { type: "Take", shard: "s1", version });
  }

  /** Whether a text stands anywhere on the disk, in the name of a cell or in its value. */
  hasOnDisk(text: string): boolean {
    const { cells, entries } = this.solo.disk;
    return JSON.stringify([[...cells], entries]).includes(text);
  }
}

/** Fails unless a request was answered like this. */
export function answered(got: string | null, want: string | null, sentence: string): void {
  const should = want === noDone ? "there should be no Done" : `it should be ${want}`;
  claim(got === want, `${sentence}: ${should}, and ${got === noDone ? "there was no Done" : `it is ${got}`}`);
}

function doneIn(sent: Sent, client: NodeId, seq: number): string | null {
  for (const { to, message } of sent) {
    if (to === client && message.type === "Done" && message.seq === seq) return message.value;
  }
  return noDone;
}

export function typesIn(sent: Sent, to: NodeId): string[] {
  return sent.filter((it) => it.to === to).map((it) => it.message.type);
}

export function rowsIn(sent: Sent, to: NodeId): Rows[] {
  return sent.flatMap((it) => (it.to === to && it.message.type === "Rows" ? [it.message] : []));
}
