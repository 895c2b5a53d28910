import type { Stream } from "#lib/random";
import type { Adversary, Fate, NodeId, Simulation } from "#lib/sim";
import type { Decisions } from "./decisions.ts";
import { drawSwarm, type FaultKind, type Swarm } from "./swarm.ts";

/** Cuts, pauses, slowness and jumps are decided once in this time. */
export const windowMs = 250;

interface LinkStreams {
  readonly name: string;
  readonly loss: Stream;
  readonly delay: Stream;
  readonly late: Stream;
  readonly copy: Stream;
}

/** The adversary of one run: it decides until `untilMs`, and then heals what it has broken. */
export class Nemesis implements Adversary {
  /** How often each fault really struck. */
  readonly struck = new Map<FaultKind, number>();
  readonly #decisions: Decisions;
  readonly #swarm: Swarm;
  readonly #untilMs: number;
  readonly #delayMs: number;
  readonly #spared: ReadonlySet<NodeId>;
  readonly #links = new Map<NodeId, Map<NodeId, LinkStreams>>();
  readonly #crashes = new Map<NodeId, Stream>();
  readonly #fate: Fate = { lost: false, extraMs: 0, copyMs: -1 };
  readonly #undo: (() => void)[] = [];

  constructor(options: {
    readonly decisions: Decisions;
    readonly faults: readonly FaultKind[];
    readonly untilMs: number;
    readonly delayMs: number;
    /** Nodes that never crash or pause. */
    readonly spared: readonly NodeId[];
  }) {
    this.#decisions = options.decisions;
    this.#untilMs = options.untilMs;
    this.#delayMs = options.delayMs;
    this.#spared = new Set(options.spared);
    // Where everything is given, nothing has to be drawn.
    const faults = options.decisions.isGiven ? [] : options.faults;
    this.#swarm = drawSwarm(options.decisions.stream("swarm", "all"), faults);
  }

