import { expect, test } from "vitest";
import { type ExploreOptions, explore, exploreModel } from "#lib/explore";
import { Trace, tell } from "#lib/trace";
import { abstractCommit } from "./abstract-commit.ts";
import { atomicCommit, commitClaims, type Slip } from "./atomic-commit.ts";
import { election, type Slip as VotingSlip } from "./election.ts";
import { countStates } from "./naive-explorer.ts";
import { randomMachines } from "./random-machine.ts";

test.each([
  [3, 288],
  [5, 8832],
])("abstract two-phase commit with %i resource managers has %i states", (count, states) => {
  expect(exploreModel(abstractCommit(count))).toMatchObject({ stopped: "complete", states });
});

test.runIf(process.env.CI)("abstract two-phase commit with 7 resource managers has 296,448 states", () => {
  expect(exploreModel(abstractCommit(7))).toMatchObject({ stopped: "complete", states: 296_448 });
});

test("two-phase commit with 3 participants and a crash anywhere is right in every state", () => {
  // How many states there are is what the design of the two classes makes it; a change of the explorer must not change it.
  const options = atomicCommit(3);
  expect(explore(options)).toMatchObject({
    stopped: "complete",
    merging: "by state",
    depth: 18,
    states: 71_099,
  });
  const claims = commitClaims(["p1", "p2", "p3"], "steps");
  // Facts are a part of a state: some that were one are two when they are looked at so closely.
  expect(explore({ ...options, claims })).toMatchObject({
    stopped: "complete",
    states: 73_043,
    handlerRuns: 203,
  });
});

const small: readonly (readonly [string, ExploreOptions])[] = [
  ["an election of 2 nodes, with a crash", election(2, "none", 1, 1)],
  ["an election of 3 nodes", election(3, "none", 1, 0)],
  ["a commit with 1 participant and a crash", atomicCommit(1, "none", 1)],
  ["a commit with 1 participant and 2 crashes", atomicCommit(1, "none", 2)],
  ["a commit that does not sync", { ...atomicCommit(1, "the decision is not synced", 1), claims: [] }],
];

test.each(small)("%s has as many states as an explorer without tables counts", (_, options) => {
  expect(explore(options)).toMatchObject({ stopped: "complete", states: countStates(options) });
});

test("random machines have as many states as an explorer without tables counts", () => {
  const wrong: number[] = [];
  let most = 0;
  for (let seed = 1; seed <= (process.env.CI ? 1000 : 60); seed++) {
    const options = { ...randomMachines(seed), states: 400 };
    const found = explore(options);
    most = Math.max(most, found.states);
    // Without tables, larger ones take too long.
    if (found.stopped === "complete" && found.states !== countStates(options)) wrong.push(seed);
  }
  expect(wrong).toEqual([]);
  expect(most).toBeGreaterThan(200);
});

// Of the steps: how many a person needs to get to the outcome that must not be.
const commitSlips: readonly (readonly [Slip, number])[] = [
  ["a yes is counted twice", 5],
  ["the announcement comes before the log", 6],
  ["the decision is not synced", 7],
  ["a missing vote counts as yes", 3],
  ["the coordinator forgets a commit", 6],
  ["the vote is not saved", 7],
  ["the vote is sent before the sync", 7],
  ["a participant aborts alone after yes", 5],
  ["a participant commits alone after yes", 3],
  ["a no is not saved", 7],
];

test.each(commitSlips)("commit: %s, found in %i steps", (slip, steps) => {
  const found = explore(atomicCommit(2, slip));
  expect(found).toMatchObject({ stopped: "violation", depth: steps, violation: { kind: "invariant" } });
  expect(found.violation?.steps.length).toBe(steps);
  expect(found.violation?.text).toMatch(
    /was told commit, and .* was told abort|was told abort, and .* was told commit/,
  );
});

