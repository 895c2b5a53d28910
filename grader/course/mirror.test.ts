import { join } from "node:path";
import { expect, test } from "vitest";
import { stubsOf } from "../commands/stubs.ts";
import { pristineStubs, project } from "../run/chapters.ts";
import { drift, missingPlaces, slugs, type Trees, treesOf } from "./mirror.ts";

test.each(slugs())("%s is a text, an exercise, a solution and suites", (slug) => {
  expect(missingPlaces(slug)).toEqual([]);
});

test.each(slugs())(
  "the stubs, the solution, the suites and the rubric of %s belong together",
  async (slug) => {
    expect(drift(await treesOf(slug))).toEqual([]);
  },
);

/*
 * Nobody's own work in exercises/ is a fault of the project, so at home a difference is only mentioned. Where nobody
 * works, in CI, it means that the author of a stub forgot `npm run stubs`.
 */
test.each(slugs())("stubs.json of %s is what exercises/ holds", (slug) => {
  const [stubs, there] = [pristineStubs(project, slug), stubsOf(project, slug)];
  const names = [...new Set([...Object.keys(stubs), ...Object.keys(there)])];
  const different = names
    .filter((name) => stubs[name] !== there[name])
    .map((name) => join("exercises", slug, name));
  if (process.env.CI) expect(different, "run `npm run stubs`, or put the stubs back").toEqual([]);
  else if (different.length > 0) {
    console.warn(
      `Note: work has been done on ${different.join(", ")}. The checks use grader/${slug}/stubs.json.`,
    );
  }
});

const hints = ["Why?", "See there.", "Do so."] as const;
const trees: Trees = {
  rubric: {
    chapter: "90-counter",
    title: "Counter",
    parts: [{ part: "90.1", title: "Add", points: 3, file: "add.ts", tests: ["it adds"], hints }],
  },
  stubs: {
    "add.ts": 'export function add(): number {\n  return todo("90.1");\n}\n',
    "index.ts": 'export { add } from "./add.ts";\n',
    "protocol.ts": "",
  },
  solution: { "add.ts": "export const add = () => 1;\n", "index.ts": 'export { add } from "./add.ts";\n' },
  suites: ["1-add.test.ts"],
};

test("trees that belong together have not drifted", () => {
  expect(drift(trees)).toEqual([]);
});

const stubs = (file: string, text: string) => ({ ...trees, stubs: { ...trees.stubs, [file]: text } });
const solution = (file: string, text: string) => ({
  ...trees,
  solution: { ...trees.solution, [file]: text },
});

test.each<[Trees, string]>([
  [stubs("extra.ts", ""), "solutions/90-counter has no extra.ts"],
  [solution("extra.ts", ""), "solutions/90-counter has extra.ts"],
  [solution("index.ts", 'export { sum } from "./add.ts";'), "solutions' index.ts has no add"],
  [solution("protocol.ts", ""), "solutions/90-counter has protocol.ts"],
  [solution("add.ts", 'todo("90.1")'), "solutions/90-counter/add.ts has a todo"],
  [stubs("add.ts", ""), 'add.ts has no todo("90.1")'],
  [stubs("index.ts", 'todo("90.7")'), "the rubric has no such part"],
  [{ ...trees, suites: [] }, "part 90.1 has 0 suites"],
  [{ ...trees, suites: ["1-add.test.ts", "2-b.test.ts"] }, "2-b.test.ts is the suite of part 90.2"],
])("a drift is told (%#)", (drifted, sentence) => {
  expect(drift(drifted).join("\n")).toContain(sentence);
});
