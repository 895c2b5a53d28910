import { canonical, type Json, type NodeId } from "#lib/sim";
import type { Entry } from "#protocol/12-raft";
import { type Objection, storyOf, worded } from "./objection.ts";
import type { ServerMirror } from "./server-mirror.ts";

interface Commit {
  readonly term: number;
  readonly entry: Entry;
  /** The term in which it was committed, or a later one, and who was the first to say so. */
  readonly inTerm: number;
  readonly by: NodeId;
}

/** What anybody has applied is committed: the claims that follow from that. */
export class Committed {
  /** The last index that is known to be committed. */
  last = 0;
  readonly #servers: ReadonlyMap<NodeId, ServerMirror>;
  readonly #isDurable: boolean;
  readonly #commits: Commit[] = [];
  /** Up to which index a leader was seen to have a majority. */
  #counted = 0;
  readonly #leaders: ServerMirror[] = [];

  constructor(servers: ReadonlyMap<NodeId, ServerMirror>, isDurable: boolean) {
    this.#servers = servers;
    this.#isDurable = isDurable;
  }

  /** A server has told its application of a command. */
  apply(server: ServerMirror, index: number, command: Json): Objection | undefined {
    const { id, applied } = server;
    const entry = server.entryAt(index);
    const about = [String(command)];
    const isItsOwn =
      entry?.type === "Command" &&
      (entry.command === command || canonical(entry.command) === canonical(command));
    if (!isItsOwn) {
      const there = entry ? `${worded(entry)} there` : "no such entry";
      const text = `${id} applied ${JSON.stringify(command)} at index ${index}, and its log has ${there}.`;
      return { claim: "order", text, about };
    }
    if (index <= applied) {
      const text = `${id} applied ${JSON.stringify(command)} at index ${index}, and in this life it had applied everything up to ${applied} already.`;
      return { claim: "order", text, about };
    }
    for (let left = applied + 1; left < index; left++) {
      const between = server.entryAt(left);
      if (between && between.type !== "Command") continue;
      const what = between ? `, ${worded(between)},` : ", which its log no longer has,";
      const text = `${id} applied ${JSON.stringify(command)} at index ${index}, right after index ${applied}: entry ${left}${what} is left out.`;
      return { claim: "order", text, about };
    }
    server.applied = index;
    return this.commit(server, index);
  }

  restore(server: ServerMirror, index: number): Objection | undefined {
    const { id, applied } = server;
    if (index <= applied) {
      const text = `${id} gave its application the state after entry ${index} back, and in this life that had applied everything up to ${applied}.`;
      return { claim: "order", text };
    }
    server.applied = index;
    return undefined;
  }

  /** A server has told its application that an entry is committed. */
  commit(server: ServerMirror, index: number): Objection | undefined {
    const entry = server.entryAt(index);
    if (!entry) return undefined;
    const inTerm = server.leads ?? server.term;
    if (!this.#commits[index]) {
      this.#commits[index] = { term: entry.term, entry, inTerm, by: server.id };
      this.last = Math.max(this.last, index);
    }
    if (server.leads !== undefined && index > this.#counted) {
      this.#counted = index;
      const objection = this.#majority(server, index, entry);
      if (objection) return objection;
    }
    for (const leader of this.#leaders) {
      if (leader.leads === undefined || leader.leads <= inTerm) continue;
      const objection = this.#lacks(leader, leader.leads, index);
      if (objection) return objection;
    }
    return undefined;
  }

  /** A server leads from here on. */
  lead(server: ServerMirror, term: number): Objection | undefined {
    server.say(term);
    server.leads = term;
    if (!this.#leaders.includes(server)) this.#leaders.push(server);
    // If the last one of them is there, so is what lies before it, or the logs do not match (invariant 3).
    for (let index = this.last; index > 0; index--) {
      const commit = this.#commits[index];
      if (commit && commit.inTerm < term) return this.#lacks(server, term, index);
    }
    return undefined;
  }

  /** A server has removed entries because a leader's message told it to; whatever came in their place is there by now. */
  remove(server: ServerMirror, from: number, entries: readonly Entry[]): Objection | undefined {
    for (const [offset, entry] of entries.entries()) {
      const commit = this.#commits[from + offset];
      if (!commit || commit.term !== entry.term || server.has(from + offset, commit.term, false)) continue;
      const text = `${server.id} removed entry ${from + offset}, ${worded(entry)} of term ${entry.term}, from its log. It is committed: ${commit.by} had applied it before that.`;
      return { claim: "kept", text, ...storyOf(entry) };
    }
    return undefined;
  }

  #lacks(leader: ServerMirror, term: number, index: number): Objection | undefined {
    const commit = this.#commits[index] as Commit;
    if (leader.has(index, commit.term, false)) return undefined;
    const own = leader.entryAt(index);
    const instead = own
      ? `has ${worded(own)} of term ${own.term} there`
      : `has a log that ends with entry ${leader.end - 1}`;
    const text = `${leader.id} leads term ${term} and ${instead}. Entry ${index}, ${worded(commit.entry)} of term ${commit.term}, was committed in term ${commit.inTerm}: ${commit.by} has applied it.`;
    return { claim: "completeness", text, ...storyOf(commit.entry) };
  }

  /** Counts those of the leader's configuration who have an entry. */
  #majority(leader: ServerMirror, index: number, entry: Entry): Objection | undefined {
    const latest = leader.latestMembers();
    // It may have been committed before the next change was appended, and told after it.
    const older = latest.index > index ? [leader.latestMembers(latest.index)] : [];
    let text = "";
    for (const { members } of [latest, ...older]) {
      const having = members.filter((id) => this.#servers.get(id)?.has(index, entry.term, this.#isDurable));
      if (2 * having.length > members.length) return undefined;
      const where = this.#isDurable ? "safe on the disks" : "in the logs";
      const who = having.length === 0 ? "nobody" : having.join(", ");
      text ||= `${leader.id}, leader of term ${leader.leads}, applied entry ${index}, ${worded(entry)} of term ${entry.term}. It is ${where} of ${who}: that is no majority of ${members.join(", ")}.`;
    }
    return { claim: "majority", text, ...storyOf(entry) };
  }
}
