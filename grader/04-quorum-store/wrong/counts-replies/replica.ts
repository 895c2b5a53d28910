import { app, type Node, type NodeId } from "#lib/sim";
import type {
  Answer,
  FetchReply,
  Message,
  PeerMessage,
  ReplicaConfig,
  Request,
  Row,
  Version,
} from "#protocol/04-quorum-store";
import { beginComparison, compare, compareWithOne, exchange } from "./anti-entropy.ts";
import { beginGrace, collectIfSafe, endGrace } from "./deletes.ts";
import { dropHint, fallbacks, handOff, hintedRow, keepHint } from "./hints.ts";
import { isQuorum, isSame, newest } from "./quorum.ts";
import { repairsOf } from "./repair.ts";
import { counterOf, keepRow, type ReplicaContext, rowOf, type Timer } from "./rows.ts";
import { rowToWriteBack } from "./write-back.ts";

/** One request of the application: first R replicas are asked, and then, if there is a row to store, W replicas get it. */
interface Operation {
  readonly op: string;
  readonly request: Request;
  readonly found: Map<NodeId, Row | null>;
  /** What is stored: a write's row, or the row that a read writes back. */
  row: Row | null;
  readonly storedBy: NodeId[];
  isOver: boolean;
}

export class Replica implements Node<Message, Timer> {
  readonly #config: ReplicaConfig;
  readonly #operations = new Map<string, Operation>();
  #life = 0;
  #opCount = 0;

  constructor(config: ReplicaConfig) {
    this.#config = config;
  }

