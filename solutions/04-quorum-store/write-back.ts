import type { Found, Row } from "#protocol/04-quorum-store";
import { isSame, newest } from "./quorum.ts";

export function rowToWriteBack(found: readonly Found[], w: number): Row | null {
  const row = newest(found.map((it) => it.row));
  if (!row) return null;
  const holders = found.filter((it) => it.row && isSame(it.row.version, row.version));
  // What W replicas have, every later read will meet.
  return new Set(holders.map((it) => it.node)).size >= w ? null : row;
}
