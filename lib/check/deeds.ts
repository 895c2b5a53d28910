import type { NodeId, SimEvent, Simulation } from "#lib/sim";
import {
  app,
  canonical,
  type DiskImage,
  type DiskWrite,
  DurableDisk,
  type Effect,
  type Json,
} from "#lib/sim";

/**
 * One thing that a node has done, in the order of the doing. A write is a deed when it is safe on the disk, not before: with
 * the `sync` that made it so, or with a crash that it survived.
 */
export type Deed<Message = unknown> =
  | { readonly deed: "send"; readonly node: NodeId; readonly to: NodeId; readonly message: Message }
  /** Told its own application. */
  | { readonly deed: "tell"; readonly node: NodeId; readonly message: Message }
  /** Was asked by its own application. */
  | { readonly deed: "ask"; readonly node: NodeId; readonly message: Message }
  /** A cell is safe; undefined: safely deleted. */
  | { readonly deed: "save"; readonly node: NodeId; readonly cell: string; readonly value: Json | undefined }
  /** An entry of the log is safe, at this index. */
  | { readonly deed: "append"; readonly node: NodeId; readonly index: number; readonly entry: Json };

/** Makes effects happen on a node's disk, and gives its deeds. */
export function deedsOf(node: NodeId, disk: DurableDisk, effects: readonly Effect[]): Deed[] {
  const deeds: Deed[] = [];
  for (const effect of effects) {
    if (effect.effect === "send") {
      const { to, message } = effect;
      deeds.push(to === app ? { deed: "tell", node, message } : { deed: "send", node, to, message });
    } else if (effect.effect === "write") {
      disk.write(effect.change);
    } else if (effect.effect === "sync") {
      deeds.push(...savedBy(node, disk.safe, disk.unsynced));
      disk.sync();
    }
  }
  return deeds;
}

/** The deeds that some writes are once they are safe on a disk that has `safe` on it now. */
export function savedBy(node: NodeId, safe: DiskImage, writes: readonly DiskWrite[]): Deed[] {
  let end = safe.first + safe.entries.length;
  const deeds: Deed[] = [];
  const save = (cells: { readonly [cell: string]: Json }) => {
    for (const cell in cells) deeds.push({ deed: "save", node, cell, value: cells[cell] });
  };
  for (const change of writes) {
    switch (change.write) {
      case "set":
        save(change.cells);
        break;
      case "delete":
        for (const cell of change.cells) deeds.push({ deed: "save", node, cell, value: undefined });
        save(change.set);
        break;
      case "append":
        deeds.push({ deed: "append", node, index: end++, entry: change.entry });
        break;
      case "truncate":
        end = Math.min(end, Math.max(safe.first, change.index));
        break;
    }
  }
  return deeds;
}

/** The deeds in a run of the simulator, event by event. */
export class DeedsOfRun {
  readonly #disks = new Map<NodeId, DurableDisk>();
  #event: SimEvent | undefined;
  #deeds: readonly Deed[] = [];

  /** Every event must come by once, in order; one that comes again gives the same. */
  of(event: SimEvent, sim: Simulation): readonly Deed[] {
    if (event !== this.#event) this.#deeds = this.#find(event, sim);
    this.#event = event;
    return this.#deeds;
  }

  #find(event: SimEvent, sim: Simulation): Deed[] {
    const { node, effects } = event;
    if (event.inApp) {
      const deeds: Deed[] = [];
      for (const effect of effects) {
        if (effect.effect !== "send" || effect.to !== node) continue;
        deeds.push({ deed: "ask", node, message: effect.message });
      }
      return deeds;
    }
    let disk = this.#disks.get(node);
    if (!disk) {
      disk = new DurableDisk();
      this.#disks.set(node, disk);
    }
    return event.kind === "crash" ? this.#survived(node, disk, sim) : deedsOf(node, disk, effects);
  }

  /** A crash may have let unsynced writes live: they are those that the disk shows. */
  #survived(node: NodeId, disk: DurableDisk, sim: Simulation): Deed[] {
    if (disk.unsynced.length === 0) return [];
    const { cells, entries, first } = sim.disk(node);
    const isThere = (deed: Deed): boolean => {
      if (deed.deed === "save") return isSame(cells.get(deed.cell), deed.value);
      return deed.deed === "append" && isSame(entries[deed.index - first], deed.entry);
    };
    const deeds = savedBy(node, disk.safe, disk.unsynced).filter(isThere);
    disk.unsynced = [];
    disk.safe = sim.disk(node).copy();
    return deeds;
  }
}

/** Whether two values are equal, undefined only to itself. */
export function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object") return false;
  return canonical(a) === canonical(b);
}
