import { Misuse, type NodeId } from "#lib/sim";
import type { Thing } from "./catalogue.ts";
import type { Machine } from "./life.ts";
import type { Local, Outcome } from "./local.ts";
import type { Symmetry } from "./options.ts";
import type { Move } from "./search.ts";
import type { Space } from "./space.ts";
import { PairTable } from "./tables.ts";

/** Nodes change places: which one each becomes, by number. */
interface Permutation {
  readonly number: number;
  readonly to: readonly number[];
  readonly names: ReadonlyMap<NodeId, NodeId>;
}

/**
 * Renames states, so that one stands for all that differ only in who is who. A local state is renamed by giving the other
 * node the renamed events that led there.
 */
export class Renaming {
  readonly #space: Space;
  /** The numbers of the nodes that are alike. */
  readonly #alike: readonly number[];
  readonly #rename: NonNullable<Symmetry["rename"]>;
  readonly #ids: RegExp;
  readonly #permutations = new Map<string, Permutation>();
  /** What each permutation makes of local states, things and sets. */
  readonly #locals = new PairTable();
  readonly #things = new PairTable();
  readonly #sets = new PairTable();
  readonly #shapes = new Map<string, number>();
  readonly #shapeOf: number[] = [];
  readonly #candidatesOf = new Map<string, readonly Permutation[]>();
  readonly #rows: readonly [Int32Array, Int32Array];

  constructor(space: Space, { alike, rename }: Symmetry) {
    this.#space = space;
    const ids = space.machines.map(({ id }) => id);
    this.#alike = alike.map((id) => ids.indexOf(id));
    if (this.#alike.includes(-1))
      throw new Misuse(`symmetry names ${alike.join(", ")}, and the nodes are ${ids.join(", ")}`);
    this.#ids = new RegExp(`\\b(${alike.map((id) => id.replace(/\W/g, "\\$&")).join("|")})\\b`, "g");
    this.#rename = rename ?? ((text, names) => text.replace(this.#ids, (id) => names.get(id) ?? id));
    this.#rows = [new Int32Array(space.width), new Int32Array(space.width)];
  }

  /** The least of the states that this one can be renamed to, by its numbers. It is overwritten by the next one. */
  representative(row: Int32Array): Int32Array {
    return this.#least(row).row;
  }

  /** The path that its representatives tell of, with the true names. */
  concrete(root: Int32Array, path: readonly Move[]): Move[] {
    const { width, machines, happened } = this.#space;
    const set = width - 2;
    // The true state is what `names` makes of the representative in `row`.
    let names = this.#permutation(machines.map((_, i) => i));
    const row = Int32Array.from(root);
    const truth = Int32Array.from(root);
    const settle = () => {
      const { row: least, permutation } = this.#least(row);
      row.set(least);
      names = this.#permutation(names.to.map((_, i) => names.to[permutation.to.indexOf(i)] as number));
    };
    settle();
    return path.map(({ node, event, outcome }) => {
      const trueNode = names.to[node] as number;
      const trueEvent = this.#thing(event, names);
      if (!outcome) return { node: trueNode, event: trueEvent, outcome };
      const trueOutcome = this.#outcomeLike(truth[trueNode] as number, trueEvent, outcome);
      truth[trueNode] = trueOutcome.local;
      row[node] = outcome.local;
      // Only the last step can be refused, and nothing follows it.
      row[set] = Math.max(0, happened.add(row[set] as number, outcome.addition));
      settle();
      return { node: trueNode, event: trueEvent, outcome: trueOutcome };
    });
  }

  #least(row: Int32Array): { row: Int32Array; permutation: Permutation } {
    const [first, ...others] = this.#candidates(row) as [Permutation, ...Permutation[]];
    let permutation = first;
    let [least, spare] = this.#rows;
    this.#renamed(row, first, least);
    for (const other of others) {
      this.#renamed(row, other, spare);
      if (!isLess(spare, least)) continue;
      [least, spare] = [spare, least];
      permutation = other;
    }
    return { row: least, permutation };
  }

  /** What puts the nodes that are alike in the order of their shapes: several if some have one shape, unless those are too many. */
  #candidates(row: Int32Array): readonly Permutation[] {
    const shapes = this.#alike.map((node) => this.#shape(row[node] as number));
    const key = shapes.join();
    let candidates = this.#candidatesOf.get(key);
    if (!candidates) {
      const places = shapes.map((_, i) => i).sort((a, b) => (shapes[a] as number) - (shapes[b] as number));
      candidates = ordersOf(places, shapes).map((order) => {
        const to = this.#space.machines.map((_, i) => i);
        order.forEach((place, i) => {
          to[this.#alike[place] as number] = this.#alike[i] as number;
        });
        return this.#permutation(to);
      });
      this.#candidatesOf.set(key, candidates);
    }
    return candidates;
  }

