import type { Operation } from "#lib/history";
import { anyOutput, type Transitions } from "./transitions.ts";

/**
 * The operations of one part of an object, as columns for the search. An operation's position is its place in the order
 * of the responses: first those that must be placed, then those that may be, or may not (`optional`).
 */
export interface Calls {
  readonly count: number;
  /** The positions from here on are optional. */
  readonly mustCount: number;
  readonly inputs: Int32Array;
  /** `anyOutput` where nobody knows. */
  readonly outputs: Int32Array;
  readonly invoked: Float64Array;
  /** Infinity for the optional ones. */
  readonly returned: Float64Array;
  readonly readOnly: Uint8Array;
  readonly byInvocation: Int32Array;
  /** Two calls that overlap have different slots, so that a set of calls which are open at one time is a few bits. */
  readonly slots: Int32Array;
  /** How many calls overlap at most. */
  readonly slotCount: number;
}

/** Which operation stands at which position: the must's by response, then the may's by invocation. */
export function positions<Input, Output>(
  must: readonly Operation<Input, Output>[],
  may: readonly Operation<Input, Output>[],
): Operation<Input, Output>[] {
  const byReturn = [...must].sort((a, b) => (a.returnedAt as number) - (b.returnedAt as number));
  return byReturn.concat([...may].sort((a, b) => a.invokedAt - b.invokedAt));
}

/** Lays out operations that stand in the order of `positions`. */
export function layOut<Input, Output, State>(
  operations: readonly Operation<Input, Output>[],
  mustCount: number,
  transitions: Transitions<Input, Output, State>,
): Calls {
  const { model } = transitions;
  const count = operations.length;
  const columns = {
    count,
    mustCount,
    inputs: new Int32Array(count),
    outputs: new Int32Array(count).fill(anyOutput),
    invoked: new Float64Array(count),
    returned: new Float64Array(count).fill(Number.POSITIVE_INFINITY),
    readOnly: new Uint8Array(count),
    byInvocation: new Int32Array(count),
  };
  operations.forEach((operation, i) => {
    const isKnown = operation.outcome === "ok";
    const output = isKnown ? (operation.output as Output) : undefined;
    columns.inputs[i] = transitions.numberOfInput(operation.input);
    columns.invoked[i] = operation.invokedAt;
    columns.byInvocation[i] = i;
    columns.readOnly[i] = model.isReadOnly?.(operation.input, output) ? 1 : 0;
    if (isKnown) columns.outputs[i] = transitions.numberOfOutput(output as Output);
    if (i < mustCount) columns.returned[i] = operation.returnedAt as number;
  });
  const { invoked } = columns;
  columns.byInvocation.sort((a, b) => (invoked[a] as number) - (invoked[b] as number));
  return { ...columns, ...slotsOf(columns) };
}

/** Gives each call the slot of one that has returned before, or a new one. */
function slotsOf(calls: Pick<Calls, "count" | "invoked" | "returned" | "byInvocation">) {
  const slots = new Int32Array(calls.count);
  const free: number[] = [];
  let slotCount = 0;
  let returnedCount = 0;
  for (const position of calls.byInvocation) {
    while ((calls.returned[returnedCount] as number) < (calls.invoked[position] as number)) {
      free.push(slots[returnedCount++] as number);
    }
    slots[position] = free.pop() ?? slotCount++;
  }
  return { slots, slotCount };
}
