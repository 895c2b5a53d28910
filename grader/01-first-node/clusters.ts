import { History } from "#lib/history";
import type { Cluster, RunSetting } from "#lib/nemesis";
import type { Random } from "#lib/random";
import type { NodeId } from "#lib/sim";
import type { Exercise, FrontMessage } from "#protocol/01-first-node";
import { frontClaims } from "./claims-front.ts";
import { type Asked, Endpoint, type Pace, toFront } from "./clients.ts";
import { TrustedBackend } from "./servers.ts";

/* What several scenarios of the chapter have in common. */

export const clientConfig = { server: "s1", baseMs: 40, capMs: 400 };
const marginMs = 50;

/** One call after another, at once. */
export function steady(count: number, random: Random): Pace {
  return { count, thinkMs: 0, openCount: 1, lastAtMs: 0, random };
}

type Eventually = { [claim: string]: () => true | string };

/** Every program is told, in the end, how each of its calls ended. */
export function allEnd(programs: readonly { readonly isDone: boolean }[]): Eventually {
  const text = "A program still waits to be told how its call ended";
  return { "every call ends (invariant 5)": () => programs.every((program) => program.isDone) || text };
}

/** The last call of each client, made when nothing is wrong any more, is answered. */
export function lastIsAnswered(history: History<Asked, number>, count: number): Eventually {
  const unanswered = () =>
    history.operations.find((it) => it.input.request === count && it.outcome === "info");
  return {
    "a call is answered when nothing is wrong": () => {
      const it = unanswered();
      return (
        it === undefined || `The faults had ended, and ${it.process} got no answer to its request ${count}`
      );
    },
  };
}

/** Loses the messages with these numbers on one link. */
export function losing(lost: {
  from: NodeId;
  to: NodeId;
  n: readonly number[];
}): NonNullable<Cluster<Exercise>["loses"]> {
  return (from, to, _message, n) => from === lost.from && to === lost.to && lost.n.includes(n);
}

/** Clients c1 … of the front f1, with the claims about it. */
export function manyAsks(
  { random, asks }: RunSetting,
  plan: {
    readonly clients: number;
    /** How many requests each client makes. */
    readonly count: number;
    readonly pace: (random: Random, self: NodeId) => Omit<Pace, "count" | "random">;
    readonly withinMs: readonly number[];
    readonly workMs: number;
    /** The number of a request that must be answered by the backend. */
    readonly answered: number;
  },
): Cluster<Exercise> {
  const history = new History<Asked, number>();
  const clients = Array.from({ length: plan.clients }, (_, i) => {
    const self = `c${i + 1}`;
    const stream = random(self);
    return new Endpoint<FrontMessage>(
      { self, server: "f1" },
      {
        ...plan.pace(stream, self),
        count: plan.count,
        random: stream,
        asks: (index) => asks(self, index),
      },
      history,
      toFront,
      (index) => ({
        operation: { type: "Add", counter: "seats", amount: stream.between(-8, 6) },
        withinMs: index === plan.count - 1 ? Math.max(...plan.withinMs) : stream.pick(plan.withinMs),
        // A slow retry may come too late for the last request, which has to be answered.
        retryMs: index === plan.count - 1 ? 80 : stream.pick([80, 400]),
      }),
    );
  });
  return {
    nodes: {
      f1: (work) => new work.Front({ backend: "b1", marginMs }),
      b1: () => new TrustedBackend(10, plan.workMs),
    },
    applications: Object.fromEntries(clients.map((client, i) => [`c${i + 1}`, client])),
    invariants: frontClaims({ front: "f1", backend: "b1", marginMs }),
    eventually: { ...allEnd(clients), ...lastIsAnswered(history, plan.answered) },
    history,
    completed: () => history.count("ok") + history.count("fail"),
  };
}
