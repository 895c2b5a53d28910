import type { Found, Repair, Row } from "#protocol/04-quorum-store";
import { isNewer, newest } from "./quorum.ts";

export function repairsOf(found: readonly Found[]): Repair[] {
  const rows = found.map((it) => it.row);
  const count = (row: Row | null) => rows.filter((other) => other?.value === row?.value).length;
  const row = rows.find((it) => count(it) > rows.length / 2) ?? newest(rows);
  if (!row) return [];
  // The row goes as it is. With a version of its own it would be a write, and could win over one that came in between.
  return found
    .filter((it) => isNewer(row.version, it.row?.version ?? null))
    .map(({ node }) => ({ to: node, row }));
}
