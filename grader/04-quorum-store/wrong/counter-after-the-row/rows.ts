import type { Context } from "#lib/sim";
import type { Message, Row, Version } from "#protocol/04-quorum-store";
import { isNewer } from "./quorum.ts";

export type Timer =
  | { readonly type: "Retry" | "Late"; readonly op: string }
  | { readonly type: "Drop"; readonly key: string; readonly version: Version }
  | { readonly type: "HandOff" | "Compare" };

export type ReplicaContext = Context<Message, Timer>;

const rowCell = (key: string): string => `row/${key}`;

export function rowOf(ctx: ReplicaContext, key: string): Row | null {
  return ctx.disk.get<Row>(rowCell(key)) ?? null;
}

export function allRows(ctx: ReplicaContext): Row[] {
  return ctx.disk.cells(rowCell("")).map((cell) => ctx.disk.get<Row>(cell)!);
}

export function dropRow(ctx: ReplicaContext, key: string): void {
  ctx.disk.delete(rowCell(key));
  ctx.disk.sync();
}

/** The largest counter that this node has used or kept. It never falls, not even when the row that had it is gone. */
export function counterOf(ctx: ReplicaContext): number {
  return ctx.disk.get<number>("counter") ?? 0;
}

export function keepRow(ctx: ReplicaContext, { key, version, value }: Row): void {
  const mine = rowOf(ctx, key);
  if (!isNewer(version, mine?.version ?? null)) return;
  const counter = Math.max(counterOf(ctx), version.counter);
  ctx.disk.set(rowCell(key), { key, version, value });
  ctx.disk.sync();
  ctx.disk.set("counter", counter);
  ctx.disk.sync();
}
