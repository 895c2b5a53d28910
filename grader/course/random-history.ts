import type { Model } from "#lib/check";
import { History, type Operation } from "#lib/history";
import type { Random } from "#lib/random";

/** How to make small histories of an object, some linearizable and some not. */
export interface Workload<Input, Output> {
  input(random: Random, index: number): Input;
  /** An answer that may be wrong, in place of the right one. */
  otherOutput(random: Random, output: Output): Output;
  /** How probable that is. */
  readonly wrong: number;
  /** How many operations a history has at most; 7 unless told. */
  readonly most?: number;
}

/**
 * A history of four clients. Each takes effect at a moment between its invocation and its
 * response, on one object, as the model says. Some fail, some get no answer and take effect late or never, and some get
 * another answer.
 */
export function randomHistory<Input, Output, State>(
  model: Model<Input, Output, State>,
  { input, otherOutput, wrong, most = 7 }: Workload<Input, Output>,
  random: Random,
): Operation<Input, Output>[] {
  const history = new History<Input, Output>();
  const states = new Map<string, State>();
  const events: { readonly at: number; happen(ms: number): void }[] = [];
  const freeFrom = [0, 0, 0, 0];
  const count = random.between(2, most);
  for (let i = 0; i < count; i++) {
    const client = random.int(4);
    const outcome = random.chance(0.15) ? "info" : random.chance(0.05) ? "fail" : "ok";
    const start = (freeFrom[client] as number) + 5 * random.next();
    const end = start + 8 * random.next();
    const latest = outcome === "info" ? end + 40 * random.next() : end;
    freeFrom[client] = end;
    let operation: Operation<Input, Output>;
    let output: Output | undefined;
    events.push({
      at: start,
      happen(ms) {
        operation = history.invoke(`c${client + 1}`, input(random, i), ms);
      },
    });
    events.push({ at: end, happen: (ms) => history.complete(operation, outcome, ms, output) });
    if (outcome === "fail" || (outcome === "info" && random.chance(0.3))) continue;
    events.push({
      at: start + (latest - start) * random.next(),
      happen() {
        const key = model.keyOf?.(operation.input) ?? "";
        const before = states.has(key) ? (states.get(key) as State) : model.initial;
        const step = model.step(before, operation.input);
        states.set(key, step.state);
        output = step.output;
        if (output !== undefined && random.chance(wrong)) output = otherOutput(random, output);
      },
    });
  }
  events
    .sort((a, b) => a.at - b.at)
    .forEach(({ happen }, i) => {
      happen(10 * i);
    });
  return history.operations;
}
