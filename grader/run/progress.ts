/*
 * A long test says now and then how far it is. Whoever says nothing for too long is taken for hung, and work that is slow, or on a
 * busy machine, is not.
 */

let listener: ((soFar: string) => void) | undefined;

export function tellProgressTo(next: (soFar: string) => void): void {
  listener = next;
}

/** How far a test is, as a clause: "88 of 200 runs of 12/churn were done". */
export function progress(soFar: string): void {
  listener?.(soFar);
}
