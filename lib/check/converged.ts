import { canonical, type Json, Misuse, type NodeId } from "#lib/sim";
import type { Verdict, Witness } from "./verdict.ts";

/** What one replica holds: a value for each key. A key that is not there and a key with the value null are two things. */
export type Contents = { readonly [key: string]: Json };

export interface Divergence extends Witness {
  readonly key: string;
  /** Two replicas that differ in this key. */
  readonly nodes: readonly [NodeId, NodeId];
}

/**
 * Whether replicas agree: to be asked when the faults have ended and the messages have had time to arrive ("eventual
 * consistency": Vogels, CACM 52(1), 2009). All are held against the first one, and the first key in alphabetical order
 * that differs is named. It costs the size of the contents.
 */
export function converged(replicas: ReadonlyMap<NodeId, Contents>): Verdict<Divergence> {
  const [first, ...others] = replicas;
  if (!first) throw new Misuse("converged was given no replica: pass a Map from each node to what it holds");
  const [firstNode, expected] = first;
  let found: { key: string; node: NodeId; contents: Contents } | undefined;
  for (const [node, contents] of others) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(contents)])) {
      if (said(expected, key) === said(contents, key)) continue;
      if (!found || key < found.key) found = { key, node, contents };
    }
  }
  if (!found) return { ok: true };
  const { key, node, contents } = found;
  const text = `${firstNode} holds ${shown(expected, key)}, and ${node} holds ${shown(contents, key)}: the replicas do not agree`;
  return { ok: false, witness: { text, operations: [], key, nodes: [firstNode, node] } };
}

function said(contents: Contents, key: string): string | undefined {
  return Object.hasOwn(contents, key) ? canonical(contents[key]) : undefined;
}

function shown(contents: Contents, key: string): string {
  return Object.hasOwn(contents, key) ? `${key} = ${JSON.stringify(contents[key])}` : `no ${key}`;
}
