import { app, type Node, type NodeId } from "#lib/sim";
import type {
  Answer,
  Fetch,
  FetchReply,
  Message,
  ReplicaConfig,
  Request,
  Row,
  Store,
  Version,
} from "#protocol/04-quorum-store";
import { beginComparison, compare, compareWithOne, exchange } from "./anti-entropy.ts";
import { beginGrace, collectIfSafe, endGrace } from "./deletes.ts";
import { dropHint, fallbacks, handOff, hintedRow, keepHint } from "./hints.ts";
import { isQuorum, isSame, newest } from "./quorum.ts";
import { repairsOf } from "./repair.ts";
import { counterOf, keepRow, type ReplicaContext, rowOf, type Timer } from "./rows.ts";
import { rowToWriteBack } from "./write-back.ts";

interface Op {
  readonly name: string;
  readonly request: Request;
  readonly found: Map<NodeId, Row | null>;
  row: Row | null;
  readonly safe: Set<NodeId>;
  readonly repaired: Map<NodeId, Version>;
  answered: boolean;
}

/**
 * A node that coordinates what its application asks for and, if it is one of `config.replicas`, keeps every key.
 *
 * As a replica:
 * - It answers every Fetch and every Store at once, whoever sent it. What a StoreReply or a FetchReply tells of, a crash cannot take
 *   back: it is safe before it is told.
 * - A row is replaced only by a newer one. A Store of an older version is confirmed all the same.
 *
 * As a coordinator, which has to be right for several operations that are open at a time:
 * - It asks replicas with Fetch. When R different replicas have answered, a Get has its answer: the newest of their rows.
 * - A write then gets its version: this node, and 1 + the largest counter among those R answers and the counters that this node has ever
 *   used, in this life or before. A version is never given to two writes. Then Store goes to replicas, and when W different ones have
 *   it safe, the write is `ok`. The node itself, if it is a replica, counts once, like any other, and only with what it has safe.
 * - Whom it asks first is up to you. Whatever has not ended after retryMs is asked of every replica that has not answered, and so on
 *   each retryMs. The row of a write stays the same.
 * - When an operation is not `ok` after timeoutMs, a Get is answered with `fail`. A write is answered with `info`. Only if it was
 *   stored nowhere, and is not later either, may it be answered with `fail` instead. Nothing is taken back.
 * - Each request has one answer, which goes to the application: `app`, from #lib/sim.
 * - A FetchReply counts only for the Fetch with its `op`. A StoreReply counts for the write with its key and version, to whichever Store
 *   it is the answer.
 *
 * The dispatching is written already; change it if your design wants something else: only the messages are fixed. What a node sends
 * to itself arrives, at once and for certain.
 */
export class Replica implements Node<Message, Timer> {
  readonly #config: ReplicaConfig;

  #life = 0;
  #seq = 0;
  readonly #ops = new Map<string, Op>();

  constructor(config: ReplicaConfig) {
    this.#config = config;
  }

  onStart(ctx: ReplicaContext): void {
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
      case "Fetch":
        return this.#answerFetch(ctx, from, message);
      case "FetchReply":
        return this.#found(ctx, from, message);
      case "Store":
        return this.#answerStore(ctx, from, message);
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

  /** Someone wants this node's row of a key. */
  #answerFetch(ctx: ReplicaContext, from: NodeId, fetch: Fetch): void {
    let row = rowOf(ctx, fetch.key);
    if (this.#config.sloppy) row = newest([row, hintedRow(ctx, fetch.key)]);
    ctx.send(from, { type: "FetchReply", op: fetch.op, key: fetch.key, row });
  }

  /** Someone wants a row kept. */
  #answerStore(ctx: ReplicaContext, from: NodeId, store: Store): void {
    keepRow(ctx, store);
    ctx.send(from, { type: "StoreReply", key: store.key, version: store.version });
  }

  /** The application asks for something: an operation begins. (A Delete is for 04.4.) */
  #begin(ctx: ReplicaContext, request: Request): void {
    this.#seq += 1;
    const op: Op = {
      name: `${this.#life}.${this.#seq}`,
      request,
      found: new Map(),
      row: null,
      safe: new Set(),
      repaired: new Map(),
      answered: false,
    };
    this.#ops.set(op.name, op);
    this.#sendFetches(ctx, op);
    ctx.setTimer({ type: "Retry", op: op.name }, this.#config.retryMs);
    ctx.setTimer({ type: "Late", op: op.name }, this.#config.timeoutMs);
  }

  /** Whoever counts to R and W. */
  get #members(): readonly NodeId[] {
    return this.#config.sloppy ? [...this.#config.replicas, ...this.#config.spares] : this.#config.replicas;
  }

