import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createVitest, type TestModule, type Vitest } from "vitest/node";
import { chaptersIn, loadRubric, project, testFileOf } from "../run/chapters.ts";

let vitest: Vitest;
let modules: readonly TestModule[];

/** The suites are loaded, on the solutions, and not run: what vitest finds in them is what a rubric must list. */
beforeAll(async () => {
  vitest = await createVitest(
    "test",
    {
      config: false,
      root: project,
      watch: false,
      reporters: [],
      include: ["grader/[0-9][0-9]-*/*.test.ts"],
      maxWorkers: 2,
    },
    {
      resolve: { conditions: ["solutions"] },
      ssr: { resolve: { conditions: ["solutions"] } },
      logLevel: "silent",
    },
  );
  modules = (await vitest.collect()).testModules;
});
afterAll(() => vitest.close());

test.each(chaptersIn(project))(
  "the rubric of %s lists the tests of its suites, in their order",
  async (slug) => {
    const listed = new Map<string, readonly string[]>();
    const found = new Map<string, readonly string[]>();
    for (const { part, tests } of (await loadRubric(project, slug)).parts) {
      const file = testFileOf(project, slug, part) ?? part;
      const module = modules.find(({ moduleId }) => moduleId === file);
      expect(module?.errors() ?? [], `${basename(file)} does not load`).toEqual([]);
      listed.set(part, tests);
      found.set(
        part,
        [...(module?.children.allTests() ?? [])].map((each) => each.fullName),
      );
    }
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(listed));
  },
);

test.each(chaptersIn(project))(
  "a hint of %s is words: a question, an idea, a step, and none is the code",
  async (slug) => {
    for (const { part, hints } of (await loadRubric(project, slug)).parts) {
      expect(hints[0], `the first hint of ${part} asks a question`).toContain("?");
      for (const hint of hints)
        expect(hint, `a hint of ${part}`).not.toMatch(/```|\n|;\s*$|=>|\breturn\b.*;/);
      expect(new Set(hints).size, `the hints of ${part} differ`).toBe(3);
    }
  },
);

test("every suite is found", () => {
  const files = modules.map(({ moduleId }) => moduleId);
  expect(files.filter((file) => !file.startsWith(join(project, "grader")))).toEqual([]);
  expect(files.length).toBeGreaterThan(0);
});
