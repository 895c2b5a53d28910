import { expect, test } from "vitest";
import { parseReplay, run, scenario } from "#lib/nemesis";
import type { AnyNode, Violation } from "#lib/sim";
import { stage } from "./campaign.ts";
import { Broken, Undecided } from "./claim.ts";

class Echo {
  onMessage(): void {}
}
const work = { Echo: Echo as new () => AnyNode };

/** A client that asks eight things, and a claim about how many it asked. */
function asking(judge: (asked: number) => Violation | undefined) {
  return scenario<typeof work>({
    name: "00/asking",
    faultsMs: 0,
    healMs: 100,
    build({ asks }) {
      const asked = [0, 1, 2, 3, 4, 5, 6, 7].filter((index) => asks("c1", index));
      return {
        nodes: { n1: ({ Echo: Node }) => new Node() },
        applications: {
          c1: {
            onStart: (ctx) => asked.map((index) => ctx.send("n1", index)).length,
            onMessage: () => {},
          },
        },
        invariants: [{ name: "all is well", onEnd: () => judge(asked.length) }],
        completed: () => asked.length,
      };
    },
  });
}

const tooMany = { text: "The search had no end.", isUndecided: true };

test("what cannot be decided is asked again with fewer operations", () => {
  expect(
    stage(
      asking((count) => (count > 4 ? tooMany : undefined)),
      work,
    ).completed,
  ).toBe(4);
  expect(
    stage(
      asking((count) => (count > 2 ? tooMany : undefined)),
      work,
    ).completed,
  ).toBe(2);
});

test("what can never be decided is no pass, and nobody's fault", () => {
  expect(() =>
    stage(
      asking(() => tooMany),
      work,
    ),
  ).toThrow(Undecided);
});

test("a claim that falls among fewer operations is told by what was left out", () => {
  const story = asking((count) => (count > 4 ? tooMany : "It is not."));
  const thrown = (() => {
    try {
      return stage(story, work);
    } catch (error) {
      return error;
    }
  })() as Broken;
  expect(thrown).toBeInstanceOf(Broken);
  expect(thrown.replay).toBe("00/asking:1:skip(c1,1)+skip(c1,3)+skip(c1,5)+skip(c1,7)");
  const { seed, deviations = [] } = parseReplay(thrown.replay ?? "");
  expect(run(story, work, { seed, deviations }).failure?.message).toBe("It is not.");
});

test("a run that fails only once was not decided by its seed", () => {
  let runs = 0;
  const story = asking(() => (runs++ === 0 ? "It is not." : undefined));
  expect(() => stage(story, work)).toThrow(/failed the first time and not the second/);
});
