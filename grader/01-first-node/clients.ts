import type { History, Operation as Recorded } from "#lib/history";
import type { Random } from "#lib/random";
import type { Application, Context, NodeId } from "#lib/sim";
import type {
  Answer,
  Call,
  ClientMessage,
  Done,
  FrontMessage,
  Operation,
  Outcome,
  ServerMessage,
} from "#protocol/01-first-node";

/* The kernel's own programs: they ask, and keep the history of what they were told. */

/** When a program asks, and how often. */
export interface Pace {
  readonly count: number;
  /** The longest pause before a call. */
  readonly thinkMs: number;
  /** How many calls may be open at once. */
  readonly openCount: number;
  /** The last call is not made before this: after the faults, everything must go well again. */
  readonly lastAtMs: number;
  readonly random: Random;
  /** Whether a call is made at all; each is unless told. */
  asks?(index: number): boolean;
}

type Wake = { readonly type: "Next" | "Retry" | "Deadline"; readonly index: number };

/** A program that makes calls at some pace. How a call is made is up to the class below it. */
abstract class Paced<Message> implements Application<Message, Wake> {
  readonly pace: Pace;
  readonly open = new Set<number>();
  index = 0;

  constructor(pace: Pace) {
    this.pace = pace;
  }

  get isDone(): boolean {
    return this.index === this.pace.count && this.open.size === 0;
  }

  abstract begin(ctx: Context<Message, Wake>, index: number): void;
  /** What is not asked takes its random choices all the same, so that the next ones are what they were. */
  abstract leaveOut(index: number): void;
  abstract onMessage(ctx: Context<Message, Wake>, from: NodeId, message: Message): void;
  abstract wake(ctx: Context<Message, Wake>, type: "Retry" | "Deadline", index: number): void;

  onStart(ctx: Context<Message, Wake>): void {
    this.think(ctx);
  }

  onTimer(ctx: Context<Message, Wake>, { type, index }: Wake): void {
    if (type === "Next") {
      if (index === this.index) this.#next(ctx);
    } else if (this.open.has(index)) this.wake(ctx, type, index);
  }

  close(ctx: Context<Message, Wake>, index: number): void {
    if (!this.open.delete(index)) return;
    ctx.cancelTimer({ type: "Retry", index });
    ctx.cancelTimer({ type: "Deadline", index });
    this.think(ctx);
  }

  think(ctx: Context<Message, Wake>): void {
    const { count, openCount, lastAtMs, random, thinkMs } = this.pace;
    if (this.index >= count || this.open.size >= openCount) return;
    const pauseMs = random.int(thinkMs + 1);
    const isLast = this.index === count - 1;
    const waitMs = isLast ? Math.max(pauseMs, lastAtMs - ctx.now) : pauseMs;
    if (waitMs > 0) ctx.setTimer({ type: "Next", index: this.index }, waitMs);
    else this.#next(ctx);
  }

  #next(ctx: Context<Message, Wake>): void {
    const index = this.index++;
    if (this.pace.asks?.(index) === false) this.leaveOut(index);
    else {
      this.open.add(index);
      this.begin(ctx, index);
    }
    this.think(ctx);
  }
}

/** The program beside a learner's client. A call that dies with the machine is not among those that ended. */
export class Program extends Paced<ClientMessage> {
  readonly ended = new Map<string, Done>();
  readonly #self: NodeId;
  readonly #next: (index: number) => Pick<Call, "operation" | "withinMs">;

  constructor(self: NodeId, pace: Pace, next: (index: number) => Pick<Call, "operation" | "withinMs">) {
    super(pace);
    this.#self = self;
    this.#next = next;
  }