const votingSlips: readonly (readonly [VotingSlip, number, number])[] = [
  ["the vote is not saved", 3, 8],
  ["the vote is sent before the sync", 3, 7],
  ["the own vote is not saved", 3, 8],
  ["a vote counts twice", 4, 8],
  ["a vote of an old term counts", 3, 7],
  ["a second vote in the term", 3, 6],
  ["half is a majority", 4, 6],
];

test.each(votingSlips)("election: %s, among %i nodes, found in %i steps", (slip, nodeCount, steps) => {
  const options = election(nodeCount, slip, slip === "a vote of an old term counts" ? 3 : 2);
  const found = explore(options);
  expect(found.violation?.steps.length).toBe(steps);
  const alike = { alike: Object.keys(options.nodes) };
  const like = explore({ ...options, symmetry: alike });
  expect(like.violation?.steps.length).toBe(steps);
  expect(like.states).toBeLessThan(found.states / 2);
});

test("right designs have no wrong state, with and without symmetry", () => {
  const options = election(3);
  const all = explore(options);
  const like = explore({ ...options, symmetry: { alike: Object.keys(options.nodes) } });
  expect([all.stopped, like.stopped]).toEqual(["complete", "complete"]);
  expect([all.states, like.states]).toEqual([4314, 800]);
  const commit = { ...atomicCommit(2), asks: {} };
  const fewer = explore({ ...commit, symmetry: { alike: ["p1", "p2"] } });
  expect(fewer.stopped).toBe("complete");
  expect(fewer.states).toBeLessThan(explore(commit).states);
});

test("claims about each step find a slip where it is made", () => {
  const options = {
    ...atomicCommit(2, "the vote is sent before the sync"),
    claims: commitClaims(["p1", "p2"], "steps"),
  };
  const { violation } = explore(options);
  expect(violation?.text).toBe("p1 said prepared, and it was not so yet that prepared is safe on p1.");
  expect(violation?.steps.length).toBe(1);
});

test("the same search finds the same", () => {
  const once = () => {
    const { violation, ...counts } = explore(atomicCommit(2, "the vote is not saved"));
    const trace = new Trace();
    violation?.record(trace);
    return [counts, violation?.steps, tell(trace)];
  };
  expect(once()).toEqual(once());
});

test("a path is told like a run", () => {
  const { violation } = explore(atomicCommit(2, "a participant aborts alone after yes"));
  const trace = new Trace({ states: true });
  violation?.record(trace);
  expect(tell(trace)).toEqual([
    "  1     10 ms  c → p1         Prepare                    p1 writes state = prepared, syncs",
    "  2     20 ms  p1 → c         Vote yes = true",
    "  3     30 ms  p1             timer inquire              p1 writes state = abort, syncs",
    "  4     30 ms  p1 → p1's app  Outcome outcome = abort",
    "  5     40 ms  c → p2         Prepare                    p2 writes state = prepared, syncs",
    "  6     50 ms  p2 → c         Vote yes = true            c writes decision = commit, syncs",
    "  7     50 ms  c ⇢ p1         Decision outcome = commit  on its way at the end",
    "  8     50 ms  c ⇢ p2         Decision outcome = commit  on its way at the end",
    "  9     50 ms  c → c's app    Outcome outcome = commit",
    " 10     50 ms                 ✗ c was told commit, and p1 was told abort.",
  ]);
  expect(trace.states.length).toBeGreaterThan(0);
});

test("a stage: from both prepared and the coordinator dead, nobody decides", () => {
  const waiting = ["Prepare p1", "Prepare p2", "crash c"];
  const found = explore({
    ...atomicCommit(2, "none", 0),
    asks: {},
    from: {
      choose: (possible, taken) =>
        possible.find(
          ({ kind, node, message }) =>
            `${(message as { type?: string })?.type ?? kind} ${node}` === waiting[taken],
        ),
    },
    // The coordinator may start again; only with it anything is decided.
    holds: [
      {
        name: "all are blocked while the coordinator is down",
        broken: (view) =>
          !view.isUp("c") && view.told("p1").length > 0 ? "p1 was told an outcome" : undefined,
      },
    ],
  });
  expect(found.stopped).toBe("complete");
});
