import { app, type Context, type Node, type NodeId } from "#lib/sim";
import type { Call, ClientConfig, ClientMessage, Done, Operation } from "#protocol/01-first-node";

/** A deadline carries the number of its request; the tick is for everybody. */
export type ClientTimer = { readonly type: "Tick" } | { readonly type: "Deadline"; readonly request: number };

/** A call that waits for its reply. */
interface Pending {
  readonly call: string;
  readonly operation: Operation;
  sendCount: number;
  /** The ticks that are left of its wait. */
  ticksLeft: number;
}

/** A client with one timer for all retries: it ticks while anything waits, and each call counts its own ticks. */
export class Client implements Node<ClientMessage, ClientTimer> {
  readonly config: ClientConfig;
  /** The calls that wait, by the number of their request. Whatever is not in here is over. */
  readonly pending = new Map<number, Pending>();
  lastRequest = 0;
  readonly tickMs: number;

  constructor(config: ClientConfig) {
    this.config = config;
    this.tickMs = Math.ceil(config.baseMs / 16);
  }

  onStart(ctx: Context<ClientMessage, ClientTimer>): void {
    this.lastRequest = ctx.disk.get<number>("lastRequest") ?? 0;
  }

  onMessage(ctx: Context<ClientMessage, ClientTimer>, _from: NodeId, message: ClientMessage): void {
    switch (message.type) {
      case "Call":
        this.begin(ctx, message);
        return;
      case "Counted":
        this.end(ctx, message.request, "ok", message.value);
        return;
      case "Refused":
        this.end(ctx, message.request, "fail", null);
        return;
      case "Add":
      case "Read":
      case "Done":
        return; // A client sends these and never receives them.
      default:
        message satisfies never;
    }
  }

  onTimer(ctx: Context<ClientMessage, ClientTimer>, timer: ClientTimer): void {
    // Silence says nothing about what the server has done, or will do when a late copy arrives.
    if (timer.type === "Deadline") this.end(ctx, timer.request, "info", null);
    else this.tick(ctx);
  }

  begin(ctx: Context<ClientMessage, ClientTimer>, { call, operation, withinMs }: Call): void {
    // The number is safe before the first copy leaves, or the next life might give it to another request.
    const request = ++this.lastRequest;
    ctx.disk.set("lastRequest", request);
    ctx.disk.sync();
    if (this.pending.size === 0) ctx.setTimer({ type: "Tick" }, this.tickMs);
    this.pending.set(request, { call, operation, sendCount: 0, ticksLeft: 0 });
    ctx.setTimer({ type: "Deadline", request }, withinMs);
    this.ask(ctx, request);
  }

  tick(ctx: Context<ClientMessage, ClientTimer>): void {
    if (this.pending.size === 0) return;
    ctx.setTimer({ type: "Tick" }, this.tickMs);
    for (const [request, pending] of this.pending) if (--pending.ticksLeft === 0) this.ask(ctx, request);
  }

  /** Sends a request, for the first time or once more, and plans the next time. */
  ask(ctx: Context<ClientMessage, ClientTimer>, request: number): void {
    const pending = this.pending.get(request);
    if (pending === undefined) return;
    pending.sendCount++;
    ctx.send(this.config.server, { ...pending.operation, request, oldest: Math.min(...this.pending.keys()) });
    const limitMs = Math.min(this.config.capMs, this.config.baseMs * 2 ** (pending.sendCount - 1));
    // A call may begin just before a tick, so one tick alone might be no wait at all.
    pending.ticksLeft = ctx.random.between(2, Math.max(2, Math.floor(limitMs / this.tickMs)));
  }

  /** Ends a call, if it still waits. A second reply, or one after the deadline, finds nothing. */
  end(
    ctx: Context<ClientMessage, ClientTimer>,
    request: number,
    outcome: Done["outcome"],
    value: number | null,
  ): void {
    const pending = this.pending.get(request);
    if (pending === undefined) return;
    this.pending.delete(request);
    ctx.cancelTimer({ type: "Deadline", request });
    ctx.send(app, { type: "Done", call: pending.call, outcome, value });
  }
}
