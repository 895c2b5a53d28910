import type { NodeId } from "#lib/sim";
import { app } from "#lib/sim";
import type { AppendEntriesReply, RaftMessage } from "#protocol/12-raft";
import { termSaid } from "./claims.ts";
import type { Objection } from "./objection.ts";
import type { ServerMirror } from "./server-mirror.ts";

/** A term or a vote that a server says for the first time, and how often it had saved something when it last had no need to. */
interface Said {
  term: number;
  type: string;
  saves: number;
}

/** What a server says, its disk has; in the parts before that, its log. In which cells it keeps what is its own affair. */
export class Durability {
  readonly #servers: ReadonlyMap<NodeId, ServerMirror>;
  readonly #isDurable: boolean;
  readonly #said = new Map<NodeId, Said>();
  /** By voter, candidate and term: how often the voter had saved something when it was first asked; −1 once it has voted. */
  readonly #asked = new Map<string, number>();

  constructor(servers: ReadonlyMap<NodeId, ServerMirror>, isDurable: boolean) {
    this.#servers = servers;
    this.#isDurable = isDurable;
  }

  hear(server: ServerMirror, from: NodeId, message: RaftMessage): void {
    if (!this.#isDurable || message.type !== "RequestVote") return;
    const key = `${server.id} ${from} ${message.term}`;
    if (!this.#asked.has(key)) this.#asked.set(key, server.saves);
  }

  say(server: ServerMirror, to: NodeId, message: RaftMessage): Objection | undefined {
    const term = termSaid(message);
    if (term === undefined) return undefined;
    server.say(term);
    const objection = this.#isDurable ? this.#sayTerm(server, to, message, term) : undefined;
    if (objection) return objection;
    if (message.type === "AppendEntriesReply" && message.success) return this.#sayMatch(server, to, message);
    if (!this.#isDurable) return undefined;
    if (message.type === "RequestVoteReply" && message.voteGranted) return this.#sayVote(server, to, term);
    if (message.type === "InstallSnapshotReply" && message.matchIndex > 0 && server.unsafeCells > 0) {
      const text = `${server.id} told ${to} that it has everything up to entry ${message.matchIndex}, and there are cells on its disk that are not safe yet.`;
      return { claim: "durable", text };
    }
    return undefined;
  }

  /** A later term than ever was saved before it is said, after everything that was said before it. */
  #sayTerm(server: ServerMirror, to: NodeId, { type }: RaftMessage, term: number): Objection | undefined {
    const said = this.#said.get(server.id) ?? { term: 0, type: "", saves: 0 };
    if (term <= said.term) return undefined;
    if (said.saves === server.saves) {
      const whom = to === app ? "its application" : to;
      const before =
        said.term === 0 ? "since it first started" : `since it said term ${said.term} in ${said.type}`;
      const text = `${server.id} said term ${term} to ${whom} in ${type}, and nothing was written and synced ${before}: after a crash it would not know of term ${term}.`;
      return { claim: "durable", text };
    }
    this.#said.set(server.id, { term, type, saves: server.saves });
    return undefined;
  }

  #sayVote(server: ServerMirror, to: NodeId, term: number): Objection | undefined {
    const key = `${server.id} ${to} ${term}`;
    const saves = this.#asked.get(key);
    this.#asked.set(key, -1);
    if (saves !== server.saves) return undefined;
    const text = `${server.id} voted for ${to} in term ${term}, and nothing was written and synced since ${to} asked: after a crash it would not know of its vote.`;
    return { claim: "durable", text };
  }

  #sayMatch(server: ServerMirror, to: NodeId, message: AppendEntriesReply): Objection | undefined {
    const { term, matchIndex } = message;
    const { id } = server;
    const said = `${id} told ${to} that it has the entries up to ${matchIndex}`;
    const isThere = matchIndex < server.end || matchIndex < server.first;
    if (!isThere) {
      return { claim: "durable", text: `${said}, and its log ends with entry ${server.end - 1}.` };
    }
    if (this.#isDurable && matchIndex >= server.first && matchIndex >= server.safeEnd) {
      const text = `${said}, and on its disk only those up to ${server.safeEnd - 1} are safe: a crash would lose the others.`;
      return { claim: "durable", text };
    }
    const leader = this.#servers.get(to);
    const own = server.termAt(matchIndex);
    const leaders = leader?.leads === term ? leader.termAt(matchIndex) : undefined;
    if (own === undefined || leaders === undefined || own === leaders) return undefined;
    const text = `${said}, as ${to} has them. Entry ${matchIndex} of ${id} is of term ${own}, and that of ${to} is of term ${leaders}.`;
    return { claim: "matching", text };
  }
}
