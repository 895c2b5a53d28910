import type { NodeId } from "#lib/sim";
import type { Collect, ReplicaConfig, Row, Version } from "#protocol/04-quorum-store";
import { isQuorum } from "./quorum.ts";
import { dropRow, type ReplicaContext, rowOf } from "./rows.ts";

export function collectIfSafe(
  ctx: ReplicaContext,
  config: ReplicaConfig,
  { key, version, value }: Row,
  confirmed: readonly NodeId[],
): void {
  const { replicas, graceMs } = config;
  // W are not enough: the replica that missed the delete still has the value, and nothing would be newer any more.
  if (value !== null || graceMs === null || !isQuorum(confirmed, replicas, replicas.length)) return;
  for (const to of replicas) ctx.send(to, { type: "Collect", key, version });
}

/** If this node crashes before the timer runs out, the tombstone stays: one too many does no harm. */
export function beginGrace(ctx: ReplicaContext, config: ReplicaConfig, { key, version }: Collect): void {
  if (config.graceMs !== null) ctx.setTimer({ type: "Drop", key, version }, config.graceMs);
}

export function endGrace(ctx: ReplicaContext, key: string, _version: Version): void {
  const row = rowOf(ctx, key);
  // Whatever was written since then stays, and a tombstone of another version has a grace of its own.
  if (row?.value === null) dropRow(ctx, key);
}
