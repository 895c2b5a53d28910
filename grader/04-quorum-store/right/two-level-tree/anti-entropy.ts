import type { NodeId } from "#lib/sim";
import { type Compare, digest, type ReplicaConfig, type Row, type Rows } from "#protocol/04-quorum-store";
import { isNewer } from "./quorum.ts";
import { allRows, keepRow, type ReplicaContext, rowOf } from "./rows.ts";

/** The root has 64 children, and each of these has 64 leaves: "17" is a child, "17/40" a leaf. Hashes are sums, so that no order matters. */
const width = 64;

function pathsOf({ key }: Row): string[] {
  const number = Number.parseInt(digest(key).slice(8), 16);
  const child = `${number % width}`;
  return ["", child, `${child}/${Math.floor(number / width) % width}`];
}

export function treeHashes(rows: readonly Row[]): { readonly [path: string]: string } {
  const sums: { [path: string]: [number, number] } = { "": [0, 0] };
  for (const row of rows) {
    const text = digest(`${JSON.stringify(row.value)} ${row.version.counter} ${row.version.node} ${row.key}`);
    for (const path of pathsOf(row)) {
      sums[path] ??= [0, 0];
      const sum = sums[path];
      sum[0] = (sum[0] + Number.parseInt(text.slice(0, 8), 16)) % 2 ** 32;
      sum[1] = (sum[1] + Number.parseInt(text.slice(8), 16)) % 2 ** 32;
    }
  }
  const hashes = Object.entries(sums).map(([path, sum]) => [
    path,
    sum.map((it) => it.toString(36)).join("."),
  ]);
  return Object.fromEntries(hashes);
}

export function beginComparison(ctx: ReplicaContext, config: ReplicaConfig): void {
  if (config.compareMs !== null && config.replicas.includes(ctx.self)) {
    ctx.setTimer({ type: "Compare" }, config.compareMs);
  }
}

/** With each in turn. */
export function compareWithOne(ctx: ReplicaContext, config: ReplicaConfig): void {
  const others = config.replicas.filter((node) => node !== ctx.self);
  const turn = ctx.disk.get<number>("turn") ?? 0;
  ctx.disk.set("turn", turn + 1);
  const to = others[turn % others.length];
  if (to !== undefined) ctx.send(to, { type: "Compare", hashes: { "": treeHashes(allRows(ctx))[""] ?? "" } });
  beginComparison(ctx, config);
}

export function compare(ctx: ReplicaContext, from: NodeId, { hashes: theirs }: Compare): void {
  const rows = allRows(ctx);
  const mine = treeHashes(rows);
  const differing = Object.keys(theirs).filter((path) => theirs[path] !== (mine[path] ?? "none"));
  const leaves = differing.filter((path) => path.includes("/"));
  const below: { [path: string]: string } = {};
  for (const path of differing) {
    if (path.includes("/")) continue;
    for (let i = 0; i < width; i++) {
      const child = path === "" ? `${i}` : `${path}/${i}`;
      below[child] = mine[child] ?? "none";
    }
  }
  if (Object.keys(below).length > 0) ctx.send(from, { type: "Compare", hashes: below });
  if (leaves.length === 0) return;
  ctx.send(from, { type: "Rows", paths: leaves, rows: rows.filter((row) => isUnder(row, leaves)) });
}

function isUnder(row: Row, leaves: readonly string[]): boolean {
  return leaves.includes(pathsOf(row)[2] as string);
}

export function exchange(ctx: ReplicaContext, from: NodeId, { paths, rows }: Rows): void {
  for (const row of rows) keepRow(ctx, row);
  // What was kept just now is theirs: they need the rest, where ours is newer.
  const news = allRows(ctx).filter((row) => {
    if (!isUnder(row, paths)) return false;
    const theirs = rows.find(({ key }) => key === row.key);
    return isNewer(rowOf(ctx, row.key)?.version ?? row.version, theirs?.version ?? null);
  });
  if (news.length > 0) ctx.send(from, { type: "Rows", paths: [], rows: news });
}
