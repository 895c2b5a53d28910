import type { Random } from "#lib/random";
import type { Application, Context, NodeId } from "#lib/sim";
import type { History, Operation, Outcome } from "./history.ts";

/** What a `SequentialClient` asks, of whom, and how it reads the answers. */
export interface SequentialClientPlan<Input, Output, Message> {
  readonly process: NodeId;
  readonly history: History<Input, Output>;
  /** Where the workload's random choices come from. */
  readonly random: Random;
  /** The `index`-th operation; undefined when there are no more. */
  next(index: number, random: Random): Input | undefined;
  /** Whether the `index`-th operation is asked at all; each is unless told. One that is not still takes its random choices. */
  asks?(index: number): boolean;
  /** Whom to ask, and what to say. `attempt` is 0, then 1, 2 … if `retryMs` is given. */
  request(operation: Operation<Input, Output>, attempt: number): { to: NodeId; message: Message };
  /** What an answer says about the operation that is open; undefined if it is about another. */
  response(
    message: Message,
    operation: Operation<Input, Output>,
    from: NodeId,
    nowMs: number,
  ): { outcome: Outcome; output?: Output } | "again" | undefined;
  /** The pause between an answer and the next operation: a whole number from 0 to this, in ms. */
  readonly thinkMs: number;
  /** After this the client gives up and calls the outcome `info`; without it, it waits for ever. */
  readonly timeoutMs?: number;
  /** If given, the request is sent again each time this has passed without an answer. */
  readonly retryMs?: number;
}

type Wake = { readonly wake: "next" | "retry" | "timeout"; readonly id: number };

/** A client that has one operation open at a time, as an endpoint of its own or as the application beside a node. */
export class SequentialClient<Input, Output, Message> implements Application<Message, Wake> {
  readonly #plan: SequentialClientPlan<Input, Output, Message>;
  #index = 0;
  #attempt = 0;
  #open: Operation<Input, Output> | undefined;
  #done = false;

  constructor(plan: SequentialClientPlan<Input, Output, Message>) {
    this.#plan = plan;
  }

  /** True when the plan has no more operations and none is open. */
  get isDone(): boolean {
    return this.#done;
  }

  onStart(ctx: Context<Message, Wake>): void {
    this.#think(ctx);
  }

  onMessage(ctx: Context<Message, Wake>, from: NodeId, message: Message): void {
    const operation = this.#open;
    if (!operation) return;
    const answer = this.#plan.response(message, operation, from, ctx.now);
    if (answer === undefined) return;
    if (answer === "again") {
      this.#attempt++;
      return this.#ask(ctx, operation);
    }
    this.#complete(ctx, answer.outcome, answer.output);
  }

  onTimer(ctx: Context<Message, Wake>, timer: Wake): void {
    if (timer.wake === "next") return this.#invoke(ctx);
    if (this.#open?.id !== timer.id) return;
    if (timer.wake === "timeout") return this.#complete(ctx, "info");
    this.#attempt++;
    this.#ask(ctx, this.#open);
  }

  /** The node beside this application crashed: nobody can tell what became of the operation. */
  onCrash(ctx: Context<Message, Wake>): void {
    if (this.#open) this.#complete(ctx, "info");
  }

  #think(ctx: Context<Message, Wake>): void {
    ctx.setTimer({ wake: "next", id: this.#index }, this.#plan.random.int(this.#plan.thinkMs + 1));
  }

  #invoke(ctx: Context<Message, Wake>): void {
    const { history, process, random } = this.#plan;
    const index = this.#index++;
    const input = this.#plan.next(index, random);
    if (input === undefined) {
      this.#done = true;
      return;
    }
    if (this.#plan.asks?.(index) === false) return this.#think(ctx);
    const operation = history.invoke(process, input, ctx.now);
    this.#open = operation;
    this.#attempt = 0;
    if (this.#plan.timeoutMs !== undefined) {
      ctx.setTimer({ wake: "timeout", id: operation.id }, this.#plan.timeoutMs);
    }
    this.#ask(ctx, operation);
  }

  #ask(ctx: Context<Message, Wake>, operation: Operation<Input, Output>): void {
    const { to, message } = this.#plan.request(operation, this.#attempt);
    ctx.send(to, message);
    if (this.#plan.retryMs !== undefined)
      ctx.setTimer({ wake: "retry", id: operation.id }, this.#plan.retryMs);
  }

  #complete(ctx: Context<Message, Wake>, outcome: Outcome, output?: Output): void {
    const operation = this.#open as Operation<Input, Output>;
    this.#open = undefined;
    this.#plan.history.complete(operation, outcome, ctx.now, output);
    this.#think(ctx);
  }
}
