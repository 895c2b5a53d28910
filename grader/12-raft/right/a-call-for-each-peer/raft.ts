import type { Node, NodeId } from "#lib/sim";
import type { RaftConfig, RaftMessage } from "#protocol/12-raft";
import {
  onElection,
  onPreVote,
  onPreVoteReply,
  onQuorum,
  onRequestVote,
  onRequestVoteReply,
  waitForLeader,
} from "./ballot.ts";
import { call } from "./calls.ts";
import { onAppendEntries, onCompact, onInstallSnapshot, restore } from "./following.ts";
import { onAppendEntriesReply, onChange, onInstallSnapshotReply, onPropose } from "./leading.ts";
import { type Ctx, meetPeers, newServer, peerOf, type Server, type Timer } from "./server.ts";
import { Store } from "./store.ts";
import { work } from "./work.ts";

/** Hands each event to those whose it is. */
export class Raft implements Node<RaftMessage, Timer> {
  readonly config: RaftConfig;
  #server: Server | undefined;

  constructor(config: RaftConfig) {
    this.config = config;
  }

  onStart(ctx: Ctx): void {
    const server = newServer(this.config, new Store(ctx.disk, this.config.members));
    this.#server = server;
    restore(server, ctx);
    meetPeers(server, ctx);
    waitForLeader(server, ctx);
  }

  onTimer(ctx: Ctx, timer: Timer): void {
    const server = this.#server as Server;
    if (timer === "election") return onElection(server, ctx);
    if (timer === "quorum") return onQuorum(server, ctx);
    if (timer === "work") return work(server, ctx);
    const peer = peerOf(server, timer.slice("call ".length));
    if (peer) call(server, ctx, peer);
  }

  onMessage(ctx: Ctx, from: NodeId, message: RaftMessage): void {
    const server = this.#server as Server;
    switch (message.type) {
      case "AppendEntries":
        return onAppendEntries(server, ctx, from, message);
      case "AppendEntriesReply":
        return onAppendEntriesReply(server, ctx, from, message);
      case "RequestVote":
        return onRequestVote(server, ctx, from, message);
      case "RequestVoteReply":
        return onRequestVoteReply(server, ctx, from, message);
      case "InstallSnapshot":
        return onInstallSnapshot(server, ctx, from, message);
      case "InstallSnapshotReply":
        return onInstallSnapshotReply(server, ctx, from, message);
      case "PreVote":
        return onPreVote(server, ctx, from, message);
      case "PreVoteReply":
        return onPreVoteReply(server, ctx, from, message);
      case "Propose":
        return onPropose(server, ctx, message);
      case "AddServer":
      case "RemoveServer":
        return onChange(server, ctx, message);
      case "Compact":
        return onCompact(server, message);
    }
  }
}
