/** Thrown by `todo`: the body of `part` has not been written yet. */
export class NotImplemented extends Error {
  override readonly name = "NotImplemented";
  readonly part: string;
  constructor(part: string) {
    super(`todo("${part}") was reached: ${part} is not written yet`);
    this.part = part;
  }
}

const reached = new Set<string>();

/**
 * Stands where a body is still to be written. It notes that it was reached before it throws, so that code
 * which catches the error is still seen to be unfinished.
 */
export function todo(part: string): never {
  reached.add(part);
  throw new NotImplemented(part);
}

/** The parts whose `todo` was reached since `forgetTodos`, in the order in which they were reached. */
export function reachedTodos(): string[] {
  return [...reached];
}

export function forgetTodos(): void {
  reached.clear();
}
