import { Stream } from "#lib/random";
import { frozenCopy, type NodeId } from "#lib/sim";
import { Broken } from "../suite/index.ts";
import { Execution, type Happening } from "./execution.ts";
import { epochMs, type Judge, judgeRefusal } from "./judges.ts";

/** A clock of any kind, as an execution drives it. `receive` gives null if the message is refused. */
export interface AnyClock<Stamp> {
  local(clockMs: number): Stamp;
  send(clockMs: number): Stamp;
  receive(clockMs: number, stamp: Stamp): Stamp | null;
}

export interface Plan {
  readonly seed: number;
  readonly nodeCount: number;
  readonly eventCount: number;
  /** How far a clock may be wrong; clocks do not matter unless told. */
  readonly skewMs?: number;
  /** What is more ahead than this must be refused. */
  readonly maxOffsetMs?: number;
}

/** The clocks of the machines: each wrong from the start, running at its own rate, and jumping now and then. */
class Clocks {
  #trueMs = epochMs;
  readonly #skewMs: number;
  readonly #random: Stream;
  readonly #offsets = new Map<NodeId, number>();

  constructor(skewMs: number, random: Stream) {
    this.#skewMs = skewMs;
    this.#random = random;
  }

  read(node: NodeId): number {
    // Many events in one ms, then some in a row that are apart: both are hard on a hybrid clock.
    if (this.#random.chance(0.4)) this.#trueMs += this.#random.int(4);
    const skew = this.#skewMs;
    const offset = this.#offsets.get(node);
    if (offset === undefined || this.#random.chance(0.02)) {
      this.#offsets.set(node, skew > 0 ? this.#random.between(-skew, skew) : 0);
    }
    return this.#trueMs + (this.#offsets.get(node) as number);
  }
}

/**
 * Makes a random execution, event by event: local ones, sendings, and arrivals, some of them late, some twice and some never. Every
 * timestamp is judged at once.
 */
export function execute<Stamp>(
  plan: Plan,
  make: (node: NodeId) => AnyClock<Stamp>,
  judge: Judge<Stamp>,
): Execution<Stamp> {
  const random = new Stream(plan.seed, "execution");
  const nodes = Array.from({ length: plan.nodeCount }, (_, i) => `n${i + 1}`);
  const clocks = new Map(nodes.map((node) => [node, make(node)]));
  const machines = new Clocks(plan.skewMs ?? 0, new Stream(plan.seed, "clocks"));
  const execution = new Execution<Stamp>();
  const underway: { readonly to: NodeId; readonly event: Happening<Stamp> }[] = [];
  const add = (
    node: NodeId,
    kind: "local" | "send" | "receive",
    stamp: Stamp,
    clockMs: number,
    cause?: Happening<Stamp>,
  ) => {
    const copy = frozenCopy(stamp, "The clock gave", () => "");
    const event = execution.add(node, kind, copy, cause, clockMs);
    const sentence = judge(event, execution);
    if (sentence) throw new Broken(sentence);
    return event;
  };
  while (execution.count < plan.eventCount) {
    const isArrival = underway.length > 0 && random.chance(0.45);
    if (isArrival) {
      const i = random.int(underway.length);
      const { to, event } = underway[i] as (typeof underway)[number];
      // Some come twice.
      if (random.chance(0.9)) underway.splice(i, 1);
      const clockMs = machines.read(to);
      const stamp = (clocks.get(to) as AnyClock<Stamp>).receive(clockMs, event.stamp);
      if (plan.maxOffsetMs !== undefined) {
        const refusal = judgeRefusal(to, clockMs, String(event.stamp), stamp, plan.maxOffsetMs);
        if (refusal) throw new Broken(refusal);
      }
      if (stamp !== null) add(to, "receive", stamp, clockMs, event);
      continue;
    }
    const node = random.pick(nodes);
    const clock = clocks.get(node) as AnyClock<Stamp>;
    const clockMs = machines.read(node);
    if (random.chance(0.3)) add(node, "local", clock.local(clockMs), clockMs);
    else {
      const event = add(node, "send", clock.send(clockMs), clockMs);
      const to = random.pick(nodes.filter((it) => it !== node));
      if (random.chance(0.9)) underway.push({ to, event });
    }
  }
  return execution;
}
