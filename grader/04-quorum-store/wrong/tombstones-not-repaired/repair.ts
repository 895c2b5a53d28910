import type { Found, Repair } from "#protocol/04-quorum-store";
import { isNewer, newest } from "./quorum.ts";

export function repairsOf(found: readonly Found[]): Repair[] {
  const row = newest(found.map((it) => it.row));
  if (!row || row.value === null) return [];
  // The row goes as it is. With a version of its own it would be a write, and could win over one that came in between.
  return found
    .filter((it) => isNewer(row.version, it.row?.version ?? null))
    .map(({ node }) => ({ to: node, row }));
}
