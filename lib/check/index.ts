/**
 * Checkers: programs that look at what clients saw, or at what nodes did, and say whether a promise was kept.
 *
 * ```ts example
 * import { counter, type CounterInput, linearizable } from "#lib/check";
 * import { History } from "#lib/history";
 *
 * const history = new History<CounterInput, number>();
 * const add = history.invoke("c1", { type: "add", amount: 2 }, 0);
 * history.complete(add, "ok", 10);
 * const read = history.invoke("c2", { type: "read" }, 20);
 * history.complete(read, "ok", 30, 0);
 *
 * const verdict = linearizable(history.operations, counter);
 * if (verdict.ok === false) for (const line of verdict.witness.text.split(", ")) console.log(line);
 * // → c2's read gave 0 at 30 ms
 * // → but in every order that fits the times it gives 2
 * // → because of c1's add 2 (0 to 10 ms)
 * // → after which the counter holds 2
 * ```
 */

export { type Contents, converged, type Divergence } from "./converged.ts";
export { type Deed, DeedsOfRun, deedsOf, savedBy } from "./deeds.ts";
export {
  agreement,
  type Claim,
  type Fact,
  factsOf,
  invariantsOf,
  Judge,
  type Known,
  type LateFact,
  never,
  precedence,
} from "./invariants.ts";
export type { TransactionOptions } from "./isolation.ts";
export { judged } from "./judged.ts";
export { type LinearizableOptions, linearizable } from "./linearizable.ts";
export { listTransactions } from "./list-transactions.ts";
export type { Model, Words } from "./model.ts";
export {
  type CounterInput,
  counter,
  type KvInput,
  kv,
  type QueueInput,
  queue,
  type RegisterInput,
  register,
} from "./models.ts";
export { type RegisterTransactionOptions, registerTransactions } from "./register-transactions.ts";
export type { SessionInput, SessionOperation } from "./session-history.ts";
export type { SessionPattern, SessionWitness } from "./session-words.ts";
export {
  causal,
  monotonicReads,
  monotonicWrites,
  readYourWrites,
  type SessionGuarantee,
  type SessionOptions,
  sessions,
  writesFollowReads,
} from "./sessions.ts";
export type {
  AnomalyName,
  IsolationLevel,
  ListStep,
  RegisterStep,
  Scalar,
  TransactionOperation,
  TransactionWitness,
} from "./transaction.ts";
export type { Verdict, Witness } from "./verdict.ts";
