import type { Found, Repair } from "#protocol/04-quorum-store";
import { newest } from "./quorum.ts";

export function repairsOf(found: readonly Found[]): Repair[] {
  const row = newest(found.map((it) => it.row));
  if (!row) return [];
  return found.filter((it) => !it.row || it.row.value !== row.value).map(({ node }) => ({ to: node, row }));
}
