import type { NodeId } from "#lib/sim";

/** `ok`: it happened. `fail`: it did not, and never will. `info`: nobody can know; it may happen still. */
export type Outcome = "ok" | "fail" | "info";

/** One operation of one client. */
export interface Operation<Input, Output> {
  /** 0, 1, 2 … in the order of the invocations. */
  readonly id: number;
  /** The client that asked. */
  readonly process: NodeId;
  readonly input: Input;
  /** `open` until the response, or the end of the run. */
  outcome: Outcome | "open";
  output?: Output;
  /** Places in the order of all invocations and responses: an operation came before another if it returned before the other was invoked. */
  readonly invokedAt: number;
  returnedAt?: number;
  /** Virtual times, for people; the order is told by the places. */
  readonly invokedMs: number;
  returnedMs?: number;
}

export class History<Input, Output> {
  readonly operations: Operation<Input, Output>[] = [];
  #place = 0;

  invoke(process: NodeId, input: Input, ms: number): Operation<Input, Output> {
    const operation: Operation<Input, Output> = {
      id: this.operations.length,
      process,
      input,
      outcome: "open",
      invokedAt: this.#place++,
      invokedMs: ms,
    };
    this.operations.push(operation);
    return operation;
  }

  /** Notes the response. A second response to one operation changes nothing. */
  complete(operation: Operation<Input, Output>, outcome: Outcome, ms: number, output?: Output): void {
    if (operation.outcome !== "open") return;
    operation.outcome = outcome;
    if (output !== undefined) operation.output = output;
    operation.returnedAt = this.#place++;
    operation.returnedMs = ms;
  }

  /** The run is over: what is still open stays unknown. */
  end(ms: number): void {
    for (const operation of this.operations) this.complete(operation, "info", ms);
  }

  count(outcome: Outcome | "open"): number {
    return this.operations.filter((operation) => operation.outcome === outcome).length;
  }
}
