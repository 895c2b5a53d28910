import { todo } from "#lib/exercise";
import type { Found, Row } from "#protocol/04-quorum-store";

/**
 * The newest row of those that were found, if fewer than W different nodes were found to have it; null if W have it, or if nobody has a
 * row.
 *
 * Call it in replica.ts where `config.writeBack` is true, when a read has its R answers. If it gives a row, Store goes to replicas with the row
 * as it is, and is repeated as for a write. The read is answered with that row when W replicas have it safe, and with `fail` if they
 * have not when timeoutMs is over. Who was only sent the row, by a repair too, does not have it yet.
 */
export function rowToWriteBack(found: readonly Found[], w: number): Row | null {
  return todo("04.7");
}
