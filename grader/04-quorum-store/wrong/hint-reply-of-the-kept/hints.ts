import type { NodeId } from "#lib/sim";
import type { Fallback, Hint, ReplicaConfig, Row, Version } from "#protocol/04-quorum-store";
import { isNewer, newest } from "./quorum.ts";
import { counterOf, type ReplicaContext } from "./rows.ts";

export function fallbacks(
  replicas: readonly NodeId[],
  answered: readonly NodeId[],
  spares: readonly NodeId[],
): Fallback[] {
  const silent = replicas.filter((node) => !answered.includes(node));
  // One spare for one replica: two hints on one disk would be lost together.
  return silent.slice(0, spares.length).map((home, i) => ({ home, spare: spares[i] as NodeId }));
}

const hintCell = (home: NodeId, key: string): string => `hint/${home}/${key}`;

export function keepHint(ctx: ReplicaContext, config: ReplicaConfig, from: NodeId, hint: Hint): void {
  const { home, key, version, value } = hint;
  const cell = hintCell(home, key);
  const mine = ctx.disk.get<Row>(cell);
  // Only the first sets the timer: a hint every few ms must not put it off for ever.
  if (ctx.disk.cells("hint/").length === 0) ctx.setTimer({ type: "HandOff" }, config.handOffMs);
  if (isNewer(version, mine?.version ?? null)) {
    ctx.disk.set({ [cell]: { key, version, value }, counter: Math.max(counterOf(ctx), version.counter) });
    ctx.disk.sync();
  }
  ctx.send(from, { type: "HintReply", home, key, version: ctx.disk.get<Row>(cell)!.version });
}

/** The newest row of a key among the hints: a spare answers with it in place of the replica. */
export function hintedRow(ctx: ReplicaContext, key: string): Row | null {
  const cells = ctx.disk.cells("hint/").filter((cell) => cell.endsWith(`/${key}`));
  return newest(cells.map((cell) => ctx.disk.get<Row>(cell)!).filter((row) => row.key === key));
}

export function handOff(ctx: ReplicaContext, config: ReplicaConfig): void {
  const cells = ctx.disk.cells("hint/");
  for (const cell of cells) {
    const home = cell.split("/")[1] as NodeId;
    ctx.send(home, { type: "Store", ...ctx.disk.get<Row>(cell)! });
  }
  // Until the last home has confirmed: one that is down today may be up tomorrow.
  if (cells.length > 0) ctx.setTimer({ type: "HandOff" }, config.handOffMs);
}

export function dropHint(ctx: ReplicaContext, home: NodeId, key: string, version: Version): void {
  const cell = hintCell(home, key);
  const hint = ctx.disk.get<Row>(cell);
  // The home may have confirmed an older hint, and a newer one has come since.
  if (!hint || isNewer(hint.version, version)) return;
  ctx.disk.delete(cell);
  ctx.disk.sync();
}
