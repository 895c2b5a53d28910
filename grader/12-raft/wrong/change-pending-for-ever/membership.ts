import { app, type NodeId } from "#lib/sim";
import type { AddServer, Entry, RaftContext, RemoveServer } from "#protocol/12-raft";
import { stepDown } from "./election.ts";
import { entriesBetween, lastIndex, snapshotOn, termAt } from "./log.ts";
import type { Raft } from "./raft.ts";
import { append } from "./replication.ts";

/** The configuration after these entries, given the one before them. */
export function latestMembers(before: readonly NodeId[], entries: readonly Entry[]): readonly NodeId[] {
  return entries.findLast((entry) => entry.type === "Configuration")?.members ?? before;
}

/** The log is another one: a server uses the latest configuration in its log, committed or not (thesis §4.1). */
export function noteMembers(raft: Raft, ctx: RaftContext): void {
  const { disk } = ctx;
  const entries = entriesBetween(disk, disk.log.first, lastIndex(disk));
  raft.members = latestMembers(membersBefore(raft, ctx), entries);
}

/** The configuration before the first entry that is in the log. */
export function membersBefore({ config }: Raft, { disk }: RaftContext): readonly NodeId[] {
  const { members } = snapshotOn(disk);
  // Without a snapshot; or with one of a server that waited to be added, and had heard of no change up to there.
  return members.length > 0 ? members : config.members;
}

/** One server more or one less, so that every majority before shares a server with every majority after. */
export function onChange(raft: Raft, ctx: RaftContext, request: AddServer | RemoveServer): void {
  const refuse = (why: "not leader" | "not now") => ctx.send(app, { type: "Refused", request, why });
  if (raft.role !== "leader") return refuse("not leader");
  if (!isSettled(raft, ctx)) return refuse("not now");
  const others = raft.members.filter((id) => id !== request.server);
  const members = request.type === "AddServer" ? [...others, request.server] : others;
  // A member twice would have two votes; and of nobody, nothing is a majority.
  if (members.length === raft.members.length || members.length === 0) return refuse("not now");
  raft.isChanging = true;
  append(raft, ctx, { type: "Configuration", term: raft.term, members });
}

/**
 * No change is on its way, of this leader or of one before: the last configuration is committed, and so is an entry of this term
 * (Ongaro, "bug in single-server membership changes", raft-dev, 2015).
 */
function isSettled({ commitIndex, term, isChanging }: Raft, { disk }: RaftContext): boolean {
  return termAt(disk, commitIndex) === term && !isChanging;
}

/** A leader that is not in the configuration leads until that is committed, and does not count itself (thesis §4.2.2). */
export function stepDownIfRemoved(raft: Raft, ctx: RaftContext): void {
  if (raft.members.includes(ctx.self)) return;
  const pending = entriesBetween(ctx.disk, raft.commitIndex + 1, lastIndex(ctx.disk));
  if (!pending.some(({ type }) => type === "Configuration")) stepDown(raft, ctx, raft.term);
}
