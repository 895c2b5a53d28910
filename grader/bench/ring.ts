import { createRequire } from "node:module";
import { createRing } from "../../solutions/05-partitioning/index.ts";
import { best, type Row } from "./row.ts";

/** What is used of the package hashring, which has no types of its own. */
type HashRing = new (
  servers: readonly string[],
  algorithm: string,
  options: object,
) => { get(key: string): string };
const HashRing = createRequire(import.meta.url)("hashring") as HashRing;

const nodes = Array.from({ length: 50 }, (_, i) => `10.0.0.${i}`);
/** hashring puts each of its 40 virtual nodes at four positions. */
const pointsPerNode = 160;
const keys = Array.from({ length: 200_000 }, (_, i) => `user:${i}:cart`);

/** The largest share of a node, as a multiple of a fair one. */
function worstShare(ownerOf: (key: string) => string | null): number {
  const counts = new Map<string | null, number>();
  for (const key of keys) counts.set(ownerOf(key), (counts.get(ownerOf(key)) ?? 0) + 1);
  return Math.max(...counts.values()) / (keys.length / nodes.length);
}

export function* ringRows(): Generator<Row> {
  const ours = createRing(pointsPerNode);
  for (const node of nodes) ours.add(node);
  // Every lookup is of another key, so that its cache does not answer in place of the ring.
  const theirs = new HashRing(nodes, "md5", { "vnode count": 40, "max cache size": 1 });
  const source = "hashring 3.2.0 from npm with md5, as many points, in this run";
  const lookups = (ring: (key: string) => unknown) =>
    keys.length /
    best(3, () => {
      for (const key of keys) ring(key);
    });
  yield {
    name: "ring: lookups",
    value: lookups((key) => ours.owner(key)),
    unit: "lookups/s",
    baseline: { value: lookups((key) => theirs.get(key)), source },
  };
  yield {
    name: "ring: the largest share of 50 nodes (less is better)",
    value: worstShare((key) => ours.owner(key)),
    unit: "fair shares",
    baseline: { value: worstShare((key) => theirs.get(key)), source },
  };
}
