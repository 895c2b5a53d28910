import { explore, exploreModel } from "#lib/explore";
import { abstractCommit } from "../course/abstract-commit.ts";
import { atomicCommit } from "../course/atomic-commit.ts";
import { best, type Row } from "./row.ts";

const prototype = "this explorer's prototype, on two cores";

export function* exploreRows(): Generator<Row> {
  let states = 0;
  const abstractSeconds = best(5, () => {
    states = exploreModel(abstractCommit(5)).states;
  });
  yield {
    name: "explore: abstract two-phase commit, 5 resource managers",
    value: states / abstractSeconds,
    unit: "states/s",
    baseline: { value: 94_000, source: prototype },
  };
  let found = explore(atomicCommit(3));
  const seconds = best(5, () => {
    found = explore(atomicCommit(3));
  });
  yield {
    name: "explore: two-phase commit by messages, 3 participants, 1 crash, every state",
    value: seconds,
    unit: "s",
    baseline: {
      value: 10,
      source: "the shortest limit of a search in the tests of DSLabs (labs/*/*Test.java)",
    },
  };
  yield {
    name: "explore: the same, states",
    value: found.states / seconds,
    unit: "states/s",
    baseline: { value: 2991 / 0.12, source: `${prototype}: 2,991 states in 0.12 s` },
  };
  yield {
    name: "explore: the same, steps",
    value: found.transitions / seconds,
    unit: "steps/s",
    baseline: { value: 1_580_000, source: `${prototype}, on a toy Raft` },
  };
  yield {
    name: "explore: the same, steps for each handler that runs",
    value: found.transitions / found.handlerRuns,
    unit: "steps",
    baseline: { value: 1_187_112 / 3282, source: `${prototype}, on a toy Raft` },
  };
}
