import { History, SequentialClient } from "#lib/history";
import type { Cluster, RunSetting } from "#lib/nemesis";
import type { Application, Context, NodeId } from "#lib/sim";
import type { Exercise, GetReply, StoreMessage, Vector } from "#protocol/08-clocks";
import { storeClaims, Writes } from "./store-claims.ts";

export type StoreInput =
  | { readonly op: "get"; readonly key: string; readonly server: NodeId }
  | {
      readonly op: "put";
      readonly key: string;
      readonly server: NodeId;
      readonly value: string;
      readonly context: Vector;
      readonly read: readonly string[];
    };

type StoreHistory = History<StoreInput, readonly string[]>;

export interface StorePlan {
  readonly servers: readonly NodeId[];
  readonly keys: readonly string[];
  /** How many operations each of the three clients does. */
  readonly operations: number;
  readonly thinkMs: number;
  readonly shareMs: number;
  /** When the last question is asked: by then the faults have ended. */
  readonly calmMs: number;
}

/** The servers of the work under test, clients that read and write at any of them, and one that compares them in the end. */
export function storeCluster(setting: RunSetting, plan: StorePlan): Cluster<Exercise> {
  const history: StoreHistory = new History();
  const writes = new Writes();
  const ids = ["c1", "c2", "c3"];
  const clients = ids.map((id) => client(id, plan, history, writes, setting));
  const auditor = new Auditor(plan);
  return {
    nodes: Object.fromEntries(
      plan.servers.map((id) => [
        id,
        (work: Exercise) =>
          new work.Store({ peers: plan.servers.filter((it) => it !== id), shareMs: plan.shareMs }) as never,
      ]),
    ),
    applications: { ...Object.fromEntries(ids.map((id, i) => [id, clients[i]])), a1: auditor } as never,
    invariants: storeClaims(writes),
    eventually: {
      "once the faults have ended, all servers agree (invariant 6)": () => {
        if (!clients.every((it) => it.isDone)) return "A client is not through with its plan.";
        return auditor.disagreement();
      },
      "what was acknowledged and not replaced is there in the end (invariant 4)": () => {
        for (const key of plan.keys) {
          const values = auditor.valuesOf(plan.servers[0] as NodeId, key) ?? [];
          const lost = writes.lostAmong(key, values);
          if (lost)
            return `${key} = ${lost} was acknowledged, and in the end all servers have ${values.join(" and ") || "nothing"}, of which none knew of ${lost}.`;
        }
        return true;
      },
    },
    completed: () => history.count("ok"),
  };
}

function client(
  id: NodeId,
  plan: StorePlan,
  history: StoreHistory,
  writes: Writes,
  setting: RunSetting,
): SequentialClient<StoreInput, readonly string[], StoreMessage> {
  /** What the client has read last of each key. */
  const readings = new Map<string, GetReply>();
  return new SequentialClient<StoreInput, readonly string[], StoreMessage>({
    process: id,
    history,
    random: setting.random(id),
    thinkMs: plan.thinkMs,
    timeoutMs: 250,
    next(index, random) {
      if (index >= plan.operations) return undefined;
      const key = random.pick(plan.keys);
      const server = random.pick(plan.servers);
      if (random.chance(0.45)) return { op: "get", key, server };
      const reading = random.chance(0.75) ? readings.get(key) : undefined;
      const { values = [], context = {} } = reading ?? {};
      return { op: "put", key, server, value: `${id}.${index}`, context, read: values };
    },
    request({ input, id: request }) {
      const { key, server } = input;
      if (input.op === "get") return { to: server, message: { type: "Get", request, key } };
      writes.put(key, input.value, input.read);
      return {
        to: server,
        message: { type: "Put", request, key, value: input.value, context: input.context },
      };
    },
    response(message, operation) {
      if (message.type === "PutReply" && operation.input.op === "put" && message.request === operation.id) {
        return { outcome: "ok", output: [] };
      }
      if (message.type !== "GetReply" || message.request !== operation.id) return undefined;
      readings.set(operation.input.key, message);
      return { outcome: "ok", output: message.values };
    },
  });
}

