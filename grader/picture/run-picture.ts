import type { Operation } from "#lib/history";
import type { RunResult } from "#lib/nemesis";
import type { Failure, NodeId } from "#lib/sim";
import { formatMessage, formatValue, type Row, type Story, type Trace } from "#lib/trace";
import type { Bar, Lane, RunPicture } from "./data.ts";

export interface RunToShow {
  /** The run, recorded with `states` if the picture is to show what nodes remember. */
  readonly trace: Trace;
  readonly result: Pick<RunResult, "nodes" | "history">;
  readonly failure: Failure;
  readonly told: Story;
  /** The string that makes the run again. */
  readonly replay: string;
}

/** What a picture shows of a run. */
export function runPicture({ trace, result, failure, told, replay }: RunToShow): RunPicture {
  const rows = [...trace.rows()];
  const witness = new Set(failure.operations);
  return {
    claim: failure.claim,
    message: failure.message,
    deviations: told.deviations,
    replay,
    story: told.lines,
    knew: told.knew,
    lanes: lanesOf(rows, result.nodes),
    rows,
    states: trace.states,
    operations: (result.history?.operations ?? []).map((operation) => barOf(operation, witness)),
  };
}

/** The clients first, then each node, with the application beside it: requests go from left to right. */
function lanesOf(rows: readonly Row[], nodes: readonly NodeId[]): Lane[] {
  const names = new Set(nodes);
  for (const { actor, peer } of rows) for (const name of [actor, peer]) if (name) names.add(name);
  const apps = [...names].filter((name) => name.endsWith(appEnding));
  const clients = [...names].filter((name) => !nodes.includes(name) && !apps.includes(name));
  return [
    ...clients.map((name): Lane => ({ name, kind: "client" })),
    ...nodes.flatMap((name): Lane[] => {
      const beside = name + appEnding;
      const node: Lane = { name, kind: "node" };
      return names.has(beside) ? [{ name: beside, kind: "app" }, node] : [node];
    }),
  ];
}

const appEnding = "'s app";

function barOf(operation: Operation<unknown, unknown>, witness: ReadonlySet<number>): Bar {
  const { id, process, input, output, outcome, invokedMs, returnedMs } = operation;
  return {
    id,
    process,
    input: inputText(input),
    output: output === undefined || output === null ? "" : formatValue(output),
    outcome,
    invokedMs,
    returnedMs,
    isWitness: witness.has(id),
  };
}

/** "put k1 = 7" for an input with an op, a key and a value; any other as a message is written, without what is around the operation. */
function inputText(input: unknown): string {
  const { op, key, value, operation, ...rest } = (input ?? {}) as { readonly [field: string]: unknown };
  if (typeof operation === "object" && operation !== null) return formatMessage(operation);
  if (typeof op !== "string" || typeof key !== "string" || Object.keys(rest).length > 0) {
    return formatMessage(input);
  }
  return value === undefined || value === null ? `${op} ${key}` : `${op} ${key} = ${formatValue(value)}`;
}
