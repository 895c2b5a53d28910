import type { Disk, NodeId } from "#lib/sim";

/** Term and vote, in one cell. They are written when something is to be said, and not before. */
export class Ballot {
  #term = 0;
  #vote: NodeId | null = null;
  #isSafe = true;

  get term(): number {
    return this.#term;
  }

  get isSafe(): boolean {
    return this.#isSafe;
  }

  load(disk: Disk): void {
    const kept = disk.get<{ term: number; vote: NodeId | null }>("ballot");
    if (!kept) return;
    this.#term = kept.term;
    this.#vote = kept.vote;
  }

  write(disk: Disk): void {
    if (!this.#isSafe) disk.set("ballot", { term: this.#term, vote: this.#vote });
    this.#isSafe = true;
  }

  enter(term: number): void {
    this.#term = term;
    this.#vote = null;
    this.#isSafe = false;
  }

  isFreeFor(id: NodeId): boolean {
    return (this.#vote ?? id) === id;
  }

  give(id: NodeId): void {
    if (this.#vote === null) this.#isSafe = false;
    this.#vote = id;
  }
}
