import { agreement, never } from "#lib/check";
import type { NamedExploration } from "#lib/explore";
import type { AnyNode, Context, NodeId } from "#lib/sim";
import type { Exercise, ServerMessage } from "#protocol/01-first-node";
import { amountOf, digitsOf } from "./claims-once.ts";

/* A server and two clients, so small that all their runs can be tried: for the shortest way to break a claim. */

/** Asks for one Add after another, each with an amount of its own. */
class Adder {
  readonly #amounts: readonly number[];

  constructor(amounts: readonly number[]) {
    this.#amounts = amounts;
  }

  onStart(context: Context<ServerMessage>): void {
    this.#ask(context, 1);
  }

  onMessage(ctx: Context<ServerMessage>, _from: NodeId, message: ServerMessage): void {
    if (message.type === "Counted") this.#ask(ctx, message.request + 1);
  }

  #ask(ctx: Context<ServerMessage>, request: number): void {
    const amount = this.#amounts[request - 1];
    if (amount !== undefined)
      ctx.send("s1", { type: "Add", request, oldest: request, counter: "seats", amount });
  }
}

const once = never<ServerMessage>("an Add counts at most once (invariant 6)", (deed) => {
  if (deed.deed !== "send" || deed.message.type !== "Counted") return undefined;
  const { to, message } = deed;
  const index = digitsOf(message.value).findIndex((digit) => digit > 1);
  if (index < 0) return undefined;
  const times = digitsOf(message.value)[index];
  return `s1 told ${to} that seats is ${message.value}: the Add of ${amountOf(index)} is in it ${times} times`;
});

const alike = agreement<ServerMessage>("all answers to one Add are the same (invariant 6)", (deed) => {
  if (deed.deed !== "send" || (deed.message.type !== "Counted" && deed.message.type !== "Refused")) return [];
  const { to, message } = deed;
  const value = message.type === "Counted" ? message.value : null;
  const answer = value === null ? "Refused" : `Counted ${value}`;
  const text = `s1 answered request ${message.request} of ${to} with ${answer}`;
  return { key: `${to} ${message.request}`, value, text };
});

export const explorations: { readonly [name: string]: NamedExploration<Exercise> } = {
  addsOnce: {
    name: "01/adds-once",
    options: ({ OnceServer }) => ({
      nodes: { s1: () => new OnceServer() as AnyNode },
      clients: { c1: () => new Adder([1, 16]) as AnyNode, c2: () => new Adder([4]) as AnyNode },
      budgets: [{ crashes: 1 }],
      claims: [once, alike],
      states: 20_000,
    }),
  },
};
