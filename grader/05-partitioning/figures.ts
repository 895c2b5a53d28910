import { type Exercise, fnv1a, slotCount } from "#protocol/05-partitioning";

/**
 * The numbers of the chapter, from real runs of the work that is given. Each is a text that stands in the chapter word for word, in a
 * fence or in a sentence; a check compares them.
 */
export function figures(work: Exercise): { readonly [name: string]: string } {
  return {
    modulo: modulo(work),
    letters: letters(work),
    clusters: clusters(work),
    shares: shares(work),
    hotSpot: hotSpot(work),
  };
}

const keys = Array.from({ length: 10_000 }, (_, i) => `user:${i + 1}`);

/** From 8 to 9 nodes, three ways. */
function modulo(work: Exercise): string {
  const byModulo = (count: number) => (key: string) => `n${work.nodeByModulo(work.hashKey(key), count) + 1}`;
  const names = Array.from({ length: 8 }, (_, i) => `n${i + 1}`);
  const eight = work.spreadSlots(names);
  const nine = work.joinSlots(eight, "n9");
  const ring = work.createRing(128);
  for (const name of names) ring.add(name);
  const before = keys.map((key) => ring.owner(key));
  ring.add("n9");
  const lines = keys.slice(0, 6).map((key) => {
    const [from, to] = [byModulo(8)(key), byModulo(9)(key)];
    return `${key}   ${from} → ${to}${from === to ? "   stays" : ""}`;
  });
  const moved = (isMoved: (key: string, i: number) => boolean) => {
    const count = keys.filter(isMoved).length;
    return `${String(count).padStart(4)} of ${keys.length} keys move (${Math.round((100 * count) / keys.length)} %)`;
  };
  return [
    ...lines,
    "…",
    `hash mod N      ${moved((key) => byModulo(8)(key) !== byModulo(9)(key))}`,
    `fixed slots     ${moved((key) => eight[slot(work, key)] !== nine[slot(work, key)])}`,
    `ring, V = 128   ${moved((key, i) => before[i] !== ring.owner(key))}`,
  ].join("\n");
}

function slot(work: Exercise, key: string): number {
  return work.slotOf(work.hashKey(key)) % slotCount;
}

const hex = (hash: number): string => hash.toString(16).padStart(8, "0");

/** What the last letter reaches. */
function letters(work: Exercise): string {
  const lines = ["user:1", "user:2", "user:3", "user:4"].map(
    (key) => `${key}   fnv1a ${hex(fnv1a(key))}   finished ${hex(work.hashKey(key))}`,
  );
  return lines.join("\n");
}

/** Where eight points of one node stand on the ring, in tenths of a thousandth of it. */
function clusters(work: Exercise): string {
  const at = (hash: (text: string) => number) =>
    Array.from({ length: 8 }, (_, i) => (hash(`n1#${i}`) / 2 ** 32).toFixed(3))
      .sort()
      .join(" ");
  return [`fnv1a      ${at(fnv1a)}`, `finished   ${at(work.hashKey)}`].join("\n");
}

/** The smallest and the largest share of eight nodes. */
function shares(work: Exercise): string {
  const many = Array.from({ length: 100_000 }, (_, i) => `user:${i + 1}`);
  const lines = [1, 16, 128, 1024].map((virtualNodes) => {
    const ring = work.createRing(virtualNodes);
    const counts = new Map<string, number>();
    for (let i = 1; i <= 8; i++) {
      ring.add(`n${i}`);
      counts.set(`n${i}`, 0);
    }
    for (const key of many) counts.set(ring.owner(key)!, counts.get(ring.owner(key)!)! + 1);
    const all = [...counts.values()].map((count) => (count * 8) / many.length);
    const band = 4 / Math.sqrt(virtualNodes);
    return `V = ${String(virtualNodes).padEnd(4)}   smallest ${Math.min(...all).toFixed(2)}   largest ${Math.max(...all).toFixed(2)}   1 ± ${band.toFixed(2)}`;
  });
  return lines.join("\n");
}

/** 4,000 orders in a row, a split whenever a shard has 500 rows; plain and salted. */
function hotSpot(work: Exercise): string {
  const run = (storedAs: (key: string) => string): string => {
    const store = work.createRangeStore();
    const last: string[] = [];
    for (let i = 0; i < 4_000; i++) {
      const shard = store.put(storedAs(`order:${String(i).padStart(6, "0")}`), "…");
      if (i >= 3_900) last.push(shard);
      const full = store.shards().find((it) => it.rowCount >= 500);
      if (full) store.split(full.shard);
    }
    const counts = new Map<string, number>();
    for (const shard of last) counts.set(shard, (counts.get(shard) ?? 0) + 1);
    const most = Math.max(...counts.values());
    return `${store.shards().length} shards; the last 100 writes went to ${counts.size} of them, at most ${most} to one`;
  };

  return [`plain      ${run((key) => key)}`, `salted 8   ${run((key) => work.saltedKey(key, 8))}`].join("\n");
}
