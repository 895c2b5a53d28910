import { todo } from "#lib/exercise";
import type { Found, Repair } from "#protocol/04-quorum-store";

/**
 * Whoever has an older row than the newest of those that were found, or none, and that newest row for each of them, as it is. None if
 * nobody has a row.
 *
 * Call it in replica.ts where `config.readRepair` is true: when a read has its R answers, and again whenever another answer to it comes
 * before timeoutMs is over. Each replica that is behind, the coordinator too, is sent a Store with the newest row found so far; the same row
 * once only, even if it is not confirmed. The read waits for none of this, and a read of replicas that agree sends no Store.
 */
export function repairsOf(found: readonly Found[]): Repair[] {
  return todo("04.3");
}
