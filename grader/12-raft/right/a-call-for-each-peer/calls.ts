import type { AppendEntries, InstallSnapshot, PreVote, RequestVote, Snapshot } from "#protocol/12-raft";
import type { Ctx, Peer, Server } from "./server.ts";

/** Calls a peer with whatever there is to say to it in this role, and again after a while if it does not answer. */
export function call(server: Server, ctx: Ctx, peer: Peer): void {
  const message = nextMessage(server, peer);
  if (!message) return;
  if (message.type === "AppendEntries") {
    const { prevLogIndex, entries } = message;
    peer.call = { prevLogIndex, endsAt: prevLogIndex + entries.length };
  } else if (message.type === "InstallSnapshot") {
    const index = message.snapshot.lastIncludedIndex;
    peer.call = { prevLogIndex: index, endsAt: index };
  }
  ctx.send(peer.id, message);
  ctx.setTimer(`call ${peer.id}`, server.config.heartbeatMs);
}

export function callAll(server: Server, ctx: Ctx): void {
  for (const peer of server.peers) call(server, ctx, peer);
}

/** Calls those that owe no answer. */
export function callIdle(server: Server, ctx: Ctx): void {
  for (const peer of server.peers) if (!peer.call) call(server, ctx, peer);
}

type Call = AppendEntries | InstallSnapshot | RequestVote | PreVote;

function nextMessage(server: Server, peer: Peer): Call | undefined {
  const { role, store } = server;
  if (role === "leader") return forFollower(server, peer);
  if (role === "follower" || peer.says !== undefined) return undefined;
  return role === "asking"
    ? { type: "PreVote", term: store.term + 1, ...store.last }
    : { type: "RequestVote", term: store.term, ...store.last };
}

function forFollower({ config, store, commitIndex }: Server, { nextIndex }: Peer): Call {
  const prevLogIndex = nextIndex - 1;
  const prevLogTerm = store.termOf(prevLogIndex);
  const { term } = store;
  if (prevLogTerm === undefined) {
    return { type: "InstallSnapshot", term, snapshot: store.snapshot as Snapshot };
  }
  const entries = store.entries(nextIndex, config.maxEntries);
  return { type: "AppendEntries", term, prevLogIndex, prevLogTerm, entries, leaderCommit: commitIndex };
}
