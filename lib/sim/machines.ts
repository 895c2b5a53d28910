import { Stream } from "#lib/random";
import { type Actor, newActor } from "./actor.ts";
import { Recording } from "./context.ts";
import { Misuse } from "./json.ts";
import { app, type NodeId } from "./node.ts";
import type { SimulationOptions } from "./options.ts";

/** All nodes and applications of a run. */
export class Machines {
  readonly #actors = new Map<string, Actor>();
  readonly #seed: number;

  constructor({ nodes, applications = {}, seed }: SimulationOptions) {
    this.#seed = seed;
    for (const [id, make] of Object.entries(nodes)) this.#add(newActor(id, this.#actors.size, make));
    for (const [id, program] of Object.entries(applications)) {
      const beside = this.#actors.get(id);
      const actor = newActor(id, this.#actors.size, undefined, beside);
      actor.node = program;
      if (beside) beside.beside = actor;
      this.#add(actor);
    }
    for (const actor of this.all()) {
      for (let i = 0; i < this.#actors.size; i++) actor.links.push({ sent: 0, cut: 0 });
    }
  }

  all(): Iterable<Actor> {
    return this.#actors.values();
  }

  get(id: NodeId): Actor {
    const actor = this.#actors.get(id);
    if (actor) return actor;
    throw new Misuse(
      `There is no node "${id}" in this run: there are ${[...this.#actors.keys()].join(", ")}`,
    );
  }

  /** Begins the life that follows this one; false if the actor is up, or another life has begun since. */
  begin(actor: Actor, life: number): boolean {
    if (actor.up || actor.life !== life) return false;
    actor.up = true;
    actor.life++;
    const { id, name, inApp } = actor;
    const random = new Stream(this.#seed, "random", name, actor.life);
    const knows = (to: NodeId) => (to === app ? !inApp && actor.beside !== undefined : this.#actors.has(to));
    actor.ctx = new Recording(id, random, actor.disk.safe.copy(), knows);
    return true;
  }

  #add(actor: Actor): void {
    this.#actors.set(actor.name, actor);
  }
}
