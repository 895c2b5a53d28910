import { todo } from "#lib/exercise";
import type { RaftContext } from "#protocol/12-raft";
import type { Raft } from "./raft.ts";

/**
 * Makes term, vote and log safe. Call it wherever one of them has changed, before anything is sent that a crash would make untrue: a
 * term in a message, a vote, an entry that is said to be in the log (Figure 2, "persistent state"). A leader that counts itself as one
 * that has an entry has it safe. What comes often and changes none of them neither writes nor syncs: a heartbeat, an answer, a request
 * that is refused.
 *
 * Of what was written since the last sync, a crash leaves any part, each write for itself. `ctx.disk.set({ term, votedFor })` is one.
 *
 * Until 12.3 it does nothing, and no server crashes.
 */
export function save(raft: Raft, ctx: RaftContext): void {
  // 12.3
}

/**
 * After a crash: term and vote are what they were, and where no vote was given, none is. What is committed is not on the disk, nor is what
 * the application had applied: a server learns the one anew from a leader, and then tells the other anew, from entry 1 on. (With a
 * snapshot: see 12.4.)
 */
export function recover(raft: Raft, ctx: RaftContext): void {
  todo("12.3");
}
