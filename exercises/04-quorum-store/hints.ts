import { todo } from "#lib/exercise";
import type { NodeId } from "#lib/sim";
import type { Fallback, Hint, ReplicaConfig, Row, Version } from "#protocol/04-quorum-store";
import type { ReplicaContext } from "./rows.ts";

/*
 * In replica.ts, where `config.spares` is not empty:
 *
 * - Each retryMs, also after its `ok`, a put sends Store to the replicas that have not confirmed and, for each of them that it has sent
 *   a Store before, a Hint to the spare that `fallbacks` names, whatever that spare has confirmed before; until all replicas have confirmed
 *   or timeoutMs is over. The Hint is the row as it is. Hints for deletes are up to you.
 * - Where `config.sloppy` is false, only replicas count to R and W. Where it is true, W are any different nodes that have the row safe,
 *   as a row or as a hint, and R are any different nodes that have answered: replicas, and spares. A spare is asked in place of a replica
 *   that has not answered for retryMs, and not before.
 * - Where `config.sloppy` is true, a node answers a Fetch with the newest of its row and its hints of that key.
 */

/**
 * Each replica that is not among those who answered, and a spare that stands in for it. No spare stands in for two: when there are no more
 * spares, the other replicas have none.
 */
export function fallbacks(
  replicas: readonly NodeId[],
  answered: readonly NodeId[],
  spares: readonly NodeId[],
): Fallback[] {
  return todo("04.5");
}

/**
 * Keeps the newest hint for each home and key, safe, and answers every Hint with HintReply at once: with the version that came, also
 * where a newer one is kept.
 */
export function keepHint(ctx: ReplicaContext, config: ReplicaConfig, from: NodeId, hint: Hint): void {
  todo("04.5");
}

/** The newest of the hints of this key; null if there are none. */
export function hintedRow(ctx: ReplicaContext, key: string): Row | null {
  return todo("04.5");
}

/**
 * Sends each hint to its home, as a Store, and does so again every handOffMs as long as there are any, also after a crash. It is
 * called when the node starts, and when the timer HandOff runs out; the first hint has to set that timer.
 */
export function handOff(ctx: ReplicaContext, config: ReplicaConfig): void {
  todo("04.5");
}

/** A node has confirmed a version, or a newer one: its own hint of that key goes, if it is not newer than that. */
export function dropHint(ctx: ReplicaContext, home: NodeId, key: string, version: Version): void {
  todo("04.5");
}
