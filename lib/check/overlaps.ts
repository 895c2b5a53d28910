import type { Operation } from "#lib/history";
import { Misuse, type NodeId } from "#lib/sim";

/** A session does one thing at a time; a Misuse is thrown if one began something before its last had ended. */
export function refuseOverlaps(operations: readonly Operation<unknown, unknown>[]): void {
  const last = new Map<NodeId, Operation<unknown, unknown>>();
  for (const operation of operations) {
    const before = last.get(operation.process);
    if (before?.outcome === "ok" && operation.invokedAt < (before.returnedAt as number)) {
      throw new Misuse(
        `${operation.process} began operation ${operation.id} before its operation ${before.id} had ended: a session does one thing at a time, so give each thread a process of its own`,
      );
    }
    last.set(operation.process, operation);
  }
}
