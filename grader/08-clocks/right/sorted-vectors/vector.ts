import type { NodeId } from "#lib/sim";
import type { Relation, Vector, VectorClock } from "#protocol/08-clocks";

/** A vector as a list that is sorted by the names of the nodes, without zeros. */
type Entries = readonly (readonly [node: NodeId, count: number])[];

function entriesOf(vector: Vector): Entries {
  return Object.entries(vector)
    .filter(([, count]) => count !== 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Goes through both lists side by side. */
function walk(a: Entries, b: Entries, visit: (node: NodeId, mine: number, yours: number) => void): void {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const [mine, yours] = [a[i], b[j]];
    if (mine && (!yours || mine[0] < yours[0])) {
      visit(mine[0], mine[1], 0);
      i++;
    } else if (yours && (!mine || yours[0] < mine[0])) {
      visit(yours[0], 0, yours[1]);
      j++;
    } else if (mine && yours) {
      visit(mine[0], mine[1], yours[1]);
      i++;
      j++;
    }
  }
}

export function compareVectors(a: Vector, b: Vector): Relation {
  let found: Relation = "equal";
  walk(entriesOf(a), entriesOf(b), (_, mine, yours) => {
    if (mine === yours) return;
    const here: Relation = mine < yours ? "before" : "after";
    found = found === "equal" || found === here ? here : "concurrent";
  });
  return found;
}

export function createVectorClock(self: NodeId): VectorClock {
  let past: Entries = [];
  let own = 0;
  // Its own number goes up by two: only the order counts.
  const next = (): Vector => {
    own += 2;
    return { ...Object.fromEntries(past), [self]: own };
  };
  return {
    local: next,
    send: next,
    receive(vector) {
      const larger: [NodeId, number][] = [];
      walk(past, entriesOf(vector), (node, mine, yours) => {
        if (node !== self) larger.push([node, Math.max(mine, yours)]);
      });
      past = larger;
      return next();
    },
  };
}
