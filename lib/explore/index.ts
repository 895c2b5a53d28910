/**
 * The explorer.
 */
export type { Counterexample, Exploration } from "./conclusion.ts";
export { explore } from "./explore.ts";
export { exploreModel, type Model, type ModelExploration } from "./model.ts";
export type {
  Budget,
  ExploreOptions,
  Prefix,
  Progress,
  StateClaim,
  Step,
  Symmetry,
  View,
} from "./options.ts";
