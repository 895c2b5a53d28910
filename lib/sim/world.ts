import { hashText } from "#lib/random";
import type { Actor } from "./actor.ts";
import type { Agenda } from "./agenda.ts";
import type { Effect } from "./events.ts";
import type { Journal } from "./journal.ts";
import type { Network } from "./network.ts";

/** Where effects happen: the network, the timers and the disks. Everything that happens enters the hash. */
export class World {
  readonly #agenda: Agenda;
  readonly #journal: Journal;
  readonly #network: Network;
  #timerSerial = 0;

  constructor(agenda: Agenda, journal: Journal, network: Network) {
    this.#agenda = agenda;
    this.#journal = journal;
    this.#network = network;
  }

  /** Makes one effect of an actor happen; gives a sentence if that flooded the network. */
  perform(actor: Actor, effect: Effect): string | undefined {
    const journal = this.#journal;
    const { now } = this.#agenda;
    switch (effect.effect) {
      case "send":
        return this.#network.send(actor, effect.to, effect.message, effect.fingerprint);
      case "setTimer": {
        const { timer, key } = effect;
        const serial = ++this.#timerSerial;
        const print = hashText(key);
        const ms = now + actor.clock.duration(effect.delayMs);
        actor.timers.set(key, serial);
        this.#agenda.timer(ms, actor, timer, key, serial, print, journal.row);
        journal.mix(print, ms);
        return undefined;
      }
      case "cancelTimer":
        actor.timers.delete(effect.key);
        journal.mix(hashText(effect.key), -1);
        return undefined;
      case "write":
        actor.disk.write(effect.change);
        journal.add("write", now, actor.name, journal.row, undefined, effect.change);
        journal.mix(effect.fingerprint, 11);
        return undefined;
      case "sync":
        actor.disk.sync();
        journal.add("sync", now, actor.name, journal.row);
        journal.mix(13, actor.number);
        return undefined;
      case "log":
        journal.add("log", now, actor.name, journal.row, undefined, undefined, effect.text);
        return undefined;
    }
  }
}
