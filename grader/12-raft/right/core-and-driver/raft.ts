import { app, type Disk, type Node, type NodeId } from "#lib/sim";
import type {
  Compact,
  Entry,
  RaftConfig,
  RaftContext,
  RaftMessage,
  RaftTimer,
  Rpc,
  Snapshot,
} from "#protocol/12-raft";
import { RaftLog } from "./raft-log.ts";
import type { HardState, Ready } from "./ready.ts";
import { Replicator } from "./replicator.ts";

/** The driver: it hands each event to the core, and does what that wants, until it wants nothing more: keep, send, apply. */
export class Raft implements Node<RaftMessage, RaftTimer> {
  readonly #config: RaftConfig;
  #core!: Replicator;

  constructor(config: RaftConfig) {
    this.#config = config;
  }

  onStart(ctx: RaftContext): void {
    const { disk } = ctx;
    if (disk.log.end === 0) disk.log.dropHead(1);
    const snapshot = disk.get<Snapshot>("snapshot");
    if (snapshot) {
      trim(disk, snapshot);
      restore(ctx, snapshot);
    }
    const entries: Entry[] = [];
    for (let index = disk.log.first; index < disk.log.end; index++)
      entries.push(disk.log.get(index) as Entry);
    const log = new RaftLog(this.#config.members, snapshot, entries);
    const hardState = disk.get<HardState>("hard state") ?? { term: 0, vote: null };
    this.#core = new Replicator(ctx.self, this.#config, log, hardState);
    this.#drain(ctx);
  }

  onMessage(ctx: RaftContext, from: NodeId, message: RaftMessage): void {
    if (message.type === "Compact") return this.#compact(ctx.disk, message);
    if (message.type === "Propose" || message.type === "AddServer" || message.type === "RemoveServer") {
      this.#core.propose(message);
    } else {
      this.#core.step(ctx.now, from, message as Rpc);
    }
    this.#drain(ctx);
  }

  onTimer(ctx: RaftContext, timer: RaftTimer): void {
    if (timer === "election") this.#core.hup(ctx.now);
    if (timer === "heartbeat") this.#core.beat();
    if (timer === "quorum") this.#core.checkQuorum();
    this.#drain(ctx);
  }

  #drain(ctx: RaftContext): void {
    for (let ready = this.#core.ready(); ready; ready = this.#core.ready()) {
      this.#setTimers(ctx, ready);
      if (!ready.sendsFirst) keep(ctx, ready);
      if (ready.leads !== undefined) ctx.send(app, { type: "BecameLeader", term: ready.leads });
      for (const { to, message } of ready.messages) ctx.send(to, message);
      if (ready.sendsFirst) keep(ctx, ready);
      for (const { index, entry } of ready.committed) apply(ctx, index, entry);
      this.#core.advance(ready);
    }
  }

  #setTimers(ctx: RaftContext, { timers }: Ready): void {
    const { electionMinMs, electionMaxMs } = this.#config;
    for (const [timer, order] of timers) {
      if (order === "stop") ctx.cancelTimer(timer);
      else ctx.setTimer(timer, order === "draw" ? ctx.random.between(electionMinMs, electionMaxMs) : order);
    }
  }

  #compact(disk: Disk, { lastIncludedIndex, data }: Compact): void {
    const { log } = this.#core;
    if (lastIncludedIndex <= log.base || lastIncludedIndex > log.applied) return;
    const lastIncludedTerm = log.termOf(lastIncludedIndex) as number;
    const snapshot = { lastIncludedIndex, lastIncludedTerm, members: log.members(lastIncludedIndex), data };
    disk.set("snapshot", snapshot);
    disk.sync();
    trim(disk, snapshot);
    disk.sync();
    log.compact(snapshot);
  }
}

function restore(ctx: RaftContext, { lastIncludedIndex, data }: Snapshot): void {
  ctx.send(app, { type: "Restore", lastIncludedIndex, data });
}

function apply(ctx: RaftContext, index: number, entry: Entry): void {
  switch (entry.type) {
    case "Command":
      return ctx.send(app, { type: "Apply", index, command: entry.command });
    case "Configuration":
      return ctx.send(app, { type: "ApplyConfiguration", index, members: entry.members });
  }
}

/** Everything that has changed is on the disk when this is done. */
function keep(ctx: RaftContext, { hardState, snapshot, unstable }: Ready): void {
  const { disk } = ctx;
  if (!hardState && !snapshot && !unstable) return;
  if (hardState || snapshot) {
    disk.set({ ...(hardState && { "hard state": hardState }), ...(snapshot && { snapshot }) });
  }
  if (unstable) {
    if (unstable.from < disk.log.end) disk.log.truncate(unstable.from);
    for (const entry of unstable.entries) disk.log.append(entry);
  }
  disk.sync();
  if (!snapshot) return;
  trim(disk, snapshot);
  disk.sync();
  restore(ctx, snapshot);
}

/** What a snapshot has replaced goes; if the log went another way, all of it does. */
function trim({ log }: Disk, { lastIncludedIndex: last, lastIncludedTerm }: Snapshot): void {
  if (last < log.first) return;
  if (log.get<Entry>(last)?.term !== lastIncludedTerm) log.truncate(log.first);
  log.dropHead(last + 1);
}
