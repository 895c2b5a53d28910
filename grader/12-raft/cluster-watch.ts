import {
  app,
  canonical,
  type DiskWrite,
  type Invariant,
  type NodeId,
  type SimEvent,
  type Simulation,
} from "#lib/sim";
import type { Entry, RaftMessage } from "#protocol/12-raft";
import { Committed } from "./committed.ts";
import { Durability } from "./durability.ts";
import { claimNames, type Objection, storyOf, worded } from "./objection.ts";
import { gatherMs } from "./server-bench.ts";
import { ServerMirror } from "./server-mirror.ts";

export interface Watched {
  readonly servers: { readonly [id: NodeId]: readonly NodeId[] };
  /** Whether what is said must be safe on a disk, or in the log at least. Until 12.3 nothing is saved. */
  readonly isDurable: boolean;
}

interface Known {
  readonly prevTerm: number | undefined;
  readonly entry: Entry;
  readonly by: NodeId;
}

/** Follows the logs of all servers by their effects, and holds every step against the claims about logs. */
export class ClusterWatch {
  readonly servers = new Map<NodeId, ServerMirror>();
  readonly #committed: Committed;
  readonly #durability: Durability;
  /** By index and term: the entry, and the term of the one before it. */
  readonly #known = new Map<number, Known>();
  #event: SimEvent | undefined;
  #objection: Objection | undefined;

  constructor({ servers, isDurable }: Watched) {
    for (const [id, members] of Object.entries(servers)) this.servers.set(id, new ServerMirror(id, members));
    this.#committed = new Committed(this.servers, isDurable);
    this.#durability = new Durability(this.servers, isDurable);
  }

  /** The index of the last entry that anybody has applied. */
  get lastCommitted(): number {
    return this.#committed.last;
  }

  invariants(): Invariant[] {
    return Object.entries(claimNames).map(([claim, name]) => ({
      name,
      onEvent: (event, sim) => {
        const found = this.#look(event, sim);
        if (found?.claim !== claim) return undefined;
        return found.about ? { text: found.text, about: found.about } : found.text;
      },
    }));
  }

  /** Every event must come by once, in order; one that comes again gives the same. */
  #look(event: SimEvent, sim: Simulation): Objection | undefined {
    if (event !== this.#event) this.#objection = event.inApp ? undefined : this.#follow(event, sim);
    this.#event = event;
    return this.#objection;
  }

  #follow(event: SimEvent, sim: Simulation): Objection | undefined {
    const { node, kind, message, from, effects, ms } = event;
    const server = this.servers.get(node);
    if (!server) return undefined;
    if (kind === "crash") {
      server.crash(sim.disk(node));
      return undefined;
    }
    if (kind === "restart") server.restartedMs = ms;
    else if (server.first - 1 > server.applied && ms > server.restartedMs + gatherMs)
      return forgotten(server);
    if (kind === "message") {
      server.hear(message as RaftMessage);
      this.#durability.hear(server, from as NodeId, message as RaftMessage);
    }
    const removed: { index: number; entries: Entry[] }[] = [];
    let objection: Objection | undefined;
    for (const effect of effects) {
      if (effect.effect === "write") {
        const { change } = effect;
        if (change.write === "truncate") {
          removed.push({ index: change.index, entries: server.entries.slice(change.index - server.first) });
        }
        objection ??= this.#write(server, change);
      } else if (effect.effect === "sync") {
        server.sync();
      } else if (effect.effect === "send") {
        const said = effect.message as RaftMessage;
        objection ??= this.#say(server, effect.to, said);
      }
    }
    if ((message as RaftMessage | undefined)?.type !== "AppendEntries") return objection;
    for (const { index, entries } of removed) objection ??= this.#committed.remove(server, index, entries);
    return objection;
  }

  #say(server: ServerMirror, to: NodeId, message: RaftMessage): Objection | undefined {
    const objection = this.#durability.say(server, to, message);
    if (to !== app) return objection;
    switch (message.type) {
      case "BecameLeader":
        return objection ?? this.#committed.lead(server, message.term);
      case "Apply":
        return this.#committed.apply(server, message.index, message.command);
      case "ApplyConfiguration":
        return this.#committed.commit(server, message.index);
      case "Restore":
        return this.#committed.restore(server, message.lastIncludedIndex);
      default:
        return objection;
    }
  }

  #write(server: ServerMirror, change: DiskWrite): Objection | undefined {
    const { end, leads, id } = server;
    server.write(change);
    if (change.write === "append") return this.#append(server, server.end - 1);
    if (change.write === "truncate" && leads !== undefined && change.index < end && end > server.first) {
      const text = `${id} leads term ${leads}, and it removed its entries from ${change.index} to ${end - 1}.`;
      return { claim: "appendOnly", text };
    }
    if (change.write === "dropHead" && change.index > 1 && change.index - 1 > this.lastCommitted) {
      const text = `${id} dropped its log up to entry ${change.index - 1}. Nobody has applied more than entry ${this.lastCommitted}, so what lies behind it is not known to be committed.`;
      return { claim: "completeness", text };
    }
    return undefined;
  }

  #append(server: ServerMirror, index: number): Objection | undefined {
    const entry = server.entryAt(index) as Entry;
    const prevTerm = server.termAt(index - 1);
    const key = index * 1_000_000 + entry.term;
    const known = this.#known.get(key);
    if (!known) {
      this.#known.set(key, { prevTerm, entry, by: server.id });
      return undefined;
    }
    const story = storyOf(known.entry, entry);
    const what = `entry ${index} of term ${entry.term}`;
    if (!isEqual(known.entry, entry)) {
      const text = `${what} is ${worded(known.entry)} at ${known.by}, and ${worded(entry)} at ${server.id}.`;
      return { claim: "matching", text, ...story };
    }
    if (prevTerm === known.prevTerm || prevTerm === undefined || known.prevTerm === undefined)
      return undefined;
    const before = (term: number) => (index === 1 ? "no entry" : `an entry of term ${term}`);
    const whose = known.by === server.id ? `before that, ${known.by} itself` : known.by;
    const text = `${server.id} has ${what}, ${worded(entry)}, after ${before(prevTerm)}, and ${whose} had it after ${before(known.prevTerm)}.`;
    return { claim: "matching", text, ...story };
  }
}

/** What its log no longer has, a server that starts again gives its application with a snapshot. */
function forgotten({ id, first, applied }: ServerMirror): Objection {
  const text = `The log of ${id} begins with entry ${first}, and its application knows of everything up to ${applied} and no further: what lies between was dropped, and there is no state in its place.`;
  return { claim: "order", text };
}

function isEqual(a: Entry, b: Entry): boolean {
  if (a.type === "Command" && b.type === "Command" && a.command === b.command) return true;
  return canonical(a as never) === canonical(b as never);
}
