import { type Claim, type Deed, deedsOf, factsOf, savedBy } from "#lib/check";
import { app, DurableDisk, type Effect, Misuse, type NodeId } from "#lib/sim";
import type { Catalogue } from "./catalogue.ts";
import type { Happened } from "./happened.ts";
import type { Local } from "./local.ts";

/** What effects leave behind. */
export interface Aftermath {
  readonly deeds: readonly Deed[];
  readonly disk: DurableDisk;
  readonly timers: readonly number[];
  readonly inbox: readonly number[];
}

/** What a crash leaves behind. */
export interface Wreck {
  readonly survivors: number;
  readonly deeds: readonly Deed[];
  readonly disk: DurableDisk;
}

const mostUnsynced = 8;

/** Makes effects and crashes happen to local states, which stay as they are. */
export class Consequences {
  readonly #catalogue: Catalogue;
  readonly #happened: Happened;
  readonly #claims: readonly Claim[];
  readonly #anySurvives: boolean;

  constructor(catalogue: Catalogue, happened: Happened, claims: readonly Claim[], anySurvives: boolean) {
    this.#catalogue = catalogue;
    this.#happened = happened;
    this.#claims = claims;
    this.#anySurvives = anySurvives;
  }

  of(local: Local, event: number, effects: readonly Effect[]): Aftermath {
    const { id } = local.machine;
    const disk = diskOf(local);
    // Until a sync nothing that is safe changes, and equal disks can be one.
    if (effects.some(({ effect }) => effect === "sync")) disk.safe = disk.safe.copy();
    const timers = new Set(local.timers);
    timers.delete(event);
    const inbox = local.inbox.slice(event === local.inbox[0] ? 1 : 0);
    for (const effect of effects) {
      if (effect.effect === "setTimer") timers.add(this.#timer(effect.timer));
      else if (effect.effect === "cancelTimer") timers.delete(this.#timer(effect.timer));
      else if (effect.effect === "send" && effect.to === id) {
        inbox.push(this.#catalogue.number({ kind: "ask", from: id, message: effect.message }));
      }
    }
    const thing = this.#catalogue.things[event];
    const isAsked = thing?.kind === "ask" && thing.from === app;
    const asked: Deed[] = isAsked ? [{ deed: "ask", node: id, message: thing.message }] : [];
    const deeds = [...asked, ...deedsOf(id, disk, effects)];
    return { deeds, disk, timers: [...timers].sort((a, b) => a - b), inbox };
  }

  /** All that a crash can leave, after these deeds. */
  ofCrash(id: NodeId, { disk, deeds }: Pick<Aftermath, "disk" | "deeds">): Wreck[] {
    const { unsynced } = disk;
    if (this.#anySurvives && unsynced.length > mostUnsynced) {
      throw new Misuse(
        `${id} has ${unsynced.length} unsynced writes at a crash, too many to try all choices of them: sync more often, or explore with survivors "none"`,
      );
    }
    const choiceCount = this.#anySurvives ? 2 ** unsynced.length : 1;
    return Array.from({ length: choiceCount }, (_, survivors) => {
      const left = new DurableDisk();
      left.safe = survivors === 0 ? disk.safe : disk.safe.copy();
      left.unsynced = [...unsynced];
      const kept = unsynced.filter((_, i) => survivors & (1 << i));
      const saved = savedBy(id, left.safe, kept);
      left.survive(survivors);
      return { survivors, deeds: [...deeds, ...saved], disk: left };
    });
  }

  /** What deeds leave in the world, in order, as an addition: messages and facts. */
  addition(deeds: readonly Deed[]): number {
    return this.#happened.addition(this.#thingsOf(deeds));
  }

  #timer(timer: unknown): number {
    return this.#catalogue.number({ kind: "timer", timer });
  }

  #thingsOf(deeds: readonly Deed[]): number[] {
    return deeds.flatMap((deed) => {
      const things: number[] = [];
      const { node } = deed;
      if (deed.deed === "tell" || (deed.deed === "send" && deed.to !== node)) {
        const to = deed.deed === "tell" ? app : deed.to;
        things.push(this.#catalogue.number({ kind: "message", from: node, to, message: deed.message }));
      }
      this.#claims.forEach((claim, i) => {
        for (const fact of factsOf(claim, deed)) {
          things.push(this.#catalogue.number({ kind: "fact", claim: i, fact }));
        }
      });
      return things;
    });
  }
}

/** The disk of a local state, with a list of unsynced writes of its own. */
export function diskOf({ safe, unsynced }: Pick<Local, "safe" | "unsynced">): DurableDisk {
  const disk = new DurableDisk();
  disk.safe = safe;
  disk.unsynced = [...unsynced];
  return disk;
}
