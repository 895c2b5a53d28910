/*
 * What makes a grader worth trusting, the other half: each wrong answer loses the part it is named for, with the words that it
 * should get. One warm grader, one base seed, only the named part, and that only up to its first loss.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { answersOf, tryAnswer } from "../run/answers.ts";
import { chaptersIn, project } from "../run/chapters.ts";
import { Grader } from "../run/grader.ts";
import { defaultSeed } from "../run/settings.ts";

const chapters = chaptersIn(project);
const all = chapters.flatMap((slug) => answersOf(project, slug)).filter(({ kind }) => kind === "wrong");

/** Tries every second answer, from the first or from the second on: two test files keep two cores at work. */
export function tryEverySecond(first: 0 | 1): void {
  let grader: Grader;
  beforeAll(async () => {
    grader = await Grader.open({ root: project });
  });
  afterAll(() => grader.close());

  test.each(all.filter((_, i) => i % 2 === first))("$slug/wrong/$name loses $expect.part", async (answer) => {
    const { isAsExpected, complaint, lostTest, message } = await tryAnswer(grader, answer, defaultSeed);
    if (!isAsExpected) expect.fail(`${complaint}\n\n${lostTest}\n${message}`);
  });
}

/** Whether there is enough to try. */
export function countAnswers(): void {
  test.each(chapters)("%s has eight wrong answers at least, and a second right one", (slug) => {
    const kinds = answersOf(project, slug).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "wrong").length).toBeGreaterThanOrEqual(8);
    expect(kinds).toContain("right");
  });
}
