import type { Operation } from "#lib/history";
import { identity } from "./identity.ts";
import type { Model } from "./model.ts";
import type { Verdict } from "./verdict.ts";
import { type Sighting, ZoneSentences } from "./zone-sentences.ts";

/**
 * Decides in n log n steps whether a register is linearizable, if each value was written once, so that every read tells
 * which write it saw. Gives undefined if that is not so, or if there was anything but reads and writes: then it takes a
 * search. `operations` are those of the register that did not fail, and `all` those that a sentence may speak of.
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
  all: readonly Operation<Input, Output>[] = operations,
): Verdict | undefined {
  const written = writtenValues(operations, model);
  if (written === undefined) return undefined;
  const sentences = new ZoneSentences(operations, model, key, written.writes);
  const unwritten = addReads(operations, written);
  if (unwritten !== undefined) return { ok: false, witness: sentences.unwritten(unwritten, all) };
  const early = firstEarly(operations, written);
  if (early > 0) return { ok: false, witness: sentences.early(early, written.seenBy[early] as number) };
  const clash = firstClash(written);
  if (!clash) return { ok: true };
  const sighting = (value: number): Sighting => ({
    value,
    seenBy: written.seenBy[value] as number,
    askedBy: written.askedBy[value] as number,
  });
  return { ok: false, witness: sentences.clash(sighting(clash[0]), sighting(clash[1])) };
}

/**
 * What was written, and the zones. Operations are named by their index; values are numbered by their writes, from 1. Value
 * 0 is the one that was there before everything.
 */
interface Written {
  /** How many values there are, value 0 too. */
  readonly count: number;
  /** The write of each value; -1 for value 0. */
  readonly writes: Int32Array;
  /** The first response of its operations, and whose that is. */
  readonly seenAt: Float64Array;
  readonly seenBy: Int32Array;
  /** The last invocation, and whose that is. */
  readonly askedAt: Float64Array;
  readonly askedBy: Int32Array;
  /** What tells which value was read. */
  readonly numbers: Map<unknown, number>;
  readonly reads: Int32Array;
}

function writtenValues<Input, Output, State>(
  operations: readonly Operation<Input, Output>[],
  model: Model<Input, Output, State>,
): Written | undefined {
  if (!model.asRegister) return undefined;
  const most = operations.length + 1;
  const writes = new Int32Array(most).fill(-1);
  const seenAt = new Float64Array(most).fill(-1);
  const askedAt = new Float64Array(most).fill(-1);
  const reads = new Int32Array(most);
  const numbers = new Map([[identity(model.initial), 0]]);
  let readCount = 0;
  let count = 1;
  for (let i = 0; i < operations.length; i++) {
    const { input, outcome, invokedAt, returnedAt } = operations[i] as Operation<Input, Output>;
    const access = model.asRegister(input);
    if (access === undefined) return undefined;
    if (access === "read") {
      if (outcome === "ok") reads[readCount++] = i;
      continue;
    }
    writes[count] = i;
    seenAt[count] = outcome === "ok" ? (returnedAt as number) : Number.POSITIVE_INFINITY;
    askedAt[count] = invokedAt;
    numbers.set(identity(access.write), count++);
    // It was there: nobody can tell which of the two writes a read saw.
    if (numbers.size < count) return undefined;
  }
  return {
    count,
    writes,
    seenAt,
    seenBy: writes.slice(),
    askedAt,
    askedBy: writes.slice(),
    numbers,
    reads: reads.subarray(0, readCount),
  };
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

/** The first value that was seen before its write was invoked, or 0. */
function firstEarly(
  operations: readonly Operation<unknown, unknown>[],
  { count, seenAt, writes }: Written,
): number {
  for (let value = 1; value < count; value++) {
    const write = operations[writes[value] as number] as Operation<unknown, unknown>;
    if ((seenAt[value] as number) < write.invokedAt) return value;
  }
  return 0;
}

/** Two values of which each was seen before somebody asked and got the other; the first such pair. */
function firstClash({ count, seenAt, askedAt }: Written): [number, number] | undefined {
  const isForward = (value: number) => (seenAt[value] as number) < (askedAt[value] as number);
  const forward = sortedBy(seenAt, count, isForward);
  for (let i = 1; i < forward.length; i++) {
    const [earlier, later] = [forward[i - 1] as number, forward[i] as number];
    if ((seenAt[later] as number) < (askedAt[earlier] as number)) return [earlier, later];
  }
  // The forward zones lie side by side now, so only one of them can hold a given backward zone.
  const backward = sortedBy(askedAt, count, (value) => !isForward(value));
  let next = 0;
  for (const value of backward) {
    while (next < forward.length && (seenAt[forward[next] as number] as number) < (askedAt[value] as number))
      next++;
    const around = forward[next - 1];
    if (around !== undefined && (seenAt[value] as number) < (askedAt[around] as number))
      return [around, value];
  }
  return undefined;
}

/** The values that are wanted, in the order of a column of whole numbers. Several times faster than by a comparison. */
function sortedBy(column: Float64Array, count: number, isWanted: (value: number) => boolean): Float64Array {
  const keys = new Float64Array(count);
  let length = 0;
  for (let value = 0; value < count; value++) {
    if (isWanted(value)) keys[length++] = ((column[value] as number) + 1) * count + value;
  }
  const sorted = keys.subarray(0, length).sort();
  for (let i = 0; i < length; i++) sorted[i] = (sorted[i] as number) % count;
  return sorted;
}
