/**
 * What clients saw: operations, each an invocation and a response, in the order in which these happened. The kernel's own
 * programs write a history; nodes cannot.
 *
 * ```ts example
 * import { History } from "#lib/history";
 *
 * const history = new History<{ put: number }, string>();
 * const first = history.invoke("c1", { put: 1 }, 0);
 * const second = history.invoke("c2", { put: 2 }, 5);
 * history.complete(second, "ok", 30, "stored");
 * console.log(first.outcome, second.outcome); // → open ok
 * history.end(100);
 * console.log(first.outcome); // → info
 * ```
 */
export { SequentialClient, type SequentialClientPlan } from "./client.ts";
export { History, type Operation, type Outcome } from "./history.ts";
