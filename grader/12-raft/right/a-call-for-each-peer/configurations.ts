import type { NodeId } from "#lib/sim";
import type { Entry } from "#protocol/12-raft";

type Members = readonly NodeId[];

export function latestMembers(before: Members, entries: readonly Entry[]): Members {
  const all = [before];
  for (const entry of entries) if (entry.type === "Configuration") all.push(entry.members);
  return all.at(-1) as Members;
}

/** Every configuration of the log, under its index. What the log loses, it loses. */
export class Configurations {
  readonly #started: Members;
  #before: Members;
  #known: { readonly index: number; readonly members: Members }[] = [];

  constructor(started: Members) {
    this.#started = started;
    this.#before = started;
  }

  get latest(): Members {
    return this.#known.at(-1)?.members ?? this.#before;
  }

  /** The index of the latest one, 0 if it is older than the log. */
  get latestIndex(): number {
    return this.#known.at(-1)?.index ?? 0;
  }

  at(index: number): Members {
    return this.#known.findLast((it) => it.index <= index)?.members ?? this.#before;
  }

  add(index: number, entry: Entry): void {
    if (entry.type === "Configuration") this.#known.push({ index, members: entry.members });
  }

  truncateSuffix(from: number): void {
    this.#known = this.#known.filter(({ index }) => index < from);
  }

  /** A snapshot has replaced everything up to an index, and says what held there. */
  truncatePrefix(upTo: number, members: Members): void {
    this.#before = members.length > 0 ? members : this.#started;
    this.#known = this.#known.filter(({ index }) => index > upTo);
  }
}