  #sendFetches(ctx: ReplicaContext, op: Op): void {
    for (const replica of this.#config.replicas) {
      if (!op.found.has(replica)) ctx.send(replica, { type: "Fetch", op: op.name, key: op.request.key });
    }
  }

  #sendStores(ctx: ReplicaContext, op: Op): void {
    if (op.row === null) return;
    for (const replica of this.#config.replicas) {
      if (!op.safe.has(replica)) ctx.send(replica, { type: "Store", ...op.row });
    }
  }

  /** A replica has told what it has. */
  #found(ctx: ReplicaContext, from: NodeId, reply: FetchReply): void {
    const op = this.#ops.get(reply.op);
    if (op === undefined || (op.row !== null && op.request.type !== "Get")) return;
    if (!this.#members.includes(from) || op.found.has(from)) return;
    op.found.set(from, reply.row);
    if (!isQuorum([...op.found.keys()], this.#members, this.#config.r)) return;
    if (op.request.type === "Get") this.#repair(ctx, op);
    if (op.answered || op.row !== null) return;
    const row = newest([...op.found.values()]);
    if (op.request.type === "Get") {
      const found = [...op.found].map(([node, row]) => ({ node, row }));
      op.row = this.#config.writeBack ? rowToWriteBack(found, this.#config.w) : null;
      if (op.row === null) {
        this.#answerRead(ctx, op, row);
        return;
      }
      for (const each of found) {
        if (each.row !== null && isSame(each.row.version, op.row.version)) op.safe.add(each.node);
      }
      this.#sendStores(ctx, op);
      ctx.setTimer({ type: "Retry", op: op.name }, this.#config.retryMs);
      return;
    }
    const counter =
      1 + Math.max(counterOf(ctx), ...[...op.found.values()].map((each) => each?.version.counter ?? 0));
    ctx.disk.set("counter", counter);
    ctx.disk.sync();
    const value = op.request.type === "Put" ? op.request.value : null;
    op.row = { key: op.request.key, version: { counter, node: ctx.self }, value };
    this.#sendStores(ctx, op);
    ctx.setTimer({ type: "Retry", op: op.name }, this.#config.retryMs);
  }

  #repair(ctx: ReplicaContext, op: Op): void {
    if (!this.#config.readRepair) return;
    for (const { to, row } of repairsOf([...op.found].map(([node, row]) => ({ node, row })))) {
      if (!this.#config.replicas.includes(to)) continue;
      const sent = op.repaired.get(to);
      if (sent !== undefined && isSame(sent, row.version)) continue;
      op.repaired.set(to, row.version);
      ctx.send(to, { type: "Store", ...row });
    }
  }

  #answerRead(ctx: ReplicaContext, op: Op, row: Row | null): void {
    op.answered = true;
    ctx.send(app, {
      type: "ReadReply",
      id: op.request.id,
      outcome: "ok",
      value: row?.value ?? null,
      version: row?.version ?? null,
    });
    if (!this.#config.readRepair)
      this.#end(ctx, op); // Otherwise late answers are still looked at, until it is late.
    else ctx.cancelTimer({ type: "Retry", op: op.name });
  }

  /** A node has a version, or a newer one, safe: a replica, or (04.5) a spare with a hint. */
  #stored(ctx: ReplicaContext, from: NodeId, key: string, version: Version): void {
    for (const op of this.#ops.values()) {
      if (op.row === null || op.row.key !== key || !isSame(op.row.version, version)) continue;
      op.safe.add(from);
      if (!op.answered && isQuorum([...op.safe], this.#members, this.#config.w)) {
        if (op.request.type === "Get") {
          this.#answerRead(ctx, op, op.row);
          continue;
        }
        op.answered = true;
        ctx.send(app, { type: "WriteReply", id: op.request.id, outcome: "ok", version });
        const goesOn = op.request.type === "Delete" || this.#config.spares.length > 0;
        if (!goesOn) this.#end(ctx, op);
      }
      if (op.request.type === "Delete") collectIfSafe(ctx, this.#config, op.row, [...op.safe]);
      if (isQuorum([...op.safe], this.#config.replicas, this.#config.replicas.length)) this.#end(ctx, op);
    }
  }

  #end(ctx: ReplicaContext, op: Op): void {
    this.#ops.delete(op.name);
    ctx.cancelTimer({ type: "Retry", op: op.name });
    ctx.cancelTimer({ type: "Late", op: op.name });
  }

  /** retryMs are over. */
  #retry(ctx: ReplicaContext, name: string): void {
    const op = this.#ops.get(name);
    if (op === undefined) return;
    const { replicas, spares, sloppy } = this.#config;
    if (op.row === null) {
      this.#sendFetches(ctx, op);
      if (sloppy) {
        for (const { spare } of fallbacks(replicas, [...op.found.keys()], spares)) {
          ctx.send(spare, { type: "Fetch", op: name, key: op.request.key });
        }
      }
    } else {
      this.#sendStores(ctx, op);
      if (op.request.type === "Put") {
        for (const { spare, home } of fallbacks(replicas, [...op.safe], spares)) {
          ctx.send(spare, { type: "Hint", ...op.row, home });
        }
      }
    }
    ctx.setTimer({ type: "Retry", op: name }, this.#config.retryMs);
  }

  /** timeoutMs are over. */
  #giveUp(ctx: ReplicaContext, name: string): void {
    const op = this.#ops.get(name);
    if (op === undefined) return;
    this.#end(ctx, op);
    if (op.answered) return;
    const id = op.request.id;
    if (op.request.type === "Get") {
      ctx.send(app, { type: "ReadReply", id, outcome: "fail", value: null, version: null });
    } else {
      ctx.send(app, { type: "WriteReply", id, outcome: op.row === null ? "fail" : "info", version: null });
    }
  }
}