  message(from: NodeId, to: NodeId, n: number, ms: number): Readonly<Fate> | undefined {
    if (ms >= this.#untilMs) return undefined;
    const { name, loss, delay, late, copy } = this.#link(from, to);
    const swarm = this.#swarm;
    const decisions = this.#decisions;
    const fate = this.#fate;
    const lost = swarm.loss > 0 && loss.at(n) < swarm.loss ? 1 : 0;
    fate.lost = decisions.decide("drop", name, n, 0, lost) !== 0;
    if (fate.lost) {
      this.#count("loss");
      return fate;
    }
    const delayMs = draw(delay, n, swarm.delay, 1, swarm.delayMs, 0);
    fate.extraMs = decisions.decide("delay", name, n, 0, delayMs);
    if (fate.extraMs > 0) this.#count("delay");
    const lateMs = decisions.decide(
      "late",
      name,
      n,
      0,
      draw(late, n, swarm.reorder, 1, 3 * this.#delayMs, 0),
    );
    fate.extraMs += lateMs;
    if (lateMs > 0) this.#count("reorder");
    fate.copyMs = decisions.decide(
      "dup",
      name,
      n,
      -1,
      draw(copy, n, swarm.duplication, 0, swarm.delayMs, -1),
    );
    if (fate.copyMs >= 0) this.#count("duplication");
    return fate;
  }

  crash(node: NodeId, n: number, effectCount: number, ms: number): number | undefined {
    if (ms >= this.#untilMs || this.#spared.has(node)) return undefined;
    const { crash } = this.#swarm;
    if (crash === 0 && !this.#decisions.isGiven) return undefined;
    let stream = this.#crashes.get(node);
    if (!stream) {
      stream = this.#decisions.stream("crash", node);
      this.#crashes.set(node, stream);
    }
    const proposed = draw(stream, n, crash, 0, effectCount + 1, -1);
    const after = this.#decisions.decide("crash", node, n, -1, proposed);
    if (after < 0) return undefined;
    this.#count("crash");
    return Math.min(after, effectCount);
  }

  downMs(node: NodeId, n: number): number {
    const proposed = draw(this.#decisions.stream("down", node), n, 1, 1, this.#swarm.downMs, 0);
    return this.#decisions.decide("down", node, n, 200, proposed);
  }

  survivors(node: NodeId, n: number, unsyncedCount: number): number {
    const rate = this.#swarm.enabled.has("disk") ? 1 : 0;
    const proposed = draw(
      this.#decisions.stream("survive", node),
      n,
      rate,
      0,
      2 ** Math.min(30, unsyncedCount),
      0,
    );
    const mask = this.#decisions.decide("survive", node, n, 0, proposed);
    if (mask !== 0) this.#count("disk");
    return mask;
  }

  /** Plans everything that is not about one message or one handler. */
  attach(sim: Simulation): void {
    for (const id of sim.nodeIds) this.#setClock(sim, id);
    for (let n = 0; n * windowMs < this.#untilMs; n++) sim.at(n * windowMs, () => this.#window(sim, n));
  }

  /** Ends all faults: everyone is up, reachable and quick, and the clocks are right. */
  heal(sim: Simulation): void {
    for (const undo of this.#undo.splice(0)) undo();
    for (const id of sim.nodeIds) {
      sim.resume(id);
      sim.slow(id, 0);
      sim.clock(id).correct(sim.now);
      sim.restart(id);
    }
    const note =
      this.#untilMs > 0
        ? "the faults end: everyone is up and reachable from here on"
        : "nothing goes wrong by chance: each cut and crash is the scenario's own";
    sim.note("", note);
  }

  #setClock(sim: Simulation, id: NodeId): void {
    const decisions = this.#decisions;
    const rate = (kind: FaultKind) => (this.#swarm.enabled.has(kind) ? 1 : 0);
    const skewMs = decisions.decide(
      "skew",
      id,
      0,
      0,
      draw(decisions.stream("skew", id), 0, rate("skew"), -200, 401, 0),
    );
    if (skewMs !== 0) {
      this.#count("skew");
      sim.clock(id).jump(0, skewMs);
      sim.note(id, `the clock of ${id} is ${skewMs} ms off`);
    }
    // In parts per thousand; real clocks drift by less, but runs are short.
    const drift = decisions.decide(
      "drift",
      id,
      0,
      0,
      draw(decisions.stream("drift", id), 0, rate("drift"), -50, 101, 0),
    );
    if (drift !== 0) {
      this.#count("drift");
      sim.clock(id).drift(0, 1 + drift / 1000);
      sim.note(id, `the clock of ${id} runs ${Math.abs(drift)} ‰ too ${drift > 0 ? "fast" : "slow"}`);
    }
  }

  #window(sim: Simulation, n: number): void {
    for (const undo of this.#undo.splice(0)) undo();
    const { ids } = sim;
    const side = this.#cutOf("partition", n, 2 ** (ids.length - 1) - 1);
    if (side !== 0) this.#split(sim, side);
    for (const kind of ["one-way", "partial"] as const) {
      const pair = this.#cutOf(kind, n, ids.length * (ids.length - 1));
      if (pair !== 0) this.#cutPair(sim, kind, pair - 1);
    }
    for (const kind of ["pause", "slow", "jump"] as const) {
      for (const id of sim.nodeIds) {
        if (kind === "pause" && this.#spared.has(id)) continue;
        const [lowest, span] =
          kind === "jump" ? [-500, 1001] : kind === "slow" ? [1, 300] : [1, windowMs - 1];
        const stream = this.#decisions.stream(kind, id);
        const value = this.#decisions.decide(
          kind,
          id,
          n,
          0,
          draw(stream, n, this.#swarm.window[kind], lowest, span, 0),
        );
        if (value !== 0) this.#strike(sim, kind, id, value);
      }
    }
  }

  /** Which of so many cuts there is in the n-th window, from 1; 0 is none. It lasts for a few windows, which read the same draw. */
  #cutOf(kind: "partition" | "one-way" | "partial", n: number, choices: number): number {
    const slot = Math.floor(n / this.#swarm.stretch);
    const rate = choices > 0 ? this.#swarm.window[kind] : 0;
    const proposed = draw(this.#decisions.stream(kind, "all"), slot, rate, 1, choices, 0);
    return this.#decisions.decide(kind, "all", n, 0, proposed);
  }

  #split(sim: Simulation, side: number): void {
    const inside = sim.ids.filter((_, i) => (side & (1 << i)) !== 0);
    const outside = sim.ids.filter((_, i) => (side & (1 << i)) === 0);
    this.#count("partition");
    for (const a of inside) {
      for (const b of outside) this.#cut(sim, [a, b], [b, a]);
    }
    sim.note("", `a partition: ${inside.join(", ")} | ${outside.join(", ")}, for ${windowMs} ms`);
  }

  #cutPair(sim: Simulation, kind: "one-way" | "partial", pair: number): void {
    const { ids } = sim;
    const first = Math.floor(pair / (ids.length - 1));
    const second = pair % (ids.length - 1);
    const from = ids[first] as NodeId;
    const to = ids[second < first ? second : second + 1] as NodeId;
    this.#count(kind);
    this.#cut(sim, [from, to]);
    if (kind === "partial") this.#cut(sim, [to, from]);
    const how =
      kind === "partial" ? `${from} and ${to} cannot reach each other` : `${from} cannot reach ${to}`;
    sim.note("", `${how}, for ${windowMs} ms`);
  }

  #cut(sim: Simulation, ...links: readonly (readonly [NodeId, NodeId])[]): void {
    for (const [from, to] of links) {
      sim.cut(from, to);
      this.#undo.push(() => sim.mend(from, to));
    }
  }

  #strike(sim: Simulation, kind: "pause" | "slow" | "jump", id: NodeId, value: number): void {
    this.#count(kind);
    if (kind === "jump") {
      sim.clock(id).jump(sim.now, value);
      sim.note(id, `the clock of ${id} jumps by ${value} ms`);
    } else if (kind === "slow") {
      sim.slow(id, value);
      this.#undo.push(() => sim.slow(id, 0));
      sim.note(id, `what comes to ${id} takes ${value} ms longer, for ${windowMs} ms`);
    } else {
      sim.pause(id);
      sim.at(sim.now + value, () => sim.resume(id));
      sim.note(id, `${id} stands still for ${value} ms`);
    }
  }

  #link(from: NodeId, to: NodeId): LinkStreams {
    let links = this.#links.get(from);
    if (!links) {
      links = new Map();
      this.#links.set(from, links);
    }
    let link = links.get(to);
    if (!link) {
      const name = `${from}>${to}`;
      const stream = (kind: string) => this.#decisions.stream(kind, name);
      link = {
        name,
        loss: stream("drop"),
        delay: stream("delay"),
        late: stream("late"),
        copy: stream("dup"),
      };
      links.set(to, link);
    }
    return link;
  }

  #count(kind: FaultKind): void {
    this.struck.set(kind, (this.struck.get(kind) ?? 0) + 1);
  }
}

/** With probability `rate` a whole number in [lowest, lowest + span), otherwise `calm`: the n-th draw of a stream. */
function draw(stream: Stream, n: number, rate: number, lowest: number, span: number, calm: number): number {
  return rate > 0 && stream.at(2 * n) < rate ? lowest + Math.floor(stream.at(2 * n + 1) * span) : calm;
}
