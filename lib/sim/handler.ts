import { resetRounds, stoppedAt } from "#lib/exercise";
import type { Actor } from "./actor.ts";
import type { Recording } from "./context.ts";
import type { Effect, Failure } from "./events.ts";
import type { NodeId } from "./node.ts";
import type { AnyNode, Pending } from "./options.ts";
import { nowRunning, trapped } from "./traps.ts";

/** Why a handler's effects do not count. */
export type Fault = Pick<Failure, "kind" | "claim" | "message" | "error">;

export type Handled = { readonly effects: readonly Effect[] } | { readonly fault: Fault };

/** Runs the handler of one event on a living node, and judges how it behaved. Exceptions of the kernel's own programs come through. */
export function handle(actor: Actor, pending: Pending, nowMs: number, uncertaintyMs: number): Handled {
  const ctx = actor.ctx as Recording;
  ctx.begin(actor.clock.read(nowMs), nowMs, uncertaintyMs);
  if (actor.make === undefined) {
    deliver(actor.node as AnyNode, ctx, pending);
    return { effects: ctx.end() };
  }
  trapped(); // What was trapped before is not this handler's.
  resetRounds();
  nowRunning(actor.name);
  let fault: Fault | undefined;
  try {
    actor.node ??= actor.make(actor.life - 1);
    const returned = deliver(actor.node, ctx, pending);
    if (isPromise(returned)) fault = promised(actor, pending);
  } catch (error) {
    fault = thrown(actor, pending, error);
  }
  nowRunning(undefined);
  const effects = ctx.end();
  // A handler that catches the error has misused the library all the same.
  const misuse = trapped();
  const runaway = stoppedAt();
  if (misuse) fault = misused(misuse.message, misuse);
  else if (runaway !== undefined && !fault) fault = stopped(actor, runaway);
  return fault ? { fault } : { effects };
}

function deliver(node: AnyNode, ctx: Recording, pending: Pending): unknown {
  switch (pending.kind) {
    case "message":
      return node.onMessage(ctx, pending.from as NodeId, pending.message);
    case "timer":
      return node.onTimer?.(ctx, pending.timer);
    default:
      return node.onStart?.(ctx);
  }
}

function isPromise(value: unknown): boolean {
  return typeof (value as { then?: unknown } | undefined)?.then === "function";
}

function promised(actor: Actor, pending: Pending): Fault {
  const handler = `${handlerOf(pending)} of ${actor.name}`;
  return misused(
    `${handler} returned a promise: a handler is not async; send, set a timer, and go on when the answer comes`,
  );
}

function misused(message: string, error?: unknown): Fault {
  return { kind: "misuse", claim: "a node uses the library as it is meant", message, error };
}

function thrown(actor: Actor, pending: Pending, error: unknown): Fault {
  const what = pending.kind === "message" ? ` of ${nameOf(pending.message)} from ${pending.from}` : "";
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const message = `${handlerOf(pending)}${what} on ${actor.name} threw ${text}`;
  return { kind: "exception", claim: `${actor.name} handles every event`, message, error };
}

function stopped(actor: Actor, where: string): Fault {
  const message = `A loop at ${where} had to be stopped, on ${actor.name}`;
  return { kind: "exception", claim: `${actor.name} handles every event`, message, error: undefined };
}

function handlerOf(pending: Pending): string {
  if (pending.kind === "message") return "onMessage";
  return pending.kind === "timer" ? "onTimer" : "onStart";
}

function nameOf(message: unknown): string {
  const type = (message as { type?: unknown } | null)?.type;
  return typeof type === "string" ? type : "a message";
}
