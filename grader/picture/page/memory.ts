import type { DiskWrite } from "#lib/sim";
import type { Row } from "#lib/trace";
import type { PackedChange } from "../pack.ts";
import type { Model } from "./model.ts";

/** One thing that a node knows, before and after an event; undefined where it is not there. */
export interface Field {
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface Remembered {
  readonly memory: readonly Field[];
  readonly disk: readonly Field[];
  /** The writes that a crash right after the event would lose. */
  readonly unsynced: readonly DiskWrite[];
}

/** What each node remembers, at any event. */
export class Memories {
  readonly #model: Model;
  readonly #changes = new Map<string, PackedChange[]>();
  /** The rows that say what becomes of writes, by who it happened to. */
  readonly #writes = new Map<string, Row[]>();

  constructor(model: Model) {
    this.#model = model;
    const { states, names } = model.data;
    for (const change of states) listIn(this.#changes, names[change[1]] ?? "").push(change);
    for (const row of model.rows) {
      const { kind, actor } = row;
      if (kind === "write" || kind === "sync" || kind === "crash") listIn(this.#writes, actor).push(row);
    }
  }

  /** What is known of somebody around an event; undefined if nothing ever was. */
  around(actor: string, event: number): Remembered | undefined {
    const changes = this.#changes.get(actor);
    const unsynced = this.#unsynced(actor, event);
    if (!changes && unsynced.length === 0) return undefined;
    const number = this.#model.events[event]?.row.number ?? -1;
    const found = [new Map<string, Field>(), new Map<string, Field>()] as const;
    for (const [row, , isOnDisk, name, text] of changes ?? []) {
      if (row > number) break;
      const fields = found[isOnDisk];
      const after = text ?? undefined;
      const before = row < number ? after : fields.get(name)?.after;
      if (before === undefined && after === undefined) fields.delete(name);
      else fields.set(name, { name, before, after });
    }
    const [memory, disk] = found;
    return { memory: [...memory.values()], disk: [...disk.values()], unsynced };
  }

  #unsynced(actor: string, event: number): DiskWrite[] {
    let unsynced: DiskWrite[] = [];
    for (const row of this.#writes.get(actor) ?? []) {
      if ((this.#model.eventOf[row.number] as number) > event) break;
      if (row.kind === "write") unsynced.push(row.payload as DiskWrite);
      else unsynced = [];
    }
    return unsynced;
  }
}

function listIn<T>(lists: Map<string, T[]>, name: string): T[] {
  let list = lists.get(name);
  if (!list) {
    list = [];
    lists.set(name, list);
  }
  return list;
}
