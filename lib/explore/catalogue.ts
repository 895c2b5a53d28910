import type { Fact } from "#lib/check";
import { app, canonical, type NodeId } from "#lib/sim";

/** Something that can happen to a node, or that has happened and stays so. */
export type Thing =
  | { readonly kind: "start" }
  | { readonly kind: "crash" }
  /** On the network; to `app`: told. */
  | { readonly kind: "message"; readonly from: NodeId; readonly to: NodeId; readonly message: unknown }
  /** Inside the machine: from its application, or from the node to itself. */
  | { readonly kind: "ask"; readonly from: NodeId; readonly message: unknown }
  | { readonly kind: "timer"; readonly timer: unknown }
  | { readonly kind: "fact"; readonly claim: number; readonly fact: Fact };

/** The number of `start` in every catalogue. */
export const start = 0;
/** The number of `crash` in every catalogue. */
export const crash = 1;

/** A number for each thing, so that a search handles numbers only. */
export class Catalogue {
  readonly things: Thing[] = [];
  /** By a thing's number: the number of the node that it can be delivered to, or −1. */
  readonly receivers: number[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #nodes: ReadonlyMap<NodeId, number>;

  constructor(ids: readonly NodeId[]) {
    this.#nodes = new Map(ids.map((id, number) => [id, number]));
    this.number({ kind: "start" });
    this.number({ kind: "crash" });
  }

  number(thing: Thing): number {
    const key = keyOf(thing);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.things.push(thing) - 1;
      this.#numbers.set(key, number);
      const to = thing.kind === "message" && thing.to !== app ? this.#nodes.get(thing.to) : undefined;
      this.receivers.push(to ?? -1);
    }
    return number;
  }
}

function keyOf(thing: Thing): string {
  switch (thing.kind) {
    case "message":
      return `message ${thing.from} ${thing.to} ${canonical(thing.message)}`;
    case "ask":
      return `ask ${thing.from} ${canonical(thing.message)}`;
    case "timer":
      return `timer ${canonical(thing.timer)}`;
    case "fact":
      // How it is told is no part of a fact.
      return `fact ${thing.claim} ${canonical({ ...thing.fact, text: "" })}`;
    default:
      return thing.kind;
  }
}
