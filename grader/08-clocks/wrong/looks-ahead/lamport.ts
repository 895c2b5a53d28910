import type { LamportClock, Stamp } from "#protocol/08-clocks";

export function createLamportClock(): LamportClock {
  let time = 0;
  const tick = (): number => ++time;
  return {
    local: tick,
    send: tick,
    receive(timestamp) {
      // An arrival is an event of its own, and comes after both: what was here, and what was sent.
      time = Math.max(time, timestamp) + 1;
      return time;
    },
    time: () => time + 1,
  };
}

export function compareStamps(a: Stamp, b: Stamp): number {
  if (a.time !== b.time) return a.time - b.time;
  // Any order of the nodes would do, if all use the same: that of arrival differs from node to node.
  if (a.node === b.node) return 0;
  return a.node < b.node ? -1 : 1;
}

export function canPrecede(a: Stamp, b: Stamp): boolean {
  return a.time < b.time;
}
