import { todo } from "#lib/exercise";
import type { NodeId } from "#lib/sim";
import type { Collect, ReplicaConfig, Row, Version } from "#protocol/04-quorum-store";
import type { ReplicaContext } from "./rows.ts";

/*
 * A Delete is a write whose value is null: a tombstone, with a version of its own, also where there was no row. In replica.ts:
 *
 * - A Delete asks for R answers, gets a version and waits for W replicas, as a Put does. A Get that finds a tombstone to be the newest gives
 *   the value null and the tombstone's version.
 * - A Delete goes on after its `ok`: each retryMs it sends Store to those replicas that have not confirmed, until all have, or timeoutMs
 *   is over. Whenever a confirmation comes, `collectIfSafe` is told who has confirmed.
 * - A node's counter (`counterOf`) is never below a counter that this node has kept in a row, even when that row is gone. In this part every
 *   node that coordinates is a replica.
 */

/**
 * Sends Collect to every replica, this node too, if the row is a tombstone and *all* replicas have confirmed it. Nothing is sent where
 * `config.graceMs` is null.
 */
export function collectIfSafe(
  ctx: ReplicaContext,
  config: ReplicaConfig,
  row: Row,
  confirmed: readonly NodeId[],
): void {
  todo("04.4");
}

/**
 * Collect has come: the tombstone of this version goes when graceMs are over, and not before, even if this node crashes, and its clock
 * is wrong. (After a crash it may stay for ever.) Where graceMs is null, nothing goes.
 */
export function beginGrace(ctx: ReplicaContext, config: ReplicaConfig, collect: Collect): void {
  todo("04.4");
}

/** The timer of `beginGrace` has run out: drops the row, if it is still the tombstone of this version, and nothing else. */
export function endGrace(ctx: ReplicaContext, key: string, version: Version): void {
  todo("04.4");
}
