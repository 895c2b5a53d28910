/** The last index that goes into one message: what lies behind it comes with the next one, when the reply to this one is there. */
export function lastBatched(prevLogIndex: number, last: number, maxEntries: number): number {
  return Math.min(last, prevLogIndex + maxEntries);
}
