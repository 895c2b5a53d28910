import type { Context, NodeId } from "#lib/sim";
import type { RaftConfig, RaftMessage, RaftTimer } from "#protocol/12-raft";
import type { Store } from "./store.ts";

/** What else runs out: the time for what was put off, and a peer's patience. */
export type Timer = RaftTimer | "work" | `call ${NodeId}`;
export type Ctx = Context<RaftMessage, Timer>;
export type Role = "follower" | "asking" | "candidate" | "leader";

/** Another member: one call at a time goes to it, and is made again when its time is over. */
export interface Peer {
  readonly id: NodeId;
  nextIndex: number;
  matchIndex: number;
  /** What it said to the question of this role; undefined before that. */
  says: boolean | undefined;
  /** The call that waits for an answer: what it goes on from, and how far the peer is if it takes it. */
  call: { readonly prevLogIndex: number; readonly endsAt: number } | undefined;
  heardMs: number;
}

/** Everything that a server knows. */
export interface Server {
  readonly config: RaftConfig;
  readonly store: Store;
  role: Role;
  commitIndex: number;
  lastApplied: number;
  peers: Peer[];
  /** Before this it votes for nobody, since it hears a leader; the end of time if it is the leader. */
  withholdVotesUntilMs: number;
  isWorkDue: boolean;
}

export function newServer(config: RaftConfig, store: Store): Server {
  const applied = store.snapshot?.lastIncludedIndex ?? 0;
  return {
    config,
    store,
    role: "follower",
    commitIndex: applied,
    lastApplied: applied,
    peers: [],
    withholdVotesUntilMs: -1,
    isWorkDue: false,
  };
}

export const membersOf = ({ store }: Server): readonly NodeId[] => store.configurations.latest;

/** There are peers for all other members, and for nobody else. Those who stay keep what is known of them. */
export function meetPeers(server: Server, ctx: Ctx): void {
  const ids = membersOf(server).filter((id) => id !== ctx.self);
  for (const { id } of server.peers) if (!ids.includes(id)) ctx.cancelTimer(`call ${id}`);
  server.peers = ids.map((id) => server.peers.find((peer) => peer.id === id) ?? newPeer(server, ctx, id));
}

/** Nothing is known of anybody, as always when the role is another one. */
export function forgetPeers(server: Server, ctx: Ctx): void {
  for (const { id } of server.peers) ctx.cancelTimer(`call ${id}`);
  server.peers = [];
  meetPeers(server, ctx);
}

function newPeer({ store }: Server, ctx: Ctx, id: NodeId): Peer {
  return {
    id,
    nextIndex: store.lastIndex + 1,
    matchIndex: 0,
    says: undefined,
    call: undefined,
    heardMs: ctx.now,
  };
}

export function peerOf(server: Server, id: NodeId): Peer | undefined {
  return server.peers.find((peer) => peer.id === id);
}

/** Something is to be done soon: see work.ts. */
export function putOff(server: Server, ctx: Ctx): void {
  if (server.isWorkDue) return;
  server.isWorkDue = true;
  ctx.setTimer("work", ctx.random.between(1, 4));
}
