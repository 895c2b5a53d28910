import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Rubric } from "../report/rubric.ts";
import { chaptersIn, loadRubric, project } from "../run/chapters.ts";
import { brokenLinks, complaintsAbout } from "./chapter-text.ts";
import { documents } from "./quotes.ts";

test.each(chaptersIn(project))(
  "the text of %s has what a chapter has, in the order of its rubric",
  async (slug) => {
    const path = `chapters/${slug}.md`;
    const text = readFileSync(join(project, path), "utf8");
    expect(complaintsAbout(path, text, await loadRubric(project, slug))).toEqual([]);
  },
);

test.each(chaptersIn(project))("README's map of the chapters has %s under its title", async (slug) => {
  const { title } = await loadRubric(project, slug);
  const readme = readFileSync(join(project, "README.md"), "utf8");
  expect(readme).toContain(`| ${slug.slice(0, 2)} | [${title}](chapters/${slug}.md) |`);
});

test.each(documents())("every link of %s that stays in the project leads somewhere", (path) => {
  expect(brokenLinks(project, path, readFileSync(join(project, path), "utf8"))).toEqual([]);
});

const hints = ["Why?", "See there.", "Do so."] as const;
const rubric: Rubric = {
  chapter: "90-counter",
  title: "Counter",
  parts: [
    { part: "90.1", title: "Add", points: 3, file: "add.ts", tests: ["it adds (invariant 2)"], hints },
    { part: "90.2", title: "Count", points: 5, file: "count.ts", tests: ["it counts"], hints, stretch: true },
  ],
};
const good = [
  "# 90 Counter",
  "word ".repeat(1500),
  "## Invariants",
  "1. One.\n2. Two.",
  "## 90.1 Add",
  "`exercises/90-counter/add.ts`, 3 points.",
  "## 90.2 Count",
  "`exercises/90-counter/count.ts`, stretch, 5 points.",
].join("\n\n");

test("a text that has everything gets no complaint", () => {
  expect(complaintsAbout("x.md", good, rubric)).toEqual([]);
});

test.each([
  ["# 90 Counter", "# Counter", 'x.md:1 has the title "Counter": it should be "90 Counter"'],
  [
    "## 90.2 Count",
    "## 90.2 Counting",
    '"90.2 Counting", and the parts of the rubric are "90.1 Add", "90.2 Count"',
  ],
  ["3 points", "3 marks", 'x.md:10 begins without "3 points"'],
  ["count.ts`, stretch", "count.ts`, more", 'x.md:14 begins without "stretch"'],
  ["\n2. Two.", "", "lists 1 invariants, and the rubric speaks of invariant 2"],
  ["word ".repeat(700), "", "words, and a chapter has 1,500 at least"],
])("a fault of a text is told (%#)", (from, to, complaint) => {
  expect(complaintsAbout("x.md", good.replace(from, to), rubric).join("\n")).toContain(complaint);
});

test("a link that leads nowhere is a complaint", () => {
  const text =
    "# A b\n\n[1](#a-b) [2](#c) [3](lib/sim/node.ts) [4](lib/sim/nod.ts) [5](https://example.org)\n";
  expect(brokenLinks(project, "x.md", text)).toEqual([
    "x.md:3 links to #c, and x.md has no such heading",
    "x.md:3 links to lib/sim/nod.ts, and there is no lib/sim/nod.ts",
  ]);
});
