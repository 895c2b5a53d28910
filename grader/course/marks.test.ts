/*
 * What makes a grader worth trusting, the one half: the stubs get nothing, and the solutions and every second right answer get
 * everything. The other half is wrong-answers.ts.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answersOf, tryAnswer } from "../run/answers.ts";
import { chaptersIn, pristineStubs, project } from "../run/chapters.ts";
import { Grader } from "../run/grader.ts";
import { defaultSeed } from "../run/settings.ts";
import { todosIn } from "./mirror.ts";
import { inFolder } from "./work.ts";

let grader: Grader;

beforeAll(async () => {
  grader = await Grader.open({ root: project });
});
afterAll(() => grader.close());

const chapters = chaptersIn(project);
const answers = chapters.flatMap((slug) => answersOf(project, slug)).filter(({ kind }) => kind === "right");

test.each(chapters)("the stubs of %s score nothing, and every part is not started", async (slug) => {
  const verdict = await inFolder(async (folder) => {
    for (const [file, text] of Object.entries(pristineStubs(project, slug)))
      writeFileSync(join(folder, file), text);
    return await grader.grade({ chapter: slug, layers: [folder] });
  });
  expect([verdict.points, verdict.stretchPoints]).toEqual([0, 0]);
  for (const { rubric, status, tests } of verdict.parts) {
    expect(`${rubric.part} ${status}`).toBe(`${rubric.part} not-started`);
    for (const { name, outcome } of tests) {
      const [reached = "none"] = todosIn(outcome.sentence);
      expect(reached <= rubric.part, `"${name}" of ${rubric.part} needs ${reached}, a later part`).toBe(true);
    }
  }
});

test.each(chapters)("the solution of %s has full marks", async (slug) => {
  const layers = [join(project, "solutions", slug)];
  const verdict = await grader.grade({ chapter: slug, layers });
  const lost = verdict.parts.flatMap(({ rubric, tests }) =>
    tests
      .filter(({ status }) => status !== "passed")
      .map(({ name, outcome }) => `${rubric.part} ${name}: ${outcome.sentence}`),
  );
  expect(lost).toEqual([]);
  expect([verdict.points, verdict.stretchPoints]).toEqual([verdict.maxPoints, verdict.maxStretchPoints]);
});

test.each(answers)("$slug/right/$name keeps every part", async (answer) => {
  const { isAsExpected, complaint, message } = await tryAnswer(grader, answer, defaultSeed);
  if (!isAsExpected) expect.fail(`${complaint}\n\n${message}`);
});
