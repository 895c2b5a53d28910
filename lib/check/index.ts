/**
 * Checkers: programs that look at what clients saw, or at what nodes did, and say whether a promise was kept.
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
