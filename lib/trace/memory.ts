import { fieldsOf, snapshotOf } from "#lib/sim";

/**
 * What a node remembers, field by field, for people. A snapshot of a whole node shows an object only where it meets it first, and a list
 * that is also in its configuration would have no value: so each field is looked at alone.
 */
export function memoryOf(node: object | undefined): [name: string, value: unknown][] {
  if (node === undefined) return [];
  return fieldsOf(node).map(([name, value]) => [name, inWords(snapshotOf({ value }).fields.value)]);
}

/** What is met twice in one field has perhaps itself within: its value would have no end. */
function inWords(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(inWords);
  const fields = Object.entries(value);
  const isSeen = fields.length === 1 && typeof (value as { again?: unknown }).again === "number";
  if (isSeen) return "(the same object again)";
  return Object.fromEntries(fields.map(([field, item]) => [field, inWords(item)]));
}
