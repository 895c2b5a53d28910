import type { NodeId } from "#lib/sim";
import type { Collect, ReplicaConfig, Row, Version } from "#protocol/04-quorum-store";
import { isQuorum, isSame } from "./quorum.ts";
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

/** The end of the grace is on the disk, so that it is known after a crash. */
export function beginGrace(ctx: ReplicaContext, config: ReplicaConfig, { key, version }: Collect): void {
  if (config.graceMs === null) return;
  ctx.disk.set(`grace/${key}`, { key, version, untilMs: ctx.now + config.graceMs });
  ctx.disk.sync();
  ctx.setTimer({ type: "Drop", key, version }, config.graceMs);
}

export function endGrace(ctx: ReplicaContext, key: string, version: Version): void {
  const row = rowOf(ctx, key);
  // Whatever was written since then stays, and a tombstone of another version has a grace of its own.
  if (row?.value === null && isSame(row.version, version)) dropRow(ctx, key);
}
