import type { Operation } from "#lib/history";
import { canonical } from "#lib/sim";
import type { Model } from "./model.ts";

/**
 * Linearizability by its definition: tries every order of the operations that keeps the order of time, with every choice
 * of those that may have happened: the ones without an answer, and `optional` ones. For tests, and for histories of eight operations or so.
 */
export function isLinearizableByForce<Input, Output, State>(
  operations: readonly Operation<Input, Output>[],
  model: Model<Input, Output, State>,
  optional: readonly Operation<Input, Output>[] = [],
): boolean {
  type Op = Operation<Input, Output>;
  const isOk = (operation: Op) => operation.outcome === "ok";
  const isMust = (operation: Op) => isOk(operation) && !optional.includes(operation);
  function canGoOn(left: readonly Op[], states: ReadonlyMap<string, State>): boolean {
    if (!left.some(isMust)) return true;
    return left.some((chosen) => {
      const isTooEarly = left.some((it) => isMust(it) && (it.returnedAt as number) < chosen.invokedAt);
      if (isTooEarly) return false;
      const key = model.keyOf?.(chosen.input) ?? "";
      const before = states.has(key) ? (states.get(key) as State) : model.initial;
      const { state, output } = model.step(before, chosen.input);
      if (isOk(chosen) && output !== undefined && canonical(output) !== canonical(chosen.output))
        return false;
      const rest = left.filter((it) => it !== chosen);
      return canGoOn(rest, new Map(states).set(key, state));
    });
  }
  return canGoOn(
    [...operations, ...optional].filter((it) => it.outcome !== "fail"),
    new Map(),
  );
}
