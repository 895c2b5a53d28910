import { app, installTraps, Misuse, type NodeId } from "#lib/sim";
import { audit } from "./audit.ts";
import { Budgets } from "./budgets.ts";
import { Catalogue } from "./catalogue.ts";
import { conclusion, type Exploration, unrepeatable } from "./conclusion.ts";
import { Consequences } from "./consequences.ts";
import { Happened } from "./happened.ts";
import { HiddenState } from "./hidden-state.ts";
import type { Machine } from "./life.ts";
import { Locals } from "./locals.ts";
import type { ExploreOptions } from "./options.ts";
import { takePrefix } from "./prefix.ts";
import { Search } from "./search.ts";
import { Space } from "./space.ts";
import { Renaming } from "./symmetry.ts";

/**
 * Visits every state that nodes can reach on a network that loses, repeats, delays and reorders, with crashes within the budgets,
 * and looks for one in which a claim does not hold. Breadth first: the path that it gives has the fewest steps.
 *
 * Delays of timers are ignored, clocks stand still, and `ctx.random` begins anew at each event: a protocol that is safe only by its
 * times cannot be explored, and what a node leaves to chance, other than a delay, is tried in one way only.
 *
 * A handler that throws or misuses the library is a violation; a `todo` that is reached is thrown.
 */
export function explore(options: ExploreOptions): Exploration {
  installTraps();
  const hidden = new Map<string, string>();
  for (;;) {
    const space = spaceOf(options, new Set(hidden.keys()));
    try {
      return attempt(options, space, [...hidden.values()]);
    } catch (error) {
      if (!(error instanceof HiddenState)) throw error;
      if (hidden.has(error.className)) return unrepeatable(space, error);
      hidden.set(error.className, error.message);
    }
  }
}

function spaceOf(options: ExploreOptions, byHistory: ReadonlySet<string>): Space {
  const { nodes, clients = {}, asks = {}, budgets = [], claims = [] } = options;
  const ids = [...Object.keys(nodes), ...Object.keys(clients)];
  checkNames(options, ids);
  const known = new Set(ids);
  const askCount = Object.values(asks).reduce((sum, { length }) => sum + length, 0);
  const purse = new Budgets(budgets, askCount);
  const machines = ids.map((id, number): Machine => {
    const make = nodes[id] ?? clients[id];
    const isNode = id in nodes;
    return {
      id,
      number,
      make: make as Machine["make"],
      canCrash: isNode && (options.from !== undefined || purse.crash(id) !== undefined),
      knows: (to) => known.has(to) || (to === app && isNode),
    };
  });
  const catalogue = new Catalogue(ids);
  const happened = new Happened(catalogue, claims);
  const consequences = new Consequences(catalogue, happened, claims, options.survivors === "any");
  const locals = new Locals(catalogue, consequences, byHistory);
  const askedOf = ids.map((id) =>
    (asks[id] ?? []).map((message) => catalogue.number({ kind: "ask", from: app, message })),
  );
  return new Space(machines, catalogue, happened, locals, purse, askedOf);
}

function checkNames(
  { clients, asks = {}, budgets = [], symmetry, nodes }: ExploreOptions,
  ids: readonly NodeId[],
): void {
  const named = [
    ...Object.keys(asks),
    ...budgets.flatMap(({ node }) => node ?? []),
    ...(symmetry?.alike ?? []),
  ];
  const stranger = named.find((id) => !ids.includes(id));
  if (stranger !== undefined)
    throw new Misuse(`There is no node "${stranger}" to explore: there are ${ids.join(", ")}`);
  const twice = Object.keys(clients ?? {}).find((id) => id in nodes);
  if (twice !== undefined)
    throw new Misuse(`"${twice}" is a node and a client: give the client an id of its own`);
  const special = symmetry?.alike.find((id) => id in asks || budgets.some(({ node }) => node === id));
  if (special === undefined) return;
  throw new Misuse(`${special} is not like the others in symmetry.alike: it has a budget or asks of its own`);
}

function attempt(options: ExploreOptions, space: Space, hidden: readonly string[]): Exploration {
  const origin = space.origin;
  const prefix = takePrefix(space, origin, options.from);
  const search = new Search({
    space,
    root: prefix.row,
    holds: options.holds ?? [],
    most: options.states ?? 200_000,
    symmetry: options.symmetry && new Renaming(space, options.symmetry),
    onProgress: options.onProgress,
  });
  const ending = search.run();
  if (ending.ended !== "refused") audit(space, origin);
  return {
    states: search.stateCount,
    transitions: space.stepCount,
    handlerRuns: space.locals.handlerRuns,
    depth: search.depth,
    merging: hidden.length > 0 ? "by history" : "by state",
    ...(hidden.length > 0 && { hidden: hidden.join("; ") }),
    ...conclusion({ options, space, origin, prefix, ending, states: search.stateCount }),
  };
}
