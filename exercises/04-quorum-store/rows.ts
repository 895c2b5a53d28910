import { todo } from "#lib/exercise";
import type { Context } from "#lib/sim";
import type { Message, Row, Version } from "#protocol/04-quorum-store";

/*
 * What a node has on its disk: a cell for each row, and its counter. All of it is written for you, but for `keepRow`; change it if your
 * design wants something else.
 */

/** What the timers carry. Change them as you like. */
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

/** The largest counter that this node has used, or kept. */
export function counterOf(ctx: ReplicaContext): number {
  return ctx.disk.get<number>("counter") ?? 0;
}

/**
 * Keeps a row, unless the one that is here is as new or newer. Afterwards it is safe. (The row may be a whole Store: of it,
 * keep key, version and value, and no more. 04.4 wants the counter of each version that was kept to be remembered, too.)
 */
export function keepRow(ctx: ReplicaContext, row: Row): void {
  todo("04.2");
}