  /** A number for what a local state is like when ids are not looked at. */
  #shape(local: number): number {
    let shape = this.#shapeOf[local];
    if (shape === undefined) {
      const text = (this.#space.locals.all[local] as Local).key.replace(this.#ids, "*");
      shape = this.#shapes.get(text) ?? this.#shapes.size;
      this.#shapes.set(text, shape);
      this.#shapeOf[local] = shape;
    }
    return shape;
  }

  #permutation(to: readonly number[]): Permutation {
    const key = to.join();
    let permutation = this.#permutations.get(key);
    if (!permutation) {
      const { machines } = this.#space;
      const names = new Map(machines.map(({ id }, i) => [id, (machines[to[i] as number] as Machine).id]));
      permutation = { number: this.#permutations.size, to, names };
      this.#permutations.set(key, permutation);
    }
    return permutation;
  }

  #renamed(row: Int32Array, permutation: Permutation, into: Int32Array): void {
    const count = row.length - 2;
    for (let node = 0; node < count; node++) {
      into[permutation.to[node] as number] = this.#local(row[node] as number, permutation);
    }
    into[count] = this.#set(row[count] as number, permutation);
    into[count + 1] = row[count + 1] as number;
  }

  #set(set: number, permutation: Permutation): number {
    const known = this.#sets.get(set, permutation.number);
    if (known !== -1) return known;
    const { happened } = this.#space;
    const renamed = happened.setOf(happened.thingsOf(set).map((thing) => this.#thing(thing, permutation)));
    this.#sets.set(set, permutation.number, renamed);
    return renamed;
  }

  #local(number: number, permutation: Permutation): number {
    const { locals } = this.#space;
    const way: Local[] = [];
    let at = locals.all[number] as Local;
    let renamed = this.#locals.get(number, permutation.number);
    while (renamed === -1) {
      way.push(at);
      renamed = at.origin ? this.#locals.get(at.origin.local.number, permutation.number) : -2;
      if (at.origin) at = at.origin.local;
    }
    for (const local of way.reverse()) {
      const { origin } = local;
      renamed = origin
        ? this.#outcomeLike(renamed, this.#thing(origin.event, permutation), origin).local
        : this.#unborn(permutation.to[local.machine.number] as number);
      this.#locals.set(local.number, permutation.number, renamed);
    }
    return renamed;
  }

  #unborn(node: number): number {
    return this.#space.locals.all.findIndex(({ machine, origin }) => machine.number === node && !origin);
  }

  #outcomeLike(local: number, event: number, like: Pick<Outcome, "crashAfter" | "survivors">): Outcome {
    const { outcomes } = this.#space.locals.transition(local, event);
    const found = outcomes.find((it) => it.crashAfter === like.crashAfter && it.survivors === like.survivors);
    if (found) return found;
    const ids = this.#alike.map((node) => this.#space.machines[node]?.id).join(", ");
    throw new Misuse(`${ids} are not alike: the same events, with their names exchanged, do not do the same`);
  }

  #thing(number: number, permutation: Permutation): number {
    const known = this.#things.get(number, permutation.number);
    if (known !== -1) return known;
    const renamed = this.#space.catalogue.number(
      this.#renamedThing(this.#space.catalogue.things[number] as Thing, permutation),
    );
    this.#things.set(number, permutation.number, renamed);
    return renamed;
  }

  #renamedThing(thing: Thing, { names }: Permutation): Thing {
    const id = (old: NodeId) => names.get(old) ?? old;
    const text = (old: string) => this.#rename(old, names);
    switch (thing.kind) {
      case "message":
        return { ...thing, from: id(thing.from), to: id(thing.to), message: renamedIn(thing.message, text) };
      case "ask":
        return { ...thing, from: id(thing.from), message: renamedIn(thing.message, text) };
      case "timer":
        return { ...thing, timer: renamedIn(thing.timer, text) };
      case "fact":
        return { ...thing, fact: renamedIn(thing.fact, text) as typeof thing.fact };
      default:
        return thing;
    }
  }
}

function renamedIn(value: unknown, rename: (text: string) => string): unknown {
  if (typeof value === "string") return rename(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => renamedIn(item, rename));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [rename(key), renamedIn(item, rename)]),
  );
}

/** More orders than this are not tried: then there may be several representatives, and more states are visited than need be. */
const mostOrders = 24;

/** All orders of some places that differ only among places of one shape, which stand side by side. */
function ordersOf(sorted: readonly number[], shapes: readonly number[]): readonly (readonly number[])[] {
  let orders: number[][] = [[]];
  for (const place of sorted) {
    orders = orders.flatMap((order) => {
      const first = order.findIndex((other) => shapes[other] === shapes[place]);
      const from = first < 0 ? order.length : first;
      const ways = Array.from({ length: order.length - from + 1 }, (_, i) => from + i);
      return ways.map((at) => [...order.slice(0, at), place, ...order.slice(at)]);
    });
    if (orders.length > mostOrders) return [sorted];
  }
  return orders;
}

function isLess(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return (a[i] as number) < (b[i] as number);
  }
  return false;
}
