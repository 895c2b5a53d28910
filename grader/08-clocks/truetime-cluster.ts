import { History, type Operation, SequentialClient } from "#lib/history";
import type { Cluster, RunSetting } from "#lib/nemesis";
import type { Random } from "#lib/random";
import type { Application, Context, NodeId } from "#lib/sim";
import type { Committed, Exercise, Transact, TransactionMessage } from "#protocol/08-clocks";
import { Timestamps, waitsItOut } from "./truetime-claims.ts";

interface Asked {
  readonly server: NodeId;
  readonly transact: Transact;
}

export interface TransactionPlan {
  /** How many transactions each of the three clients makes. */
  readonly count: number;
  readonly thinkMs: number;
}

export const servers: { readonly [server: NodeId]: readonly string[] } = {
  n1: ["x1", "x2", "x3"],
  n2: ["y1", "y2", "y3"],
};

/** A value is named after its transaction, so that whoever finds it knows whose it is. */
export function transactOf(txn: string, keys: readonly string[]): Transact {
  return { type: "Transact", txn, writes: Object.fromEntries(keys.map((key) => [key, `${txn}/${key}`])) };
}

/** Two servers with keys of their own, and three clients that make transactions at one or the other. */
export function transactionCluster(setting: RunSetting, plan: TransactionPlan): Cluster<Exercise> {
  const history = new History<Asked, Committed>();
  const timestamps = new Timestamps();
  const ids = ["c1", "c2", "c3"];
  const next = (id: NodeId, index: number, random: Random): Asked | undefined => {
    if (index >= plan.count) return undefined;
    const server = random.pick(Object.keys(servers));
    const keys = random.shuffle(servers[server] as string[]).slice(0, 1 + random.int(2));
    return { server, transact: transactOf(`${id}.${index}`, keys) };
  };
  const clients = ids.map((id) => client(id, plan.thinkMs, setting.random(id), history, timestamps, next));
  return {
    nodes: {
      n1: (work) => new work.TransactionServer() as never,
      n2: (work) => new work.TransactionServer() as never,
    },
    applications: Object.fromEntries(ids.map((id, i) => [id, clients[i]])) as never,
    invariants: [timestamps, waitsItOut()],
    eventually: {
      "every transaction is answered": () => {
        const open = history.operations.find(({ outcome }) => outcome === "open");
        if (open)
          return `${open.input.transact.txn} was asked for at ${open.invokedMs} ms, and has not been answered.`;
        return clients.every((it) => it.isDone) || "A client is not through with its plan.";
      },
    },
    completed: () => history.count("ok"),
  };
}

function client(
  id: NodeId,
  thinkMs: number,
  random: Random,
  history: History<Asked, Committed>,
  timestamps: Timestamps,
  next: (id: NodeId, index: number, random: Random) => Asked | undefined,
): SequentialClient<Asked, Committed, TransactionMessage> {
  return new SequentialClient<Asked, Committed, TransactionMessage>({
    process: id,
    history,
    random,
    thinkMs,
    retryMs: 200,
    next: (index, stream) => next(id, index, stream),
    request({ input }: Operation<Asked, Committed>, attempt) {
      if (attempt === 0) timestamps.begun(input.transact.txn);
      return { to: input.server, message: input.transact };
    },
    response(message, { input }) {
      if (message.type !== "Committed" || message.txn !== input.transact.txn) return undefined;
      timestamps.acknowledged(input.transact, message);
      return { outcome: "ok", output: message };
    },
  });
}

/**
 * Two transactions at two servers whose clocks are as far apart as their uncertainty allows. When c1's has been acknowledged, it calls c2,
 * directly, and then c2's begins.
 */
export function phoneCall(uncertaintyMs: number): Cluster<Exercise> {
  const timestamps = new Timestamps();
  const done: string[] = [];
  const second = new Caller("n2", transactOf("T2", ["y1"]), undefined, timestamps, done);
  const first = new Caller("n1", transactOf("T1", ["x1"]), "c2", timestamps, done);
  return {
    nodes: {
      n1: (work) => new work.TransactionServer() as never,
      n2: (work) => new work.TransactionServer() as never,
    },
    applications: { c1: first, c2: second } as never,
    // Nothing about the wait itself: a server that does not wait is to be seen with what comes of it.
    invariants: [timestamps],
    eventually: {
      "both transactions are answered": () => done.length === 2 || "A transaction has not been answered.",
    },
    script(sim, event) {
      if (event.index !== 0) return;
      sim.clock("n1").jump(0, uncertaintyMs);
      sim.clock("n2").jump(0, -uncertaintyMs);
      sim.note(
        "n1",
        `the clock of n1 is ${uncertaintyMs} ms ahead, and that of n2 ${uncertaintyMs} ms behind`,
      );
    },
    completed: () => done.length,
  };
}

type CallMessage = TransactionMessage | { readonly type: "Call" };

class Caller implements Application<CallMessage> {
  readonly #server: NodeId;
  readonly #transact: Transact;
  /** Whom it calls when it is done; without that, it waits for a call itself. */
  readonly #calls: NodeId | undefined;
  readonly #timestamps: Timestamps;
  readonly #done: string[];

  constructor(
    server: NodeId,
    transact: Transact,
    calls: NodeId | undefined,
    timestamps: Timestamps,
    done: string[],
  ) {
    this.#server = server;
    this.#transact = transact;
    this.#calls = calls;
    this.#timestamps = timestamps;
    this.#done = done;
  }

  onStart(ctx: Context<CallMessage>): void {
    if (this.#calls !== undefined) this.#begin(ctx);
  }

  onMessage(ctx: Context<CallMessage>, _from: NodeId, message: CallMessage): void {
    if (message.type === "Call") this.#begin(ctx);
    if (message.type !== "Committed" || this.#done.includes(message.txn)) return;
    this.#done.push(message.txn);
    this.#timestamps.acknowledged(this.#transact, message);
    if (this.#calls !== undefined) ctx.send(this.#calls, { type: "Call" });
  }

  #begin(ctx: Context<CallMessage>): void {
    this.#timestamps.begun(this.#transact.txn);
    ctx.send(this.#server, this.#transact);
  }
}
