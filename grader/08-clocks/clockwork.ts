import type { Cluster, RunSetting } from "#lib/nemesis";
import type { Context, Invariant, Node, NodeId } from "#lib/sim";
import { formatValue } from "#lib/trace";
import type { Exercise } from "#protocol/08-clocks";
import { Execution, type Happening, nameOf } from "./execution.ts";
import { epochMs, type Judge, judgeRefusal } from "./judges.ts";
import type { AnyClock } from "./schedules.ts";

/** A message between two nodes of a clockwork. It carries the timestamp of its sending; its name is the grader's. */
interface Note<Stamp> {
  readonly type: "Note";
  /** The event that sent it: "n1.3". */
  readonly event: string;
  readonly stamp: Stamp;
}

type Tick = { readonly type: "Tick" };

export interface ClockworkPlan<Stamp> {
  readonly nodes: readonly NodeId[];
  /** How many events each node makes of its own accord; arrivals come on top. */
  readonly ticks: number;
  readonly maxOffsetMs?: number;
  readonly claim: string;
  readonly judge: Judge<Stamp>;
  make(work: Exercise, node: NodeId): AnyClock<Stamp>;
}

/**
 * Nodes of the grader's that do nothing but have events, each with one clock of the work under test. What happened before what is taken
 * from the kernel's messages.
 */
export function clockwork<Stamp>(setting: RunSetting, plan: ClockworkPlan<Stamp>): Cluster<Exercise> {
  const execution = new Execution<Stamp>();
  const broken: string[] = [];
  const ticking = new Map<NodeId, number>();
  const random = setting.random("pace");
  const paceMs = random.pick([5, 20, 60]);
  const shared: Shared<Stamp> = { execution, broken, ticking, sent: new Map(), plan, paceMs };
  const invariant: Invariant = {
    name: plan.claim,
    onEvent: () => {
      const text = broken[0];
      return text === undefined ? undefined : { text };
    },
  };
  return {
    nodes: Object.fromEntries(
      plan.nodes.map((id) => [id, (work: Exercise) => new Ticker(plan.make(work, id), shared) as never]),
    ),
    invariants: [invariant],
    eventually: {
      "every node has all its events": () =>
        plan.nodes.every((id) => (ticking.get(id) ?? 0) >= plan.ticks) || "A node has not had its events.",
    },
    completed: () => execution.count,
  };
}

interface Shared<Stamp> {
  readonly execution: Execution<Stamp>;
  readonly broken: string[];
  readonly ticking: Map<NodeId, number>;
  /** The sendings, by their names. */
  readonly sent: Map<string, Happening<Stamp>>;
  readonly plan: ClockworkPlan<Stamp>;
  readonly paceMs: number;
}

class Ticker<Stamp> implements Node<Note<Stamp>, Tick> {
  readonly #clock: AnyClock<Stamp>;
  readonly #shared: Shared<Stamp>;

  constructor(clock: AnyClock<Stamp>, shared: Shared<Stamp>) {
    this.#clock = clock;
    this.#shared = shared;
  }

  onStart(ctx: Context<Note<Stamp>, Tick>): void {
    ctx.setTimer({ type: "Tick" }, 1 + ctx.random.int(this.#shared.paceMs));
  }

  onMessage(ctx: Context<Note<Stamp>, Tick>, _from: NodeId, note: Note<Stamp>): void {
    const { sent, broken, plan } = this.#shared;
    const clockMs = epochMs + ctx.now;
    const stamp = this.#clock.receive(clockMs, note.stamp);
    if (plan.maxOffsetMs !== undefined) {
      const sentence = judgeRefusal(ctx.self, clockMs, String(note.stamp), stamp, plan.maxOffsetMs);
      if (sentence) broken.push(sentence);
    }
    if (stamp === null) ctx.log(`refuses ${note.event}`);
    else this.#add(ctx, "receive", stamp, clockMs, sent.get(note.event));
    if (ctx.random.chance(0.2)) this.#send(ctx);
  }

  onTimer(ctx: Context<Note<Stamp>, Tick>): void {
    const { ticking, plan, paceMs } = this.#shared;
    const count = (ticking.get(ctx.self) ?? 0) + 1;
    ticking.set(ctx.self, count);
    if (ctx.random.chance(0.3))
      this.#add(ctx, "local", this.#clock.local(epochMs + ctx.now), epochMs + ctx.now);
    else this.#send(ctx);
    if (count < plan.ticks) ctx.setTimer({ type: "Tick" }, 1 + ctx.random.int(paceMs));
  }

  #send(ctx: Context<Note<Stamp>, Tick>): void {
    const { sent, plan } = this.#shared;
    const clockMs = epochMs + ctx.now;
    const event = this.#add(ctx, "send", this.#clock.send(clockMs), clockMs);
    sent.set(nameOf(event), event);
    const to = ctx.random.pick(plan.nodes.filter((id) => id !== ctx.self));
    ctx.send(to, { type: "Note", event: nameOf(event), stamp: event.stamp });
  }

  #add(
    ctx: Context<Note<Stamp>, Tick>,
    kind: "local" | "send" | "receive",
    stamp: Stamp,
    clockMs: number,
    cause?: Happening<Stamp>,
  ): Happening<Stamp> {
    const { execution, broken, plan } = this.#shared;
    const event = execution.add(ctx.self, kind, structuredClone(stamp), cause, clockMs);
    const sentence = plan.judge(event, execution);
    if (sentence) broken.push(sentence);
    if (kind !== "send") ctx.log(`${nameOf(event)} has ${formatValue(stamp)}`);
    return event;
  }
}
