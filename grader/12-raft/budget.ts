import { app, type Invariant, type NodeId, type SimEvent } from "#lib/sim";
import type { RaftMessage } from "#protocol/12-raft";
import { counted } from "../report/words.ts";

/** What one server has sent another. */
interface Link {
  /** AppendEntries, InstallSnapshot, RequestVote and PreVote. */
  requests: number;
  /** Of these requests, as JSON. */
  bytes: number;
  /** Their answers, and how many requests came the other way. */
  replies: number;
  heard: number;
  /** How far the other has said, in a term that this one leads, that it has everything. */
  term: number;
  matchIndex: number;
  /** Entries that were sent when the other had said that it has them. */
  again: number;
}

/** Right answers need a third of it at the most, or nothing at all. */
const requestsEach = 5;
const bytesEach = 750;
const repliesEach = 2;
const someMore = 50;
const someMoreBytes = 20_000;

/** What the network must carry, whatever goes wrong, is bounded for each link: requests and their bytes, replies, and entries that are sent again. */
export class Budget {
  readonly #heartbeatMs: number;
  readonly #links = new Map<string, Link>();
  /** How many entries each server has appended. */
  readonly #appended = new Map<NodeId, number>();

  constructor(heartbeatMs: number) {
    this.#heartbeatMs = heartbeatMs;
  }

  invariant(): Invariant {
    return {
      name: "what a server sends another is bounded by heartbeats, entries and what it was asked",
      onEvent: (event) => (event.inApp ? undefined : this.#follow(event)),
    };
  }

  #follow({ node, kind, from, message, effects, ms }: SimEvent): string | undefined {
    if (kind === "message" && from !== undefined && from !== app)
      this.#hear(node, from, message as RaftMessage);
    for (const effect of effects) {
      if (effect.effect === "write" && effect.change.write === "append") {
        this.#appended.set(node, (this.#appended.get(node) ?? 0) + 1);
      }
      if (effect.effect !== "send" || effect.to === app) continue;
      const objection = this.#send(node, effect.to, effect.message as RaftMessage, ms);
      if (objection !== undefined) return objection;
    }
    return undefined;
  }

  #hear(node: NodeId, from: NodeId, message: RaftMessage): void {
    const link = this.#link(node, from);
    if (isRequest(message)) link.heard++;
    const isYes = message.type === "AppendEntriesReply" && message.success;
    if (!isYes && message.type !== "InstallSnapshotReply") return;
    inTerm(link, message.term);
    if (message.term === link.term) link.matchIndex = Math.max(link.matchIndex, message.matchIndex);
  }

  #send(node: NodeId, to: NodeId, message: RaftMessage, ms: number): string | undefined {
    const link = this.#link(node, to);
    if (!isRequest(message)) {
      link.replies++;
      if (link.replies <= repliesEach * link.heard + someMore) return undefined;
      return `${node} has sent ${to} ${link.replies} replies by ${ms} ms, and ${link.heard} requests came from ${to}: each is answered once.`;
    }
    link.requests++;
    const appended = this.#appended.get(node) ?? 0;
    const beats = Math.ceil(ms / this.#heartbeatMs);
    if (link.requests > requestsEach * (beats + appended) + someMore) {
      return `${node} has sent ${to} ${link.requests} requests by ${ms} ms, this ${message.type} included. In that time heartbeatMs went by ${beats} times, and ${node} appended ${appended} entries: ${requestsEach} requests for each of these, and ${someMore} more, are allowed.`;
    }
    const bytes = JSON.stringify(message).length;
    link.bytes += bytes;
    if (link.bytes > bytesEach * (beats + appended) + someMoreBytes) {
      return `${node} has sent ${to} requests of ${counted(link.bytes, "byte")} by ${ms} ms, this ${message.type} of ${counted(bytes, "byte")} included. In that time heartbeatMs went by ${beats} times, and ${node} appended ${appended} entries: ${bytesEach} bytes for each of these, and ${counted(someMoreBytes, "byte")} more, are allowed.`;
    }
    if (message.type !== "AppendEntries") return undefined;
    inTerm(link, message.term);
    const { entries, prevLogIndex } = message;
    link.again += Math.max(0, Math.min(entries.length, link.matchIndex - prevLogIndex));
    if (link.again <= appended + someMore) return undefined;
    return `${node} has sent ${to} ${link.again} entries by ${ms} ms though ${to} had said that it has them, the last time entries from ${prevLogIndex + 1} on when ${to} had everything up to ${link.matchIndex}. ${node} appended ${appended} entries: one for each of these, and ${someMore} more, are allowed.`;
  }

  #link(from: NodeId, to: NodeId): Link {
    const key = `${from} ${to}`;
    let link = this.#links.get(key);
    if (!link) {
      link = { requests: 0, bytes: 0, replies: 0, heard: 0, term: 0, matchIndex: 0, again: 0 };
      this.#links.set(key, link);
    }
    return link;
  }
}

/** What was said in an earlier term no longer counts. */
function inTerm(link: Link, term: number): void {
  if (term <= link.term) return;
  link.term = term;
  link.matchIndex = 0;
}

function isRequest({ type }: RaftMessage): boolean {
  return (
    type === "AppendEntries" || type === "InstallSnapshot" || type === "RequestVote" || type === "PreVote"
  );
}
