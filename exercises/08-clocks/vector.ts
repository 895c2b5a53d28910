import { todo } from "#lib/exercise";
import type { NodeId } from "#lib/sim";
import type { Relation, Vector, VectorClock } from "#protocol/08-clocks";

/**
 * How `a` stands to `b`. It is before `b` if it is less for some node and more for none; after `b` the other way round; equal if no node
 * differs; concurrent if it is less for one node and more for another. A node that is missing has 0, so {} and { n1: 0 } are equal.
 */
export function compareVectors(a: Vector, b: Vector): Relation {
  return todo("08.2");
}

/**
 * A new vector clock of the node `self`. Every event of the node gets a vector, such that of any two events, of one node or of two, the
 * vector of one is before the other's if, and only if, it happened before it; and no two events have equal vectors.
 *
 * The vectors are objects of numbers, as `Vector` says; zeros may be written or left out. What the clock keeps inside is up to
 * you, but a vector that it has given does not change later.
 */
export function createVectorClock(self: NodeId): VectorClock {
  return todo("08.2");
}