  override begin(ctx: Context<ClientMessage, Wake>, index: number): void {
    const call: Call = { type: "Call", call: `${this.#self}-${index}`, ...this.#next(index) };
    ctx.send(this.#self, call);
    // A call that is made while the machine is down reaches nobody.
    ctx.setTimer({ type: "Deadline", index }, call.withinMs + 100);
  }

  override leaveOut(index: number): void {
    this.#next(index);
  }

  override onMessage(ctx: Context<ClientMessage, Wake>, _from: NodeId, message: ClientMessage): void {
    if (message.type !== "Done") return;
    this.ended.set(message.call, message);
    this.close(ctx, Number(message.call.split("-")[1]));
  }

  override wake(ctx: Context<ClientMessage, Wake>, _type: "Retry" | "Deadline", index: number): void {
    this.close(ctx, index);
  }

  onCrash(ctx: Context<ClientMessage, Wake>): void {
    this.open.clear();
    this.think(ctx);
  }
}

/** What a client asked for: one operation, with its number. */
export interface Asked {
  readonly request: number;
  readonly operation: Operation;
}

/** How the two kinds of client below speak. */
interface Speech<Message> {
  request(self: NodeId, asked: Asked, oldest: number, leftMs: number): Message;
  /** What a message says of a request; undefined if nothing. */
  reply(
    message: Message,
  ): { readonly request: number; readonly outcome: Outcome; readonly value: number | null } | undefined;
}

/** A client of its own on the network, that numbers its requests and retries until its own deadline. */
export class Endpoint<Message> extends Paced<Message> {
  readonly #self: NodeId;
  readonly #server: NodeId;
  readonly #history: History<Asked, number>;
  readonly #next: (index: number) => {
    readonly operation: Operation;
    readonly withinMs: number;
    readonly retryMs: number;
  };
  readonly #speech: Speech<Message>;
  readonly #calls = new Map<
    number,
    { recorded: Recorded<Asked, number>; retryMs: number; untilMs: number }
  >();

  constructor(
    names: { readonly self: NodeId; readonly server: NodeId },
    pace: Pace,
    history: History<Asked, number>,
    speech: Speech<Message>,
    next: (index: number) => {
      readonly operation: Operation;
      readonly withinMs: number;
      readonly retryMs: number;
    },
  ) {
    super(pace);
    this.#self = names.self;
    this.#server = names.server;
    this.#history = history;
    this.#speech = speech;
    this.#next = next;
  }

  override begin(ctx: Context<Message, Wake>, index: number): void {
    const { operation, withinMs, retryMs } = this.#next(index);
    const recorded = this.#history.invoke(this.#self, { request: index + 1, operation }, ctx.now);
    this.#calls.set(index, { recorded, retryMs, untilMs: ctx.now + withinMs });
    ctx.setTimer({ type: "Deadline", index }, withinMs);
    this.#ask(ctx, index);
  }

  override leaveOut(index: number): void {
    this.#next(index);
  }

  override wake(ctx: Context<Message, Wake>, type: "Retry" | "Deadline", index: number): void {
    if (type === "Retry") this.#ask(ctx, index);
    else this.#end(ctx, index, "info", null);
  }

  override onMessage(ctx: Context<Message, Wake>, _from: NodeId, message: Message): void {
    const reply = this.#speech.reply(message);
    // An info is somebody else's: this client may still ask again.
    if (reply && reply.outcome !== "info") this.#end(ctx, reply.request - 1, reply.outcome, reply.value);
  }

  #ask(ctx: Context<Message, Wake>, index: number): void {
    const call = this.#calls.get(index);
    if (!call) return;
    const oldest = Math.min(...this.open) + 1;
    ctx.send(
      this.#server,
      this.#speech.request(this.#self, call.recorded.input, oldest, call.untilMs - ctx.now),
    );
    ctx.setTimer({ type: "Retry", index }, call.retryMs + this.pace.random.int(call.retryMs));
  }

  #end(ctx: Context<Message, Wake>, index: number, outcome: Outcome, value: number | null): void {
    const call = this.#calls.get(index);
    if (!call) return;
    this.#calls.delete(index);
    this.#history.complete(call.recorded, outcome, ctx.now, value ?? undefined);
    this.close(ctx, index);
  }
}

/** What clients say to a server of counters, and hear from it. */
export const toServer: Speech<ServerMessage> = {
  request: (_self, { request, operation }, oldest) => ({ ...operation, request, oldest }),
  reply: (message) => {
    if (message.type === "Counted") return { request: message.request, outcome: "ok", value: message.value };
    return message.type === "Refused"
      ? { request: message.request, outcome: "fail", value: null }
      : undefined;
  },
};

/** What clients say to a front, and hear from it. */
export const toFront: Speech<FrontMessage> = {
  request: (client, { request, operation }, _oldest, withinMs) => {
    const { counter } = operation;
    const amount = operation.type === "Add" ? operation.amount : 0;
    return { type: "Ask", client, request, counter, amount, withinMs };
  },
  reply: (message) => (message.type === "Answer" ? (message satisfies Answer) : undefined),
};
