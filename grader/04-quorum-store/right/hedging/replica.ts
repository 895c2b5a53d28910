import { app, type Node, type NodeId } from "#lib/sim";
import type { Message, ReplicaConfig, Request, Row, Version } from "#protocol/04-quorum-store";
import { beginComparison, compare, compareWithOne, exchange } from "./anti-entropy.ts";
import { beginGrace, collectIfSafe, endGrace } from "./deletes.ts";
import { dropHint, fallbacks, handOff, hintedRow, keepHint } from "./hints.ts";
import { isNewer, isQuorum, isSame, newest } from "./quorum.ts";
import { repairsOf } from "./repair.ts";
import { counterOf, keepRow, type ReplicaContext, rowOf, type Timer } from "./rows.ts";

/** An operation is in one of three states; plain data, no maps. */
interface Op {
  readonly name: string;
  readonly request: Request;
  state: "asking" | "storing" | "answered";
  answers: { node: NodeId; row: Row | null }[];
  confirmed: NodeId[];
  /** Whom it has sent to in this state. */
  asked: NodeId[];
  row: Row | null;
}

/**
 * Asks as few as can be enough, in an order of its own: itself first, if it is a replica, then those after it. Whoever is silent for
 * retryMs costs a question to everyone else. What goes to itself goes as a message.
 */
export class Replica implements Node<Message, Timer> {
  config: ReplicaConfig;
  ops: { [name: string]: Op } = {};

  constructor(config: ReplicaConfig) {
    this.config = config;
  }

  onStart(ctx: ReplicaContext): void {
    if (this.config.compareMs !== null) beginComparison(ctx, this.config);
    if (this.config.spares.length > 0) handOff(ctx, this.config);
  }

  onMessage(ctx: ReplicaContext, from: NodeId, message: Message): void {
    if (message.type === "Put" || message.type === "Get" || message.type === "Delete")
      this.begin(ctx, message);
    if (message.type === "Fetch") {
      const { op, key } = message;
      const hinted = this.config.sloppy ? hintedRow(ctx, key) : null;
      ctx.send(from, { type: "FetchReply", op, key, row: newest([rowOf(ctx, key), hinted]) });
    }
    if (message.type === "FetchReply") this.answered(ctx, from, message.op, message.row);
    if (message.type === "Store") {
      keepRow(ctx, message);
      ctx.send(from, { type: "StoreReply", key: message.key, version: message.version });
    }
    if (message.type === "StoreReply" && this.config.spares.length > 0) {
      dropHint(ctx, from, message.key, message.version);
    }
    if (message.type === "StoreReply" || message.type === "HintReply") {
      for (const op of Object.values(this.ops)) this.confirm(ctx, op, from, message.key, message.version);
    }
    if (message.type === "Collect") beginGrace(ctx, this.config, message);
    if (message.type === "Hint") keepHint(ctx, this.config, from, message);
    if (message.type === "Compare") compare(ctx, from, message);
    if (message.type === "Rows") exchange(ctx, from, message);
  }

  onTimer(ctx: ReplicaContext, timer: Timer): void {
    if (timer.type === "Retry") this.retry(ctx, timer.op);
    if (timer.type === "Late") this.end(ctx, timer.op);
    if (timer.type === "Drop") endGrace(ctx, timer.key, timer.version);
    if (timer.type === "HandOff") handOff(ctx, this.config);
    if (timer.type === "Compare") compareWithOne(ctx, this.config);
  }

  begin(ctx: ReplicaContext, request: Request): void {
    const name = `${ctx.random.int(2 ** 48)}`;
    const op: Op = { name, request, state: "asking", answers: [], confirmed: [], asked: [], row: null };
    this.ops[name] = op;
    ctx.setTimer({ type: "Late", op: name }, this.config.timeoutMs);
    this.send(ctx, op, this.config.r);
  }

  /** The first so many, beginning with this node. */
  near(ctx: ReplicaContext, count: number): NodeId[] {
    const { replicas } = this.config;
    const start = Math.max(0, replicas.indexOf(ctx.self));
    return [...replicas.slice(start), ...replicas.slice(0, start)].slice(0, count);
  }

