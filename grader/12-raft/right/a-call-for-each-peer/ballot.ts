import { app, type NodeId } from "#lib/sim";
import type { LastEntry, PreVote, PreVoteReply, RequestVote, RequestVoteReply } from "#protocol/12-raft";
import { callAll } from "./calls.ts";
import { isQuorum } from "./quorum.ts";
import { type Ctx, forgetPeers, membersOf, peerOf, putOff, type Server } from "./server.ts";

export function isUpToDate(candidate: LastEntry, voter: LastEntry): boolean {
  if (candidate.lastLogTerm < voter.lastLogTerm) return false;
  return candidate.lastLogTerm > voter.lastLogTerm || candidate.lastLogIndex >= voter.lastLogIndex;
}

export function waitForLeader({ config }: Server, ctx: Ctx): void {
  ctx.setTimer("election", ctx.random.between(config.electionMinMs, config.electionMaxMs));
}

/** Who was the leader, or wanted to be, is it no longer. A later term is safe when this is done. */
export function stepDown(server: Server, ctx: Ctx, term: number): void {
  const { store } = server;
  const led = server.role === "leader";
  if (server.role !== "follower") {
    server.role = "follower";
    forgetPeers(server, ctx);
  }
  if (term > store.term) {
    store.term = term;
    store.vote = null;
    store.saveMetadata();
  }
  if (!led) return;
  server.withholdVotesUntilMs = -1;
  ctx.cancelTimer("quorum");
  waitForLeader(server, ctx);
}

export function hearLeader(server: Server, ctx: Ctx, term: number): void {
  stepDown(server, ctx, term);
  server.withholdVotesUntilMs = ctx.now + server.config.electionMinMs;
  waitForLeader(server, ctx);
}

export function onElection(server: Server, ctx: Ctx): void {
  if (server.role === "leader") return;
  waitForLeader(server, ctx);
  const { store } = server;
  const members = membersOf(server);
  // Who is no member stands until it knows that this is committed.
  const isNeeded = members.includes(ctx.self) || store.configurations.latestIndex > server.commitIndex;
  if (members.length === 0 || !isNeeded) return;
  const isAlone = members.every((id) => id === ctx.self);
  if (!server.config.preVote || isAlone) return stand(server, ctx);
  store.saveLog();
  server.role = "asking";
  server.withholdVotesUntilMs = -1;
  forgetPeers(server, ctx);
  callAll(server, ctx);
}

function stand(server: Server, ctx: Ctx): void {
  const { store } = server;
  server.role = "candidate";
  store.term++;
  store.vote = ctx.self;
  store.saveMetadata();
  forgetPeers(server, ctx);
  if (hasWon(server, ctx)) return lead(server, ctx);
  callAll(server, ctx);
}

function hasWon(server: Server, { self }: Ctx): boolean {
  const yes = server.peers.filter(({ says }) => says === true).map(({ id }) => id);
  return isQuorum([self, ...yes], membersOf(server));
}

function lead(server: Server, ctx: Ctx): void {
  server.role = "leader";
  server.withholdVotesUntilMs = Number.MAX_SAFE_INTEGER;
  forgetPeers(server, ctx);
  ctx.cancelTimer("election");
  ctx.send(app, { type: "BecameLeader", term: server.store.term });
  callAll(server, ctx);
  if (server.config.preVote) ctx.setTimer("quorum", server.config.heartbeatMs);
  putOff(server, ctx);
}

/** A leader looks from time to time who was heard lately. */
export function onQuorum(server: Server, ctx: Ctx): void {
  const { role, peers, config } = server;
  if (role !== "leader") return;
  const near = peers.filter(({ heardMs }) => ctx.now - heardMs <= config.electionMaxMs).map(({ id }) => id);
  if (!isQuorum([ctx.self, ...near], membersOf(server))) return stepDown(server, ctx, server.store.term);
  ctx.setTimer("quorum", config.heartbeatMs);
}

const withholds = ({ config, withholdVotesUntilMs }: Server, ctx: Ctx) =>
  config.preVote && ctx.now < withholdVotesUntilMs;

export function onRequestVote(server: Server, ctx: Ctx, from: NodeId, message: RequestVote): void {
  if (withholds(server, ctx)) return;
  const { store } = server;
  if (message.term > store.term) stepDown(server, ctx, message.term);
  const { term } = store;
  const isBehind = message.term < term || !isUpToDate(message, store.last);
  const voteGranted = !isBehind && (store.vote ?? from) === from;
  if (voteGranted) waitForLeader(server, ctx);
  if (voteGranted && store.vote === null) {
    store.vote = from;
    store.saveMetadata();
  }
  ctx.send(from, { type: "RequestVoteReply", term, voteGranted });
}

export function onRequestVoteReply(server: Server, ctx: Ctx, from: NodeId, message: RequestVoteReply): void {
  const { term, voteGranted } = message;
  if (term > server.store.term) return stepDown(server, ctx, term);
  const peer = peerOf(server, from);
  if (server.role !== "candidate" || term < server.store.term || !peer) return;
  peer.says = voteGranted;
  if (hasWon(server, ctx)) lead(server, ctx);
}

export function onPreVote(server: Server, ctx: Ctx, from: NodeId, message: PreVote): void {
  const { store } = server;
  const isWelcome = !withholds(server, ctx) && isUpToDate(message, store.last);
  const voteGranted = isWelcome && message.term > store.term;
  ctx.send(from, { type: "PreVoteReply", term: voteGranted ? message.term : store.term, voteGranted });
}

export function onPreVoteReply(server: Server, ctx: Ctx, from: NodeId, message: PreVoteReply): void {
  const { term, voteGranted } = message;
  if (!voteGranted) {
    if (term > server.store.term) stepDown(server, ctx, term);
    return;
  }
  const peer = peerOf(server, from);
  if (server.role !== "asking" || term !== server.store.term + 1 || !peer) return;
  peer.says = true;
  if (hasWon(server, ctx)) stand(server, ctx);
}
