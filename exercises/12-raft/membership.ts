import { todo } from "#lib/exercise";
import type { NodeId } from "#lib/sim";
import type { AddServer, Entry, RaftContext, RemoveServer } from "#protocol/12-raft";
import type { Raft } from "./raft.ts";

/** The configuration after these entries: the last one among them, or the one before them if there is none. */
export function latestMembers(before: readonly NodeId[], entries: readonly Entry[]): readonly NodeId[] {
  return todo("12.5");
}

/**
 * The application wants one server more, or one less (thesis §4.1). A leader appends a Configuration entry with the new members: the old
 * ones in their order, without the server or with it at the end. It sends it to them as it sends a command (12.2). From then on it uses
 * that configuration, and so does every server from the moment when the entry is in its log, committed or not, until it is removed from
 * there: for votes, for what is committed, and for whom to send to. What is committed is told to the application (ApplyConfiguration).
 *
 * A leader refuses with "not now" as long as the last change in its log is not committed, or no entry of its own term (Ongaro, raft-dev,
 * 2015); and what is no change to a cluster: AddServer of a member, RemoveServer of a server that is none, or of the only one there is.
 * Whoever does not lead answers `Refused` with "not leader".
 *
 * A server may be removed and added again. It has its disk then, so what it said in this term still holds, and what it said in an
 * earlier one does not (12.2).
 *
 * A leader that is not in the new configuration goes on until that is committed, without counting itself, and steps down then. An older
 * configuration without it says nothing: it may have been added again. If it loses its office before that, it stands as all do, and its own
 * vote does not count: its log may be the only one with that entry, and then nobody else can be elected. Once it knows that this is
 * committed, it need not stand (thesis §4.2.2). A server that is no member answers as all do, votes too. A snapshot has the configuration
 * that was the latest at its end.
 *
 * In the long runs, a server is switched off when its removal is committed. Until then it may disturb the others, which only 12.7 cures;
 * so when the faults are over, it gets through with RequestVote only if nobody's log is more up to date than its own.
 */
export function onChange(raft: Raft, ctx: RaftContext, request: AddServer | RemoveServer): void {
  todo("12.5");
}
