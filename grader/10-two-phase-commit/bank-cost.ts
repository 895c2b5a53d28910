import { type AnyNode, type Application, type Context, type NodeId, Simulation } from "#lib/sim";
import type { Cost, Exercise, Outcome, Work } from "#protocol/10-two-phase-commit";
import { times } from "./bank-cluster.ts";
import type { Message } from "./claims.ts";

type Classes = Pick<Exercise, "Coordinator" | "Participant">;

const delayMs = 10;

export interface MeasuredCost extends Cost {
  /** How many syncs each node did, as "c 1, p1 2". */
  readonly syncsOf: string;
}

/** What one transaction costs these classes on a network where nothing goes wrong: in messages, syncs and hops. */
export function measuredCost(
  { Coordinator, Participant }: Classes,
  participantCount: number,
  outcome: Outcome,
): MeasuredCost {
  const participants = Array.from({ length: participantCount }, (_, i) => `p${i + 1}`);
  const work = participants.map((id, i): [NodeId, Work] => {
    const amount = outcome === "abort" && i === participantCount - 1 ? -1_000 : 1;
    return [id, [{ op: "add", account: `a-${id}`, amount, ref: "t1" }]];
  });
  const first = work.map(([id]) => [id, [{ op: "add", account: `a-${id}`, amount: 1, ref: "t0" }]]);
  const teller = new TwoTransactions(Object.fromEntries(first) as never, Object.fromEntries(work) as never);
  const nodes = participants.map((id) => {
    const config = { accounts: { [`a-${id}`]: 100 }, retryMs: times.retryMs, asksOthers: true };
    return [id, () => new Participant(config) as AnyNode] as const;
  });
  let messages = 0;
  const syncs = new Map<NodeId, number>();
  let lastMs = 0;
  const sim = new Simulation({
    seed: 1,
    delayMs,
    nodes: { c: () => new Coordinator(times) as AnyNode, ...Object.fromEntries(nodes) },
    applications: { c: teller as never, ...Object.fromEntries(participants.map((id) => [id, listener])) },
  });
  sim.onEvent = (event) => {
    if (event.inApp || event.ms < startMs) return;
    if (event.kind === "message" && event.from !== event.node && event.from !== "app") lastMs = event.ms;
    for (const effect of event.effects) {
      if (effect.effect === "send" && effect.to !== "app") messages++;
      if (effect.effect === "sync") syncs.set(event.node, (syncs.get(event.node) ?? 0) + 1);
    }
  };
  sim.runUntil(startMs + 3_000);
  const toldMs = teller.told?.outcome === outcome ? teller.told.ms : Number.POSITIVE_INFINITY;
  return {
    messages,
    forcedWrites: [...syncs.values()].reduce((sum, count) => sum + count, 0),
    syncsOf: [...syncs]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, count]) => `${id} ${count}`)
      .join(", "),
    hopsToTold: (toldMs - startMs) / delayMs,
    hopsToEnd: (lastMs - startMs) / delayMs,
  };
}

/** Before it, another transaction runs: what is paid once for many does not count. */
const startMs = 2_000;

/** The application of a participant: it listens. */
const listener = { onMessage: () => {} };

type Works = { readonly [id: NodeId]: never };

class TwoTransactions implements Application<Message, "go"> {
  readonly first: Works;
  readonly work: Works;
  told: { readonly outcome: Outcome; readonly ms: number } | undefined;

  constructor(first: Works, work: Works) {
    this.first = first;
    this.work = work;
  }

  onStart(ctx: Context<Message, "go">): void {
    ctx.send(ctx.self, { type: "Submit", request: "t0", work: this.first });
    ctx.setTimer("go", startMs);
  }

  onTimer(ctx: Context<Message, "go">): void {
    ctx.send(ctx.self, { type: "Submit", request: "t1", work: this.work });
  }

  onMessage(ctx: Context<Message, "go">, _from: NodeId, message: Message): void {
    if (message.type === "Told" && message.request === "t1")
      this.told ??= { outcome: message.outcome, ms: ctx.now };
  }
}
