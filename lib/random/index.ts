/**
 * Randomness by key. A stream is named by a seed and some words; its n-th value is a hash of the name and n,
 * so a value can be asked for out of order, and no stream can disturb another.
 *
 * ```ts example
 * import { Stream } from "#lib/random";
 *
 * const loss = new Stream(7, "loss", "n1>n2");
 * const first = loss.at(0);
 * const other = new Stream(7, "loss", "n2>n1");
 * other.next(); // has no effect on the first stream
 * console.log(loss.next() === first); // → true
 * console.log(loss.pick(["a", "b", "c"]) === new Stream(7, "loss", "n1>n2", ).pick(["a", "b", "c"])); // → false
 * ```
 */
export { hashText, type Random, Stream } from "./stream.ts";
