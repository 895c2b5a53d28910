import { type Actor, linkOf, machineOf } from "./actor.ts";
import type { Agenda, Entry } from "./agenda.ts";
import type { Journal } from "./journal.ts";
import type { Machines } from "./machines.ts";
import { app, type NodeId } from "./node.ts";
import type { SimulationOptions } from "./options.ts";

/** How many messages a node may send in one second of virtual time. */
const floodPerSecond = 50_000;

/** Carries messages: inside a machine at once and safely, between machines as the adversary lets it. */
export class Network {
  readonly #machines: Machines;
  readonly #agenda: Agenda;
  readonly #journal: Journal;
  readonly #options: SimulationOptions;
  readonly #delayMs: number;

  constructor(machines: Machines, agenda: Agenda, journal: Journal, options: SimulationOptions) {
    this.#machines = machines;
    this.#agenda = agenda;
    this.#journal = journal;
    this.#options = options;
    this.#delayMs = options.delayMs ?? 10;
  }

  /** Sends; gives a sentence if the sender has flooded the network. */
  send(from: Actor, to: NodeId, message: unknown, print: number): string | undefined {
    const journal = this.#journal;
    journal.mix(print, from.number);
    const beside = from.beside as Actor;
    const isLocal = from.inApp || to === app || to === from.id;
    const target = !isLocal ? this.#machines.get(to) : to === app || from.inApp ? beside : from;
    const { now } = this.#agenda;
    const cause = journal.add("send", now, from.name, journal.row, target.name, message);
    if (isLocal) {
      this.#agenda.localMessage(target, from, message, print, cause);
      return undefined;
    }
    const link = linkOf(from, target);
    const n = link.sent++;
    if (tooMany(from, Math.floor(now / 1000))) {
      return `${from.name} sent 50,000 messages within one second of virtual time: what makes it send again and again?`;
    }
    const { adversary, loses } = this.#options;
    const lost =
      link.cut > 0 ? unreachable(from, target) : loses?.(from.id, to, message, n) ? lossNote : undefined;
    const fate = lost ? undefined : adversary?.message(from.id, to, n, now);
    if (lost || fate?.lost) {
      journal.add("lost", now, to, cause, from.id, message, lost ?? lossNote);
      return undefined;
    }
    const atMs = now + this.#delayMs + target.slowMs;
    this.#agenda.message(atMs + (fate?.extraMs ?? 0), target, from, message, print, cause);
    if (fate && fate.copyMs >= 0) {
      this.#agenda.message(atMs + fate.copyMs, target, from, message, print, cause);
    }
    return undefined;
  }

  /** Whether a message that is due arrives. One that does not is noted. */
  arrives(entry: Entry): boolean {
    const to = entry.actor as Actor;
    const from = entry.from as Actor;
    let why: string | undefined;
    if (!to.up) why = `${to.name} is down`;
    else if (!entry.isLocal) why = linkOf(from, to).cut > 0 ? unreachable(from, to) : undefined;
    else if (!machineOf(to).up || machineOf(to).life !== entry.serial) why = "died with the machine";
    if (why === undefined) return true;
    this.#journal.add("lost", this.#agenda.now, to.name, entry.cause, from.name, entry.value, why);
    return false;
  }
}

const lossNote = "lost by the network";

function unreachable(from: Actor, to: Actor): string {
  return `${from.name} cannot reach ${to.name}`;
}

function tooMany(from: Actor, second: number): boolean {
  if (from.sentSecond !== second) {
    from.sentSecond = second;
    from.sentCount = 0;
  }
  return ++from.sentCount > floodPerSecond;
}
