/** What can be seen of a node's memory, as JSON. */
export interface Snapshot {
  readonly fields: { readonly [name: string]: unknown };
  /** True if there is something in it that may hold state and cannot be read: a function, a promise, a weak map. */
  readonly isOpaque: boolean;
}

/**
 * A class may have a method of this name, which gives its `#private` fields: nothing else can see them. The grader adds
 * one to the classes that it loads.
 */
export const privateFields: unique symbol = Symbol.for("workbook.privateFields");

/**
 * A copy of a node's fields, for pictures and for comparing states. No verdict rests on it: a class can hide what it likes.
 * Maps, sets and objects of other classes are shown as `{ Map: [[key, value], …] }`, `{ Set: […] }` and `{ Name: { … } }`; an
 * object that was met before as `{ again: n }`, the n-th that the walk came to, because two names of one object are not two objects.
 */
export function snapshotOf(node: object): Snapshot {
  const walk = new Walk();
  const fields: { [name: string]: unknown } = {};
  for (const [name, value] of fieldsOf(node)) fields[name] = walk.copy(value);
  return { fields, isOpaque: walk.isOpaque };
}

/** An object's own fields and, class by class, the private ones that it is willing to show. */
export function fieldsOf(object: object): [string, unknown][] {
  const fields: [string, unknown][] = Object.entries(object);
  const shown = new Set<unknown>();
  for (let level = object; level !== null; level = Object.getPrototypeOf(level)) {
    const show = Object.getOwnPropertyDescriptor(level, privateFields)?.value;
    if (typeof show !== "function" || shown.has(show)) continue;
    shown.add(show);
    fields.push(...Object.entries(show.call(object) as object));
  }
  return fields;
}

class Walk {
  isOpaque = false;
  readonly #met = new Map<object, number>();

  copy(value: unknown): unknown {
    if (typeof value === "function" || typeof value === "symbol") {
      this.isOpaque = true;
      return `(a ${typeof value})`;
    }
    if (value === undefined || typeof value === "bigint") return `(${value})`;
    if (typeof value === "number" && !Number.isFinite(value)) return `(${value})`;
    if (typeof value !== "object" || value === null) return value;
    // What is frozen, such as a message, is known by its value.
    if (!Object.isFrozen(value)) {
      const before = this.#met.get(value);
      if (before !== undefined) return { again: before };
      this.#met.set(value, this.#met.size);
    }
    return this.#copyObject(value);
  }

  #copyObject(value: object): unknown {
    if (Array.isArray(value)) return value.map((item) => this.copy(item));
    if (value instanceof Map) {
      return { Map: [...value].map(([key, item]) => [this.copy(key), this.copy(item)]) };
    }
    if (value instanceof Set) return { Set: [...value].map((item) => this.copy(item)) };
    const name = nameOf(value);
    if (name === "Promise" || name === "WeakMap" || name === "WeakSet" || name === "WeakRef") {
      this.isOpaque = true;
    }
    const fields: { [name: string]: unknown } = {};
    for (const [field, item] of fieldsOf(value)) fields[field] = this.copy(item);
    return name === "Object" ? fields : { [name]: fields };
  }
}

/** By name, since a node's modules may be of a realm of their own. */
function nameOf(value: object): string {
  const prototype = Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null;
  const name = prototype === null ? "Object" : prototype.constructor?.name;
  return typeof name === "string" && name !== "" ? name : "Object";
}
