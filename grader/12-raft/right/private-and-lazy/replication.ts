import type { NodeId } from "#lib/sim";

export function majorityIndex(matchIndexes: readonly number[]): number {
  const ascending = matchIndexes.toSorted((a, b) => a - b);
  return ascending[(ascending.length - 1) >> 1] as number;
}

/** What a leader knows of the others. */
export class Followers {
  readonly #next = new Map<NodeId, number>();
  readonly #match = new Map<NodeId, number>();

  forget(): void {
    this.#next.clear();
    this.#match.clear();
  }

  /** The next entry to send; the one after the leader's last, if nothing is known. */
  next(id: NodeId, last: number): number {
    const next = this.#next.get(id) ?? last + 1;
    this.#next.set(id, next);
    return next;
  }

  match(id: NodeId): number {
    return this.#match.get(id) ?? 0;
  }

  /** Whether this was not known before. */
  hasUpTo(id: NodeId, index: number): boolean {
    if (index <= this.match(id)) return false;
    this.#match.set(id, index);
    this.#next.set(id, Math.max(this.#next.get(id) ?? 0, index + 1));
    return true;
  }

  /** Whether that is a step back. */
  lacks(id: NodeId, hintIndex: number): boolean {
    const next = Math.max(this.match(id), hintIndex) + 1;
    if (next >= (this.#next.get(id) ?? 0)) return false;
    this.#next.set(id, next);
    return true;
  }
}
