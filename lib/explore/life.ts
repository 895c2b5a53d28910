import { Stream } from "#lib/random";
import {
  type AnyNode,
  type DiskImage,
  type Handled,
  handle,
  type NodeId,
  newActor,
  type Pending,
  Recording,
  type Snapshot,
  snapshotOf,
} from "#lib/sim";

/** A node of the configuration. */
export interface Machine {
  readonly id: NodeId;
  readonly number: number;
  readonly make: () => AnyNode;
  readonly canCrash: boolean;
  knows(id: NodeId): boolean;
}

/**
 * One life of a node: the object, and what it sees of the world. Its clock stands still, and its random numbers begin anew at each
 * event, so that neither tells a state from an equal one that was reached on another path.
 */
export class Life {
  readonly #actor;
  readonly #random: EventRandom;
  readonly #ctx: Recording;

  /** `safe` is the disk as the node finds it. */
  constructor(machine: Machine, safe: DiskImage) {
    const { id, number, make } = machine;
    this.#random = new EventRandom(1, id);
    this.#actor = newActor(id, number, make);
    this.#actor.up = true;
    this.#actor.life = 1;
    this.#ctx = new Recording(id, this.#random, safe.copy(), (to) => machine.knows(to));
    this.#actor.ctx = this.#ctx;
  }

  handle(event: Pending): Handled {
    this.#random.begin();
    const handled = handle(this.#actor, event, 0, 0);
    // A node may keep its context, and what it did last is no part of its state.
    this.#ctx.effects = [];
    return handled;
  }

  /** The object itself, once it has started. */
  get node(): object {
    return this.#actor.node as object;
  }

  get snapshot(): Snapshot {
    return snapshotOf(this.node);
  }

  get className(): string {
    return this.#actor.node?.constructor.name ?? this.#actor.id;
  }
}

class EventRandom extends Stream {
  #drawn = 0;

  begin(): void {
    this.#drawn = 0;
  }

  override next(): number {
    return this.at(this.#drawn++);
  }
}
