import { app, type NodeId } from "#lib/sim";
import type {
  AddServer,
  AppendEntriesReply,
  Entry,
  InstallSnapshotReply,
  Propose,
  RemoveServer,
} from "#protocol/12-raft";
import { stepDown } from "./ballot.ts";
import { call, callIdle } from "./calls.ts";
import { type Ctx, meetPeers, membersOf, type Peer, peerOf, putOff, type Server } from "./server.ts";

export function onPropose(server: Server, ctx: Ctx, request: Propose): void {
  if (server.role !== "leader") return ctx.send(app, { type: "Refused", request, why: "not leader" });
  append(server, ctx, { type: "Command", term: server.store.term, command: request.command });
}

export function onChange(server: Server, ctx: Ctx, request: AddServer | RemoveServer): void {
  const { role, store, commitIndex } = server;
  const isSettled =
    store.configurations.latestIndex <= commitIndex && store.termOf(commitIndex) === store.term;
  const members = membersOf(server).filter((id) => id !== request.server);
  if (request.type === "AddServer") members.push(request.server);
  const isChange = members.length > 0 && members.length !== membersOf(server).length;
  if (role !== "leader" || !isSettled || !isChange) {
    return ctx.send(app, { type: "Refused", request, why: role === "leader" ? "not now" : "not leader" });
  }
  append(server, ctx, { type: "Configuration", term: store.term, members });
}

/** The entry is in the log, and on its way to whoever is idle. The own disk has time. */
function append(server: Server, ctx: Ctx, entry: Entry): void {
  server.store.append(entry);
  if (entry.type === "Configuration") meetPeers(server, ctx);
  callIdle(server, ctx);
  putOff(server, ctx);
}

/** The peer that has answered a call of this leader's term. */
function answered(server: Server, ctx: Ctx, from: NodeId, term: number): Peer | undefined {
  if (term > server.store.term) stepDown(server, ctx, term);
  const isMine = server.role === "leader" && term === server.store.term;
  const peer = isMine ? peerOf(server, from) : undefined;
  if (peer) peer.heardMs = ctx.now;
  return peer;
}

export function onAppendEntriesReply(
  server: Server,
  ctx: Ctx,
  from: NodeId,
  { term, success, matchIndex, hintIndex }: AppendEntriesReply,
): void {
  const peer = answered(server, ctx, from, term);
  if (!peer) return;
  if (success) return onMatch(server, ctx, peer, matchIndex);
  // One that answers an earlier call says nothing of this one.
  if (!peer.call || hintIndex >= peer.call.prevLogIndex) return;
  const nextIndex = Math.max(hintIndex, peer.matchIndex) + 1;
  if (nextIndex > peer.call.prevLogIndex) return;
  peer.nextIndex = nextIndex;
  call(server, ctx, peer);
}

export function onInstallSnapshotReply(
  server: Server,
  ctx: Ctx,
  from: NodeId,
  { term, matchIndex }: InstallSnapshotReply,
): void {
  const peer = answered(server, ctx, from, term);
  if (peer) onMatch(server, ctx, peer, matchIndex);
}

function onMatch(server: Server, ctx: Ctx, peer: Peer, index: number): void {
  if (index > peer.matchIndex) {
    peer.matchIndex = index;
    putOff(server, ctx);
  }
  peer.nextIndex = Math.max(peer.nextIndex, index + 1);
  if (!peer.call || index < peer.call.endsAt) return;
  peer.call = undefined;
  if (peer.nextIndex <= server.store.lastIndex) call(server, ctx, peer);
}