/** Asks all servers for all keys when the faults have ended, until they agree. */
class Auditor implements Application<StoreMessage, "ask"> {
  readonly #plan: StorePlan;
  readonly #values = new Map<string, string[]>();

  constructor(plan: StorePlan) {
    this.#plan = plan;
  }

  valuesOf(server: NodeId, key: string): string[] | undefined {
    return this.#values.get(`${server} ${key}`);
  }

  disagreement(): true | string {
    const { servers, keys } = this.#plan;
    for (const key of keys) {
      const answers = servers.map((server) => this.valuesOf(server, key));
      for (const [i, answer] of answers.entries()) {
        if (!answer) return `${servers[i]} does not answer a Get of ${key}.`;
        if (answer.join() === answers[0]?.join()) continue;
        const told = servers.map((server, n) => `${server} has ${answers[n]?.join(" and ") || "nothing"}`);
        return `Nobody writes any more, and of ${key} ${told.join(", ")}.`;
      }
    }
    return true;
  }

  onStart(ctx: Context<StoreMessage, "ask">): void {
    ctx.setTimer("ask", this.#plan.calmMs);
  }

  onTimer(ctx: Context<StoreMessage, "ask">): void {
    const { servers, keys } = this.#plan;
    for (const server of servers) {
      for (const [i, key] of keys.entries()) ctx.send(server, { type: "Get", request: i, key });
    }
    ctx.setTimer("ask", 250);
  }

  onMessage(_ctx: Context<StoreMessage, "ask">, from: NodeId, message: StoreMessage): void {
    if (message.type !== "GetReply") return;
    const key = this.#plan.keys[message.request] as string;
    this.#values.set(`${from} ${key}`, [...new Set(message.values)].sort());
  }
}

/** One of the things that happen in a story, one after another. A Put's context is from what its client has read last. */
export interface StoreStep {
  readonly client: NodeId;
  readonly server: NodeId;
  /** A Put; without one, a Get. */
  readonly value?: string;
}

type StoryMessage = StoreMessage | { readonly type: "Call" };

/** Clients that take turns: whoever is done calls the next one. All speak of one key. */
export function storeStory(steps: readonly StoreStep[], servers: readonly NodeId[]): Cluster<Exercise> {
  const writes = new Writes();
  const done: StoreStep[] = [];
  const teller = (id: NodeId): Application<StoryMessage> => {
    let reading: GetReply | undefined;
    const next = (ctx: Context<StoryMessage>): void => {
      const step = steps[done.length];
      if (!step) return;
      const request = done.length;
      if (step.client !== id) ctx.send(step.client, { type: "Call" });
      else if (step.value === undefined) ctx.send(step.server, { type: "Get", request, key: "cart" });
      else {
        const { values = [], context = {} } = reading ?? {};
        writes.put("cart", step.value, values);
        ctx.send(step.server, { type: "Put", request, key: "cart", value: step.value, context });
      }
    };
    return {
      onStart: (ctx) => steps[0]?.client === id && next(ctx),
      onMessage(ctx, _from, message) {
        if (message.type === "GetReply") reading = message;
        if (message.type === "GetReply" || message.type === "PutReply")
          done.push(steps[done.length] as StoreStep);
        next(ctx);
      },
    } as Application<StoryMessage>;
  };
  const ids = [...new Set(steps.map(({ client }) => client))];
  return {
    nodes: Object.fromEntries(
      servers.map((id) => [
        id,
        (work: Exercise) =>
          new work.Store({ peers: servers.filter((it) => it !== id), shareMs: 10_000 }) as never,
      ]),
    ),
    applications: Object.fromEntries(ids.map((id) => [id, teller(id)])) as never,
    invariants: storeClaims(writes),
    eventually: {
      "every step is answered": () => done.length === steps.length || "A step has not been answered.",
    },
    completed: () => done.length,
  };
}