  send(ctx: ReplicaContext, op: Op, count: number): void {
    ctx.setTimer({ type: "Retry", op: op.name }, this.config.retryMs);
    for (const to of this.near(ctx, count)) {
      if (!op.asked.includes(to)) op.asked.push(to);
      if (op.row && !op.confirmed.includes(to)) ctx.send(to, { type: "Store", ...op.row });
      if (!op.row && !op.answers.some((it) => it.node === to)) {
        ctx.send(to, { type: "Fetch", op: op.name, key: op.request.key });
      }
    }
  }

  retry(ctx: ReplicaContext, name: string): void {
    const op = this.ops[name];
    const goesOn =
      op?.request.type === "Delete" || (op?.request.type === "Put" && this.config.spares.length > 0);
    if (!op || (op.state === "answered" && !goesOn)) return;
    const { replicas, spares, sloppy } = this.config;
    // Who was not asked is not silent.
    const unasked = replicas.filter((node) => !op.asked.includes(node));
    this.send(ctx, op, replicas.length);
    const heard = [...unasked, ...(op.row ? op.confirmed : op.answers.map((it) => it.node))];
    for (const { spare, home } of fallbacks(replicas, heard, spares)) {
      if (op.row) ctx.send(spare, { type: "Hint", ...op.row, home });
      else if (sloppy) ctx.send(spare, { type: "Fetch", op: name, key: op.request.key });
    }
  }

  members(): readonly NodeId[] {
    const { replicas, spares, sloppy } = this.config;
    return sloppy ? replicas.concat(spares) : replicas;
  }

  answered(ctx: ReplicaContext, from: NodeId, name: string, row: Row | null): void {
    const op = this.ops[name];
    if (!op || op.state === "storing") return;
    op.answers = [...op.answers.filter((it) => it.node !== from), { node: from, row }];
    if (op.state === "answered") return this.repair(ctx, op);
    const nodes = op.answers.map((it) => it.node);
    if (!isQuorum(nodes, this.members(), this.config.r)) return;
    const best = newest(op.answers.map((it) => it.row));
    const { request } = op;
    if (request.type !== "Get") {
      const counter = Math.max(counterOf(ctx), best?.version.counter ?? 0) + 1;
      ctx.disk.set({ counter });
      ctx.disk.sync();
      const value = request.type === "Put" ? request.value : null;
      op.row = { key: request.key, version: { counter, node: ctx.self }, value };
    } else if (this.config.writeBack) op.row = best;
    if (!op.row) return this.answerRead(ctx, op, best);
    op.state = "storing";
    op.asked = [];
    this.send(ctx, op, this.config.w);
  }

  answerRead(ctx: ReplicaContext, op: Op, row: Row | null): void {
    op.state = "answered";
    const { id } = op.request;
    const [value, version] = row ? [row.value, row.version] : [null, null];
    ctx.send(app, { type: "ReadReply", id, outcome: "ok", value, version });
    this.repair(ctx, op);
  }

  repair(ctx: ReplicaContext, op: Op): void {
    if (!this.config.readRepair || op.request.type !== "Get") return;
    for (const { to, row } of repairsOf(op.answers.filter((it) => this.config.replicas.includes(it.node)))) {
      ctx.send(to, { type: "Store", ...row });
      op.answers = op.answers.map((it) => (it.node === to ? { node: to, row } : it));
    }
  }

  confirm(ctx: ReplicaContext, op: Op, from: NodeId, key: string, version: Version): void {
    const { row, request } = op;
    if (!row || row.key !== key || !isSame(row.version, version) || isNewer(row.version, version)) return;
    if (!op.confirmed.includes(from)) op.confirmed.push(from);
    if (op.state === "storing" && isQuorum(op.confirmed, this.members(), this.config.w)) {
      if (request.type === "Get") this.answerRead(ctx, op, row);
      else {
        op.state = "answered";
        ctx.send(app, { type: "WriteReply", id: request.id, outcome: "ok", version });
      }
    }
    if (request.type === "Delete") collectIfSafe(ctx, this.config, row, op.confirmed);
  }

  end(ctx: ReplicaContext, name: string): void {
    const op = this.ops[name];
    delete this.ops[name];
    if (!op || op.state === "answered") return;
    const { id, type } = op.request;
    if (type === "Get") {
      ctx.send(app, { type: "ReadReply", id, outcome: "fail", value: null, version: null });
    } else ctx.send(app, { type: "WriteReply", id, outcome: "info", version: null });
  }
}
