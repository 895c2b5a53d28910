import type { Anomaly } from "./isolation.ts";
import { type AnomalyName, nameOf, type Transaction } from "./transaction.ts";
import type { Dependency, DependencyKind, Line, Version } from "./versions.ts";

/** How reads and writes of one kind of data are told. */
export interface Vocabulary<Step> {
  readonly transactions: readonly Transaction<Step>[];
  /** "appended 1 to x". */
  wrote(version: Version<Step>): string;
  /** "append of 1 to x". */
  write(version: Version<Step>): string;
  /** "read x = [1]". */
  read(line: Line<Step>, version: Version<Step>): string;
}

/** A dependency between two transactions, whatever nodes lay between. */
interface Hop<Step> {
  readonly from: Transaction<Step>;
  readonly to: Transaction<Step>;
  readonly kind: DependencyKind;
  readonly line: Line<Step> | undefined;
  readonly older: Version<Step> | undefined;
  readonly newer: Version<Step> | undefined;
}

/** A cycle of dependencies in words, under its right name. */
export function explain<Step>(cycle: readonly Dependency<Step>[], vocabulary: Vocabulary<Step>): Anomaly {
  const hops = rotated(hopsOf(cycle, vocabulary.transactions));
  const name = nameOfCycle(hops);
  const text = `${abridged(hops.map((hop) => told(hop, vocabulary))).join(", and ")}: ${meaning(name, hops)}`;
  return { name, text, transactions: hops.map(({ from }) => from) };
}

/** Nobody reads a hundred clauses: of many, the first ones and the last. */
function abridged(clauses: readonly string[]): string[] {
  if (clauses.length <= 8) return [...clauses];
  return [...clauses.slice(0, 4), `so on over ${clauses.length - 6} more`, ...clauses.slice(-2)];
}

function hopsOf<Step>(
  cycle: readonly Dependency<Step>[],
  transactions: readonly Transaction<Step>[],
): Hop<Step>[] {
  // Begin at a transaction, not in the middle of a hop.
  const start = cycle.findIndex(({ from }) => from < transactions.length);
  const hops: Hop<Step>[] = [];
  let first: Dependency<Step> | undefined;
  for (const edge of [...cycle.slice(start), ...cycle.slice(0, start)]) {
    first ??= edge;
    if (edge.to >= transactions.length) continue;
    const [from, to] = [transactions[first.from]!, transactions[edge.to]!];
    hops.push({ from, to, kind: first.kind, line: first.line, older: first.older, newer: edge.newer });
    first = undefined;
  }
  return hops;
}

/** A story begins with what was missed, if something was. */
function rotated<Step>(hops: readonly Hop<Step>[]): Hop<Step>[] {
  const start = Math.max(
    0,
    hops.findIndex(({ kind }) => kind === "rw"),
  );
  return [...hops.slice(start), ...hops.slice(0, start)];
}

function nameOfCycle(hops: readonly Hop<unknown>[]): AnomalyName {
  const count = (...kinds: DependencyKind[]) => hops.filter(({ kind }) => kinds.includes(kind)).length;
  const missed = count("rw");
  if (count("time", "session") > 0) {
    if (missed === 1 && hops.length === 2) return "stale read";
    return count("time") > 0 ? "order in time" : "order of a session";
  }
  if (missed === 0) return count("wr") === 0 ? "dirty write (G0)" : "circular information flow (G1c)";
  if (missed === 1) return "read skew (G-single)";
  return missed === 2 && hops.length === 2 ? "write skew (G2)" : "anti-dependency cycle (G2)";
}

function told<Step>({ from, to, kind, line, older, newer }: Hop<Step>, vocabulary: Vocabulary<Step>): string {
  const [a, b] = [nameOf(from), nameOf(to)];
  switch (kind) {
    case "ww":
      return `${a} ${vocabulary.wrote(older!)} before ${b}'s ${vocabulary.write(newer!)}`;
    case "wr":
      return `${b} saw ${a}'s ${vocabulary.write(older!)}`;
    case "rw":
      return `${a} ${vocabulary.read(line!, older!)} before ${b}'s ${vocabulary.write(newer!)}`;
    case "session":
      return `${from.operation.process} ran ${a} before ${b}`;
    default:
      return `${a} had ended when ${b} began`;
  }
}

function meaning(name: AnomalyName, hops: readonly Hop<unknown>[]): string {
  const [a, b] = hops.map(({ from }) => nameOf(from));
  switch (name) {
    case "dirty write (G0)":
      return `each wrote over the ${hops.length === 2 ? "other" : "next"} before it was done`;
    case "circular information flow (G1c)":
      return hops.length === 2
        ? "each was there before the other"
        : "each was there before the next, all around";
    case "read skew (G-single)":
      if (hops.at(-1)?.kind === "ww") return `${a} wrote on top of what it had not seen`;
      return `${a} saw a part of what had happened, and missed what came before that part`;
    case "stale read":
      return `${a} missed what was done before it began`;
    case "write skew (G2)":
      return "each misses the other's write";
    case "anti-dependency cycle (G2)":
      return "run one after another, in whatever order, one of them would have seen more";
    default:
      return `${a} would have to come before ${b} and after it`;
  }
}
