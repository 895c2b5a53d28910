import type { NodeId } from "#lib/sim";
import { type Compare, digest, type ReplicaConfig, type Row, type Rows } from "#protocol/04-quorum-store";
import { isNewer } from "./quorum.ts";
import { allRows, keepRow, type ReplicaContext } from "./rows.ts";

/** A leaf has three hex digits of its keys' digest: 4,096 leaves, under three levels of sixteen children each. */
const leafLength = 3;
const digits = [..."0123456789abcdef"];

function leafOf(key: string): string {
  return digest(key).slice(0, leafLength);
}

export function treeHashes(rows: readonly Row[]): { readonly [path: string]: string } {
  const texts = new Map<string, string[]>();
  for (const { key, version, value } of rows) {
    // A tombstone and no row at all must differ, and so must two versions of one value.
    const text = digest(JSON.stringify([key, version.counter, version.node, value]));
    const leaf = leafOf(key);
    texts.set(leaf, [...(texts.get(leaf) ?? []), text]);
  }
  const hashes: Record<string, string> = {};
  for (let length = leafLength; length >= 0; length--) {
    const parents = new Map<string, string[]>();
    for (const [path, parts] of texts) {
      hashes[path] = digest(parts.sort().join());
      const parent = path.slice(0, -1);
      parents.set(parent, [...(parents.get(parent) ?? []), `${path} ${hashes[path]}`]);
    }
    texts.clear();
    for (const [path, parts] of parents) texts.set(path, parts);
  }
  return hashes;
}

export function beginComparison(ctx: ReplicaContext, config: ReplicaConfig): void {
  if (config.compareMs === null) return;
  ctx.setTimer({ type: "Compare" }, config.compareMs);
}

export function compareWithOne(ctx: ReplicaContext, config: ReplicaConfig): void {
  const others = config.replicas.filter((node) => node !== ctx.self);
  const hashes = treeHashes(allRows(ctx));
  if (others.length > 0)
    ctx.send(ctx.random.pick(others), { type: "Compare", hashes: { "": hashes[""] ?? "" } });
  beginComparison(ctx, config);
}

/** Goes down one level where the two differ, and no further where they agree. */
export function compare(ctx: ReplicaContext, from: NodeId, { hashes: theirs }: Compare): void {
  const mine = treeHashes(allRows(ctx));
  const differing = Object.keys(theirs).filter((path) => theirs[path] !== (mine[path] ?? ""));
  const children = differing
    .filter((path) => path.length < leafLength)
    .flatMap((path) => digits.map((digit) => [path + digit, mine[path + digit] ?? ""]));
  if (children.length > 0) ctx.send(from, { type: "Compare", hashes: Object.fromEntries(children) });
  const paths = differing.filter((path) => path.length === leafLength);
  if (paths.length > 0) ctx.send(from, { type: "Rows", paths, rows: rowsUnder(ctx, paths) });
}

function rowsUnder(ctx: ReplicaContext, paths: readonly string[]): Row[] {
  return allRows(ctx).filter((row) => paths.includes(leafOf(row.key)));
}

export function exchange(ctx: ReplicaContext, from: NodeId, { paths, rows }: Rows): void {
  const theirs = new Map(rows.map((row) => [row.key, row.version]));
  const better = rowsUnder(ctx, paths).filter((row) => isNewer(row.version, theirs.get(row.key) ?? null));
  for (const row of rows) keepRow(ctx, row);
  if (better.length > 0) ctx.send(from, { type: "Rows", paths: [], rows: better });
}
