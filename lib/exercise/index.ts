/**
 * What a stub needs: `todo`, which marks a body that is still to be written, and the round counter with
 * which the grader stops a loop that never ends.
 *
 * ```ts example
 * import { todo, NotImplemented } from "#lib/exercise";
 *
 * function isEven(n: number): boolean {
 *   return todo("00.1");
 * }
 * try {
 *   isEven(2);
 * } catch (error) {
 *   console.log(error instanceof NotImplemented && error.part); // → 00.1
 * }
 * ```
 */

export { enter, RunawayLoop, resetRounds, round, roundLimit, roundsUsed, stoppedAt } from "./rounds.ts";
export { forgetTodos, NotImplemented, reachedTodos, todo } from "./todo.ts";

declare global {
  interface Console {
    log(...values: unknown[]): void;
  }
  /** For looking at things while you work. A handler's own words belong in `ctx.log`, which the trace keeps. */
  var console: Console;
}
