import { app, type DiskImage, Misuse, type NodeId } from "#lib/sim";
import type { Local } from "./local.ts";
import type { StateClaim, View } from "./options.ts";
import type { Space } from "./space.ts";

/** A row of a space, as a claim sees it. */
export class StateView implements View {
  readonly #space: Space;
  readonly #row: Int32Array;

  constructor(space: Space, row: Int32Array) {
    this.#space = space;
    this.#row = row;
  }

  get ids(): readonly NodeId[] {
    return this.#space.machines.map(({ id }) => id);
  }

  isUp(id: NodeId): boolean {
    return this.#local(id).isUp;
  }

  disk(id: NodeId): DiskImage {
    return this.#local(id).safe;
  }

  told(id: NodeId): readonly unknown[] {
    return this.#messages()
      .filter(({ from, to }) => from === id && to === app)
      .map(({ message }) => message);
  }

  sent(): readonly { readonly from: NodeId; readonly to: NodeId; readonly message: unknown }[] {
    return this.#messages().filter(({ to }) => to !== app);
  }

  #messages() {
    const set = this.#row[this.#space.width - 2] as number;
    return this.#space.happened
      .thingsOf(set)
      .map((number) => this.#space.catalogue.things[number])
      .filter((thing) => thing?.kind === "message");
  }

  #local(id: NodeId): Local {
    const number = this.ids.indexOf(id);
    if (number < 0) throw new Misuse(`There is no node "${id}" here: there are ${this.ids.join(", ")}`);
    return this.#space.locals.all[this.#row[number] as number] as Local;
  }
}

/** Why a path must not be. */
export interface Refusal {
  readonly claim: string;
  readonly text: string;
}

/** The first claim that does not hold in a state, and why. */
export function brokenIn(space: Space, row: Int32Array, claims: readonly StateClaim[]): Refusal | undefined {
  const view = new StateView(space, row);
  for (const claim of claims) {
    const text = claim.broken(view);
    if (text !== undefined) return { claim: claim.name, text };
  }
  return undefined;
}
