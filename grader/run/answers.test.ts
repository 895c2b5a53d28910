import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answersOf, tryAnswer } from "./answers.ts";
import { Grader } from "./grader.ts";

const root = join(import.meta.dirname, "fixture");
let grader: Grader;

beforeAll(async () => {
  grader = await Grader.open({ root });
});
afterAll(() => grader.close());

test("an answer is tried on its part up to the first loss, and its message compared", async () => {
  const answers = answersOf(root, "90-counter");
  expect(answers.map(({ kind, name }) => `${kind}/${name}`)).toEqual([
    "wrong/harmless",
    "wrong/off-by-one",
    "right/by-hand",
  ]);
  const results = [];
  for (const answer of answers) results.push(await tryAnswer(grader, answer, 1));
  expect(results.map(({ isAsExpected, complaint, lostTest }) => [isAsExpected, complaint, lostTest])).toEqual(
    [
      [false, "it keeps part 90.1", ""],
      [true, "", "two and two are four"],
      [true, "", ""],
    ],
  );
  expect(results[1]?.message).toContain("2 + 2: expected 4, got 5");
});
