import { canonical } from "#lib/sim";

/**
 * What equal JSON values have in common, as the key of a Map: a primitive is its own, which costs nothing, and an object
 * has its canonical text, marked so that it is no string's.
 */
export function identity(value: unknown): unknown {
  return typeof value === "object" && value !== null ? `\0${canonical(value)}` : value;
}
