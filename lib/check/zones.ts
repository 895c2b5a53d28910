import type { Operation } from "#lib/history";
import { identity } from "./identity.ts";
import type { Model } from "./model.ts";
import type { Verdict } from "./verdict.ts";
import { type Sighting, ZoneSentences } from "./zone-sentences.ts";

/**
 * Decides in n log n steps whether a register is linearizable, if each value was written once, so that every read tells
 * which write it saw. Gives undefined if that is not so, or if there was anything but reads and writes: then it takes a
 * search.
 *
 * All that matters of a value is its *zone*, between the first response and the last invocation among its write and its
 * reads. If the response comes first, the value was surely there from then to the last invocation (a *forward* zone).
 * Otherwise all its operations overlap, and it need have been there for a moment only, somewhere in its zone (a
 * *backward* one). So the register is linearizable if and only if no value is read before its write is invoked, no two
 * forward zones overlap, and no backward zone lies inside a forward one.
 * After Gibbons and Korach, "Testing Shared Memories" (1997), section 4.
 */
export function zones<Input, Output, State>(
  operations: readonly Operation<Input, Output>[],
  model: Model<Input, Output, State>,
  key: string | undefined,
): Verdict | undefined {
  const written = writtenValues(operations, model);
  if (written === undefined) return undefined;
  const sentences = new ZoneSentences(operations, model, key, written.operations);
  const unwritten = addReads(operations, written);
  if (unwritten !== undefined) return { ok: false, witness: sentences.unwritten(unwritten) };
  const early = written.operations.findIndex(
    (write, i) =>
      i > 0 && (written.seenAt[i] as number) < (operations[write] as Operation<Input, Output>).invokedAt,
  );
  if (early > 0) return { ok: false, witness: sentences.early(early, written.seenBy[early] as number) };
  const clash = firstClash(written.seenAt, written.askedAt);
  if (!clash) return { ok: true };
  const sighting = (value: number): Sighting => ({
    value,
    seenBy: written.seenBy[value] as number,
    askedBy: written.askedBy[value] as number,
  });
  return { ok: false, witness: sentences.clash(sighting(clash[0]), sighting(clash[1])) };
}

/** Operations are named by their index. Value 0 is the one that was there before everything. */
interface Written {
  /** The write of each value; -1 for value 0. */
  readonly operations: number[];
  /** The first response of its operations, and whose that is. */
  readonly seenAt: number[];
  readonly seenBy: number[];
  /** The last invocation, and whose that is. */
  readonly askedAt: number[];
  readonly askedBy: number[];
  /** What tells which value was read. */
  readonly numbers: Map<unknown, number>;
  readonly reads: number[];
}

function writtenValues<Input, Output, State>(
  operations: readonly Operation<Input, Output>[],
  model: Model<Input, Output, State>,
): Written | undefined {
  if (!model.asRegister) return undefined;
  const written: Written = {
    operations: [-1],
    seenAt: [-1],
    seenBy: [-1],
    askedAt: [-1],
    askedBy: [-1],
    numbers: new Map([[identity(model.initial), 0]]),
    reads: [],
  };
  for (let i = 0; i < operations.length; i++) {
    const { input, outcome, invokedAt, returnedAt } = operations[i] as Operation<Input, Output>;
    const access = model.asRegister(input);
    if (access === undefined) return undefined;
    if (access === "read") {
      if (outcome === "ok") written.reads.push(i);
      continue;
    }
    const value = written.operations.length;
    const id = identity(access.write);
    if (written.numbers.has(id)) return undefined;
    written.numbers.set(id, value);
    written.operations.push(i);
    written.seenAt.push(outcome === "ok" ? (returnedAt as number) : Number.POSITIVE_INFINITY);
    written.seenBy.push(i);
    written.askedAt.push(invokedAt);
    written.askedBy.push(i);
  }
  return written;
}

/** Widens the zones by the reads. Gives the first read of a value that was not written. */
function addReads<Output>(
  operations: readonly Operation<unknown, Output>[],
  { numbers, reads, seenAt, seenBy, askedAt, askedBy }: Written,
): number | undefined {
  for (const read of reads) {
    const { output, invokedAt, returnedAt } = operations[read] as Operation<unknown, Output>;
    const value = numbers.get(identity(output));
    if (value === undefined) return read;
    if ((returnedAt as number) < (seenAt[value] as number)) {
      seenAt[value] = returnedAt as number;
      seenBy[value] = read;
    }
    if (invokedAt > (askedAt[value] as number)) {
      askedAt[value] = invokedAt;
      askedBy[value] = read;
    }
  }
  return undefined;
}

/** Two values of which each was seen before somebody asked and got the other; the first pair in time. */
function firstClash(seenAt: readonly number[], askedAt: readonly number[]): [number, number] | undefined {
  const isForward = (value: number) => (seenAt[value] as number) < (askedAt[value] as number);
  const values = seenAt.map((_, value) => value);
  const forward = sortedBy(values.filter(isForward), seenAt);
  for (let i = 1; i < forward.length; i++) {
    const [earlier, later] = [forward[i - 1] as number, forward[i] as number];
    if ((seenAt[later] as number) < (askedAt[earlier] as number)) return [earlier, later];
  }
  // The forward zones lie side by side now, so only one of them can hold a given backward zone.
  const backward = sortedBy(
    values.filter((value) => !isForward(value)),
    askedAt,
  );
  let i = -1;
  for (const value of backward) {
    while (
      i + 1 < forward.length &&
      (seenAt[forward[i + 1] as number] as number) < (askedAt[value] as number)
    )
      i++;
    const around = forward[i];
    if (around !== undefined && (seenAt[value] as number) < (askedAt[around] as number))
      return [around, value];
  }
  return undefined;
}

/** Sorts by a column of whole numbers, several times faster than by a comparison. */
function sortedBy(values: readonly number[], column: readonly number[]): Float64Array {
  const count = column.length;
  const keys = Float64Array.from(values, (value) => ((column[value] as number) + 1) * count + value).sort();
  return keys.map((key) => key % count);
}
