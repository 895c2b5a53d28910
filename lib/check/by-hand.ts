import { History, type Operation } from "#lib/history";

/** One operation of a history that a test writes down: who, what, from when to when, and the answer. */
export type Row<Input, Output> = readonly [
  process: string,
  input: Input,
  fromMs: number,
  toMs: number,
  /** A text in brackets is an outcome instead. */
  output?: Output | "(info)" | "(fail)" | "(open)",
];

/** The history in which these operations begin and end at these times. Equal times: what began began first. */
export function byHand<Input, Output>(...rows: Row<Input, Output>[]): Operation<Input, Output>[] {
  const history = new History<Input, Output>();
  const operations: Operation<Input, Output>[] = [];
  const events = rows.flatMap(([process, input, fromMs, toMs, output], i) => [
    {
      ms: fromMs,
      isEnd: 0,
      happen: () => {
        operations[i] = history.invoke(process, input, fromMs);
      },
    },
    {
      ms: toMs,
      isEnd: 1,
      happen() {
        const operation = operations[i] as Operation<Input, Output>;
        if (output === "(open)") return;
        if (output === "(info)" || output === "(fail)") {
          history.complete(operation, output === "(info)" ? "info" : "fail", toMs);
        } else history.complete(operation, "ok", toMs, output);
      },
    },
  ]);
  for (const event of events.sort((a, b) => a.ms - b.ms || a.isEnd - b.isEnd)) event.happen();
  return history.operations;
}
