import { app, canonical, DurableDisk, type Effect, type NodeId, type Recorder } from "#lib/sim";
import { Life, type Machine } from "./life.ts";
import type { Step } from "./options.ts";

/** How far steps are apart in what is recorded: a path has an order, and no times. */
const msPerStep = 10;

/** A node on its way along the path, with the rows of the trace that led to what it has. */
interface Traveller {
  readonly machine: Machine;
  readonly disk: DurableDisk;
  life: Life | undefined;
  hasLived: boolean;
  /** The rows in which each timer was set. */
  readonly timers: Map<string, number>;
  /** The rows in which it sent itself what it has not got yet. */
  inbox: number[];
}

/** Takes the steps again with new objects, and tells a recorder, as a run of the simulator would. */
export class Retelling {
  readonly #recorder: Recorder;
  readonly #travellers = new Map<NodeId, Traveller>();
  /** The row in which each message was first sent. */
  readonly #sent = new Map<string, number>();
  #ms = 0;
  #row = -1;

  constructor(machines: readonly Machine[], recorder: Recorder) {
    this.#recorder = recorder;
    for (const machine of machines) {
      const [disk, timers] = [new DurableDisk(), new Map<string, number>()];
      const traveller = { machine, disk, life: undefined, hasLived: false, timers, inbox: [] };
      this.#travellers.set(machine.id, traveller);
    }
  }

  tell(steps: readonly Step[], violation: string): void {
    for (const step of steps) {
      // Time begins when all have started.
      if (step.kind !== "start" || this.#travellers.get(step.node)?.hasLived) this.#ms += msPerStep;
      this.#take(step, this.#travellers.get(step.node) as Traveller);
    }
    this.#add("violation", "", this.#row, undefined, undefined, violation);
  }

  #take(step: Step, traveller: Traveller): void {
    const { kind, node, crashAfter } = step;
    this.#row = this.#open(step, traveller);
    if (kind === "crash") {
      this.#crash(traveller, step.survivors ?? 0, "");
      return;
    }
    traveller.life ??= new Life(traveller.machine, traveller.disk.safe);
    const handled = traveller.life.handle({
      kind: kind === "timer" ? "timer" : kind === "start" ? "start" : "message",
      node,
      inApp: false,
      from: step.from,
      message: step.message,
      timer: step.timer,
    });
    if ("fault" in handled) return;
    const { effects } = handled;
    for (const effect of effects.slice(0, crashAfter)) this.#perform(traveller, effect);
    this.#tellState(traveller);
    if (crashAfter === undefined) return;
    const where = `after ${crashAfter} of the ${effects.length} effects of its handler`;
    this.#crash(traveller, step.survivors ?? 0, where);
  }

  /** The row of the event itself. */
  #open({ kind, node, from, message, timer }: Step, traveller: Traveller): number {
    switch (kind) {
      case "start": {
        const row = this.#add(traveller.hasLived ? "restart" : "start", node, -1);
        traveller.hasLived = true;
        return row;
      }
      case "message": {
        const cause = this.#sent.get(keyOf(from as NodeId, node, message)) ?? -1;
        return this.#add("message", node, cause, from, message);
      }
      case "ask": {
        const isAsked = from === app;
        const peer = isAsked ? `${node}'s app` : node;
        const sent = isAsked ? this.#add("send", peer, -1, node, message) : (traveller.inbox.shift() ?? -1);
        return this.#add("message", node, sent, peer, message);
      }
      case "timer": {
        const key = canonical(timer);
        const cause = traveller.timers.get(key) ?? -1;
        traveller.timers.delete(key);
        return this.#add("timer", node, cause, undefined, timer);
      }
      default:
        return this.#row;
    }
  }

  #perform({ machine: { id }, disk, timers, inbox }: Traveller, effect: Effect): void {
    const row = this.#row;
    switch (effect.effect) {
      case "send": {
        const sent = this.#send(id, effect.to, effect.message);
        if (effect.to === id) inbox.push(sent);
        return;
      }
      case "setTimer":
        timers.set(effect.key, row);
        return;
      case "cancelTimer":
        timers.delete(effect.key);
        return;
      case "write":
        disk.write(effect.change);
        this.#add("write", id, row, undefined, effect.change);
        return;
      case "sync":
        disk.sync();
        this.#add("sync", id, row);
        return;
      case "log":
        this.#add("log", id, row, undefined, undefined, effect.text);
        return;
    }
  }

  #send(from: NodeId, to: NodeId, message: unknown): number {
    const peer = to === app ? `${from}'s app` : to;
    const sent = this.#add("send", from, this.#row, peer, message);
    const key = keyOf(from, to, message);
    if (!this.#sent.has(key)) this.#sent.set(key, sent);
    if (to === app) this.#add("message", peer, sent, from, message);
    return sent;
  }

  #crash(traveller: Traveller, survivors: number, where: string): void {
    const { disk, timers, machine } = traveller;
    disk.survive(survivors);
    traveller.life = undefined;
    timers.clear();
    traveller.inbox = [];
    this.#row = this.#add("crash", machine.id, this.#row, undefined, undefined, where);
    this.#tellState(traveller);
  }

  #tellState({ machine, life, disk }: Traveller): void {
    this.#recorder.state?.(this.#row, machine.id, life?.node, disk.safe);
  }

  #add(
    kind: Parameters<Recorder["add"]>[0],
    actor: string,
    cause: number,
    peer?: string,
    payload?: unknown,
    note?: string,
  ): number {
    return this.#recorder.add(kind, this.#ms, actor, cause, peer, payload, note);
  }
}

function keyOf(from: NodeId, to: NodeId, message: unknown): string {
  return `${from} ${to} ${canonical(message)}`;
}
