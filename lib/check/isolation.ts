import { Budget, Graph, pathLength } from "./graph.ts";
import { explain, type Vocabulary } from "./isolation-words.ts";
import {
  type AnomalyName,
  type AnyStep,
  type IsolationLevel,
  levels,
  nameOf,
  type Transaction,
  type TransactionWitness,
  whenAndWhere,
} from "./transaction.ts";
import type { Verdict } from "./verdict.ts";
import { Dependencies, type Dependency, type DependencyKind, type Line } from "./versions.ts";

export interface TransactionOptions {
  /** How many steps the search for the shortest cycle may take, once it is known that there is one. */
  readonly budget?: number;
}

/** An anomaly that shows without a cycle. */
export interface Anomaly {
  readonly name: AnomalyName;
  readonly text: string;
  readonly transactions: readonly Transaction<unknown>[];
}

/** What the reads of a history prove. */
export interface Evidence<Step> extends Vocabulary<Step> {
  readonly transactions: readonly Transaction<Step>[];
  readonly lines: Line<Step>[];
  /** What reads show by themselves, in the order in which it was found. */
  readonly anomalies: Anomaly[];
}

/** What shows without any dependency, the plainest first: while one of these is there, the order of versions means little. */
const plain: readonly AnomalyName[] = [
  "phantom value",
  "lost write",
  "aborted write",
  "duplicate value",
  "incompatible orders",
  "aborted read (G1a)",
  "intermediate read (G1b)",
];

/** Whether the evidence allows the level, and otherwise the weakest thing that is wrong: what the fewest levels allow. */
export function judge<Step extends AnyStep>(
  evidence: Evidence<Step>,
  level: IsolationLevel,
  { budget = 10_000_000 }: TransactionOptions,
): Verdict<TransactionWitness> {
  const demands = (other: IsolationLevel) => levels.indexOf(level) >= levels.indexOf(other);
  const find = (name: AnomalyName) => evidence.anomalies.find((anomaly) => anomaly.name === name);
  for (const name of plain) {
    const anomaly = find(name);
    if (anomaly) return refuse(anomaly);
  }
  const dependencies = new Dependencies(evidence.transactions);
  for (const line of evidence.lines) dependencies.addLine(line);
  if (level === "session-serializable") dependencies.addSessions();
  if (level === "strict-serializable") dependencies.addTime();
  const search = new Search(dependencies, new Budget(budget));

  const circular = search.cycle(["ww"]) ?? search.cycle(["ww", "wr"]);
  if (circular) return refuse(explain(circular, evidence));
  if (!demands("consistent-view")) return { ok: true };
  const lost = find("internal inconsistency") ?? lostUpdate(evidence);
  if (lost) return refuse(lost);
  const skew = search.skew(["ww", "wr"]);
  if (skew) return refuse(explain(skew, evidence));
  if (!demands("serializable")) return search.verdict();
  const orders: DependencyKind[] = ["session", "time"];
  const cycle =
    search.cycle(["ww", "wr", "rw"]) ??
    search.cycle(["ww", "wr", ...orders]) ??
    search.skew(["ww", "wr", ...orders]) ??
    search.cycle(["ww", "wr", "rw", ...orders]);
  return cycle ? refuse(explain(cycle, evidence)) : { ok: true };
}

function refuse({ name, text, transactions }: Anomaly): Verdict<TransactionWitness> {
  const distinct = [...new Set(transactions)].sort((a, b) => a.index - b.index);
  const operations = distinct.map(({ operation }) => operation.id);
  // "write skew (G2)" stands in brackets of its own.
  const title = name.replace(/ \((.*)\)/, ", $1");
  const story = `${text} (${title}). ${whenAndWhere(distinct.slice(0, 8))}`.trimEnd();
  return { ok: false, witness: { anomaly: name, text: story, operations } };
}

/** Cycles of some kinds of dependencies. */
class Search<Step> {
  /** Those that lie on a cycle: of a history with one fault, a handful. */
  readonly #suspects: readonly Dependency<Step>[];
  readonly #nodeCount: number;
  readonly #budget: Budget;
  #wasCutShort = false;

  constructor({ nodeCount, edges }: Dependencies<Step>, budget: Budget) {
    this.#nodeCount = nodeCount;
    this.#budget = budget;
    this.#suspects = new Graph(nodeCount, edges).cyclicEdges();
  }

  #graph(kinds: readonly DependencyKind[]): Graph<Dependency<Step>> {
    const edges = this.#suspects.filter(({ kind }) => kind === "link" || kinds.includes(kind));
    return new Graph(edges.length > 0 ? this.#nodeCount : 0, edges);
  }

  cycle(kinds: readonly DependencyKind[]): Dependency<Step>[] | undefined {
    return this.#graph(kinds).shortestCycle(this.#budget);
  }

  /** A cycle with one anti-dependency, and otherwise dependencies of these kinds. */
  skew(kinds: readonly DependencyKind[]): Dependency<Step>[] | undefined {
    const others = this.#graph(kinds);
    let best: Dependency<Step>[] | undefined;
    for (const edge of this.#suspects) {
      if (edge.kind !== "rw") continue;
      if (this.#budget.isSpent) {
        this.#wasCutShort = true;
        break;
      }
      const back = others.shortestPath(edge.to, edge.from, this.#budget, best && pathLength(best) - 1);
      if (back) best = [edge, ...back];
      if (best && pathLength(best) <= 2) break;
    }
    return best;
  }

  /** No cycle with one anti-dependency was found: is there none? */
  verdict(): Verdict<TransactionWitness> {
    if (!this.#wasCutShort) return { ok: true };
    const why =
      "these transactions are not serializable, and the budget ended before it was clear whether this level forbids it: check fewer transactions at once, or raise the budget";
    return { ok: "unknown", why };
  }
}

/** Two transactions that read the same version and each wrote the next: one did not know of the other. */
function lostUpdate<Step extends AnyStep>({ lines, read }: Evidence<Step>): Anomaly | undefined {
  for (const line of lines) {
    for (const version of line.versions) {
      if (version.readers.length < 2) continue;
      const updates = new Set(
        version.readers.filter(
          (reader) =>
            reader !== version.writer &&
            reader.steps.some(({ type, key }) => type !== "read" && key === line.key),
        ),
      );
      if (updates.size < 2) continue;
      const [first, second] = updates as Iterable<Transaction<Step>>;
      const what = read(line, version);
      const text = `${nameOf(first!)} and ${nameOf(second!)} both ${what}, and both wrote to it: the later one did not know of the other's update`;
      return { name: "lost update", transactions: [first!, second!], text };
    }
  }
  return undefined;
}