  onStart(ctx: ReplicaContext): void {
    // An answer to a question of an earlier life may still be on its way: no `op` is used again.
    this.#life = (ctx.disk.get<number>("life") ?? 0) + 1;
    ctx.disk.set("life", this.#life);
    ctx.disk.sync();
    if (this.#config.compareMs !== null) beginComparison(ctx, this.#config);
    if (this.#config.spares.length > 0) handOff(ctx, this.#config);
  }

  onMessage(ctx: ReplicaContext, from: NodeId, message: Message): void {
    switch (message.type) {
      case "Put":
      case "Delete":
      case "Get":
        return this.#begin(ctx, message);
      case "Fetch": {
        const hinted = this.#config.sloppy ? hintedRow(ctx, message.key) : null;
        const row = newest([rowOf(ctx, message.key), hinted]);
        return this.#send(ctx, from, { type: "FetchReply", op: message.op, key: message.key, row });
      }
      case "FetchReply":
        return this.#found(ctx, from, message);
      case "Store":
        keepRow(ctx, message);
        return this.#send(ctx, from, { type: "StoreReply", key: message.key, version: message.version });
      case "StoreReply":
        if (this.#config.spares.length > 0) dropHint(ctx, from, message.key, message.version);
        return this.#stored(ctx, from, message.key, message.version);
      case "Collect":
        return beginGrace(ctx, this.#config, message);
      case "Hint":
        return keepHint(ctx, this.#config, from, message);
      case "HintReply":
        return this.#stored(ctx, from, message.key, message.version);
      case "Compare":
        return compare(ctx, from, message);
      case "Rows":
        return exchange(ctx, from, message);
      default:
        message satisfies Answer; // These go to the application, and come from nobody.
    }
  }

  onTimer(ctx: ReplicaContext, timer: Timer): void {
    switch (timer.type) {
      case "Retry":
        return this.#retry(ctx, timer.op);
      case "Late":
        return this.#giveUp(ctx, timer.op);
      case "Drop":
        return endGrace(ctx, timer.key, timer.version);
      case "HandOff":
        return handOff(ctx, this.#config);
      case "Compare":
        return compareWithOne(ctx, this.#config);
    }
  }

  #begin(ctx: ReplicaContext, request: Request): void {
    const op = `${this.#life}.${++this.#opCount}`;
    const operation: Operation = {
      op,
      request,
      found: new Map(),
      row: null,
      storedBy: [],
      isOver: false,
    };
    this.#operations.set(op, operation);
    ctx.setTimer({ type: "Retry", op }, this.#config.retryMs);
    ctx.setTimer({ type: "Late", op }, this.#config.timeoutMs);
    this.#ask(ctx, operation);
  }

  /** What is here is asked without the network. */
  #send(ctx: ReplicaContext, to: NodeId, message: PeerMessage): void {
    if (to === ctx.self) this.onMessage(ctx, to, message);
    else ctx.send(to, message);
  }

  /** Asks every replica that has not answered. */
  #ask(ctx: ReplicaContext, { op, request: { key }, row, found, storedBy }: Operation): void {
    for (const to of this.#config.replicas) {
      if (row && !storedBy.includes(to)) this.#send(ctx, to, { type: "Store", ...row });
      if (!row && !found.has(to)) this.#send(ctx, to, { type: "Fetch", op, key });
    }
  }

  #retry(ctx: ReplicaContext, op: string): void {
    const operation = this.#operations.get(op);
    if (!operation || (operation.isOver && !this.#isForAll(operation.request))) return;
    ctx.setTimer({ type: "Retry", op }, this.#config.retryMs);
    this.#ask(ctx, operation);
    this.#askSpares(ctx, operation);
  }

  /** A tombstone is brought to all replicas, since only then may it go. Where there are spares, every write is, or a hint of it. */
  #isForAll({ type }: Request): boolean {
    return type === "Delete" || (type === "Put" && this.#config.spares.length > 0);
  }

  #askSpares(ctx: ReplicaContext, { op, request: { key }, row, found, storedBy }: Operation): void {
    const { replicas, spares, sloppy } = this.#config;
    const answered = row ? storedBy : found.keys();
    for (const { spare, home } of fallbacks(replicas, [...answered], spares)) {
      if (row) this.#send(ctx, spare, { type: "Hint", ...row, home });
      else if (sloppy) this.#send(ctx, spare, { type: "Fetch", op, key });
    }
  }

  /** Whoever counts to R and W. */
  get #members(): readonly NodeId[] {
    const { replicas, spares, sloppy } = this.#config;
    return sloppy ? [...replicas, ...spares] : replicas;
  }

  #found(ctx: ReplicaContext, from: NodeId, { op, row }: FetchReply): void {
    const operation = this.#operations.get(op);
    if (!operation) return; // An answer to an older question may be out of date.
    if (operation.found.has(from)) return; // The network has repeated it.
    operation.found.set(from, row);
    if (operation.isOver) return this.#repair(ctx, operation);
    if (operation.row || !isQuorum([...operation.found.keys()], this.#members, this.#config.r)) return;
    if (operation.request.type === "Get") this.#read(ctx, operation);
    else this.#write(ctx, operation, operation.request);
  }

  #read(ctx: ReplicaContext, operation: Operation): void {
    const found = [...operation.found].map(([node, row]) => ({ node, row }));
    operation.row = this.#config.writeBack ? rowToWriteBack(found, this.#config.w) : null;
    if (operation.row) this.#ask(ctx, operation);
    else this.#answerRead(ctx, operation);
  }

  #answerRead(ctx: ReplicaContext, operation: Operation): void {
    operation.isOver = true;
    const row = operation.row ?? newest([...operation.found.values()]);
    const { id } = operation.request;
    const [value, version] = [row?.value ?? null, row?.version ?? null];
    ctx.send(app, { type: "ReadReply", id, outcome: "ok", value, version });
    this.#repair(ctx, operation);
  }

  #repair(ctx: ReplicaContext, { request, found }: Operation): void {
    if (!this.#config.readRepair || request.type !== "Get") return;
    const { replicas } = this.#config;
    const answers = [...found]
      .map(([node, row]) => ({ node, row }))
      .filter(({ node }) => replicas.includes(node));
    for (const { to, row } of repairsOf(answers)) {
      found.set(to, row); // Once is enough: if it is lost, the next read will see it.
      this.#send(ctx, to, { type: "Store", ...row });
    }
  }

  #write(ctx: ReplicaContext, operation: Operation, request: Exclude<Request, { type: "Get" }>): void {
    const read = newest([...operation.found.values()])?.version.counter ?? 0;
    // Two writes that are open here at once have read the same. The counter tells them apart, also after a crash.
    const counter = Math.max(read, counterOf(ctx)) + 1;
    ctx.disk.set("counter", counter);
    ctx.disk.sync();
    const version: Version = { counter, node: ctx.self };
    operation.row = { key: request.key, version, value: request.type === "Put" ? request.value : null };
    this.#ask(ctx, operation);
  }

  /** That a replica has a version stays true, so it does not matter which Store the answer is to. */
  #stored(ctx: ReplicaContext, from: NodeId, key: string, version: Version): void {
    for (const operation of this.#operations.values()) {
      const { row, storedBy, request } = operation;
      if (row?.key !== key || !isSame(row.version, version)) continue;
      storedBy.push(from);
      if (!operation.isOver && storedBy.length >= this.#config.w) {
        if (request.type === "Get") this.#answerRead(ctx, operation);
        else this.#answerWrite(ctx, operation, row.version);
      }
      if (request.type === "Delete") collectIfSafe(ctx, this.#config, row, [...storedBy]);
    }
  }

  #answerWrite(ctx: ReplicaContext, operation: Operation, version: Version): void {
    operation.isOver = true;
    ctx.send(app, { type: "WriteReply", id: operation.request.id, outcome: "ok", version });
  }

  #giveUp(ctx: ReplicaContext, op: string): void {
    const operation = this.#operations.get(op);
    this.#operations.delete(op);
    if (!operation || operation.isOver) return;
    const { id, type } = operation.request;
    if (type === "Get") {
      ctx.send(app, { type: "ReadReply", id, outcome: "fail", value: null, version: null });
      return;
    }
    // What was sent may arrive, and may be read. It is not taken back: that would be another write, as uncertain as this one.
    ctx.send(app, { type: "WriteReply", id, outcome: operation.row ? "info" : "fail", version: null });
  }
}
