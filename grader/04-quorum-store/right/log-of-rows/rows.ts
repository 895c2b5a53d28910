import type { Context } from "#lib/sim";
import type { Message, Row, Version } from "#protocol/04-quorum-store";
import { isNewer } from "./quorum.ts";

export type Timer =
  | { readonly type: "Retry" | "Late"; readonly op: string }
  | { readonly type: "Drop"; readonly key: string; readonly version: Version }
  | { readonly type: "HandOff" | "Compare" };

export type ReplicaContext = Context<Message, Timer>;

/** What happened, in order: a row was kept, a key was dropped, a counter was used. Nothing is changed in place. */
type Entry = { readonly kept: Row } | { readonly dropped: string } | { readonly used: number };

function entries(ctx: ReplicaContext): Entry[] {
  const { log } = ctx.disk;
  return Array.from({ length: log.end - log.first }, (_, i) => log.get<Entry>(log.first + i)!);
}

function append(ctx: ReplicaContext, entry: Entry): void {
  ctx.disk.log.append(entry);
  ctx.disk.sync();
}

function table(ctx: ReplicaContext): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const entry of entries(ctx)) {
    if ("kept" in entry) rows.set(entry.kept.key, entry.kept);
    else if ("dropped" in entry) rows.delete(entry.dropped);
  }
  return rows;
}

export function rowOf(ctx: ReplicaContext, key: string): Row | null {
  const all = entries(ctx);
  for (let i = all.length - 1; i >= 0; i--) {
    const entry = all[i] as Entry;
    if ("kept" in entry && entry.kept.key === key) return entry.kept;
    if ("dropped" in entry && entry.dropped === key) return null;
  }
  return null;
}

export function allRows(ctx: ReplicaContext): Row[] {
  return [...table(ctx).values()];
}

export function dropRow(ctx: ReplicaContext, key: string): void {
  append(ctx, { dropped: key });
}

export function counterOf(ctx: ReplicaContext): number {
  let largest = ctx.disk.get<number>("counter") ?? 0;
  for (const entry of entries(ctx)) {
    if ("kept" in entry) largest = Math.max(largest, entry.kept.version.counter);
    else if ("used" in entry) largest = Math.max(largest, entry.used);
  }
  return largest;
}

export function keepRow(ctx: ReplicaContext, { key, version, value }: Row): void {
  const mine = rowOf(ctx, key);
  if (mine === null || isNewer(version, mine.version)) append(ctx, { kept: { key, version, value } });
}
