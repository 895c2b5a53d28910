import { todo } from "#lib/exercise";

/**
 * The index of the last entry that goes into one AppendEntries, of a log that ends with `last`: no message has more than `maxEntries`
 * entries. The next ones do not wait for the heartbeat: they follow when the reply to this one has come, and so do those behind a
 * snapshot. An answer that says nothing new sends nothing. A success is new if it raises matchIndex, a refusal if nextIndex goes back.
 *
 * Use it wherever you send entries. Until 12.6, `maxEntries` is more than there will ever be.
 *
 * When nothing is lost, a command costs at most three AppendEntries for each member, heartbeats not counted; and if the replies come
 * before the next command, each member is sent an entry once.
 *
 * When much is lost, late or doubled, no server floods another either. Within a run it sends another at most five requests
 * (AppendEntries, InstallSnapshot, RequestVote, PreVote) for each heartbeatMs that has passed and each entry that it has appended, and
 * at most two replies for each request that came; and for each entry that it has appended, at most one that the other had said it has.
 * In each case, fifty more are allowed. Of those requests, at most 750 bytes as JSON go for each heartbeatMs and each entry, and 20,000
 * more: in the runs, an entry has about 60, and a snapshot 180.
 */
export function lastBatched(prevLogIndex: number, last: number, maxEntries: number): number {
  if (last - prevLogIndex > maxEntries) todo("12.6");
  return last;
}
