import { app, type NodeId } from "#lib/sim";
import type { AppendEntries, Compact, InstallSnapshot } from "#protocol/12-raft";
import { hearLeader } from "./ballot.ts";
import { type Ctx, meetPeers, putOff, type Server } from "./server.ts";

export function onAppendEntries(server: Server, ctx: Ctx, from: NodeId, message: AppendEntries): void {
  const { store } = server;
  const { term, prevLogIndex, entries, leaderCommit } = message;
  const answer = (success: boolean, matchIndex: number, hintIndex: number) =>
    ctx.send(from, { type: "AppendEntriesReply", term: store.term, success, matchIndex, hintIndex });
  if (term < store.term) return answer(false, 0, 0);
  hearLeader(server, ctx, term);
  // What lies before the log was committed, by whoever led then.
  if (prevLogIndex >= store.base && store.termOf(prevLogIndex) !== message.prevLogTerm) {
    return answer(false, 0, Math.min(prevLogIndex - 1, store.lastIndex));
  }
  let index = prevLogIndex;
  for (const it of entries) {
    index++;
    if (index <= store.base || store.entry(index)?.term === it.term) continue;
    if (index <= store.lastIndex) store.removeFrom(index);
    store.append(it);
  }
  store.saveLog();
  meetPeers(server, ctx);
  answer(true, index, 0);
  const known = Math.min(leaderCommit, index);
  if (known <= server.commitIndex) return;
  server.commitIndex = known;
  putOff(server, ctx);
}

export function onInstallSnapshot(server: Server, ctx: Ctx, from: NodeId, message: InstallSnapshot): void {
  const { store } = server;
  const { term, snapshot } = message;
  if (term < store.term) {
    return ctx.send(from, { type: "InstallSnapshotReply", term: store.term, matchIndex: 0 });
  }
  hearLeader(server, ctx, term);
  const { lastIncludedIndex } = snapshot;
  if (lastIncludedIndex > server.commitIndex) {
    store.saveSnapshot(snapshot);
    server.commitIndex = lastIncludedIndex;
    restore(server, ctx);
    meetPeers(server, ctx);
  }
  ctx.send(from, { type: "InstallSnapshotReply", term, matchIndex: lastIncludedIndex });
}

/** The application begins with the snapshot on the disk. */
export function restore(server: Server, ctx: Ctx): void {
  const { snapshot } = server.store;
  if (!snapshot) return;
  const { lastIncludedIndex, data } = snapshot;
  server.lastApplied = lastIncludedIndex;
  ctx.send(app, { type: "Restore", lastIncludedIndex, data });
}

export function onCompact({ store, lastApplied }: Server, { lastIncludedIndex, data }: Compact): void {
  if (lastIncludedIndex <= store.base || lastIncludedIndex > lastApplied) return;
  const lastIncludedTerm = store.termOf(lastIncludedIndex) as number;
  const members = store.configurations.at(lastIncludedIndex);
  store.saveSnapshot({ lastIncludedIndex, lastIncludedTerm, members, data });
}
