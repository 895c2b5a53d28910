import { todo } from "#lib/exercise";

/**
 * The index of the last entry that goes into one AppendEntries, of a log that ends with `last`: no message has more than `maxEntries`
 * entries. The next ones do not wait for the heartbeat: they follow when the reply to this one has come.
 *
 * Use it wherever you send entries. Until 12.6, `maxEntries` is more than there will ever be.
 *
 * When nothing is lost, a command costs at most three AppendEntries for each member, heartbeats not counted; and if the replies come
 * before the next command, each member is sent an entry once.
 */
export function lastBatched(prevLogIndex: number, last: number, maxEntries: number): number {
  if (last - prevLogIndex > maxEntries) todo("12.6");
  return last;
}
