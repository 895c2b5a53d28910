import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { project } from "../run/chapters.ts";
import { moduleComment, modulesOfLib } from "./examples.ts";
import { aboutWords, sourceFiles, sourceOf, untidiness } from "./house.ts";
import { mayImport } from "./layers.ts";
import { documents } from "./quotes.ts";

test("the source files keep the rules of the house", () => {
  const paths = sourceFiles();
  expect(paths.length).toBeGreaterThan(60);
  expect(paths.flatMap((path) => untidiness(path, sourceOf(path)))).toEqual([]);
});

test("documents and settings speak of the project, and not of how or where it was made", () => {
  const settings = ["package.json", "biome.json", "tsconfig.json", "grader/tsconfig.json", ".ci/run"];
  expect([...documents(), ...settings].flatMap((path) => aboutWords(path, sourceOf(path)))).toEqual([]);
});

test.each(modulesOfLib())("lib/%s has an index with a module comment, and no folder in it", (name) => {
  const path = join(project, "lib", name, "index.ts");
  expect(existsSync(path)).toBe(true);
  expect(moduleComment(readFileSync(path, "utf8"))?.trim()).toBeTruthy();
});

test.each([
  ["lib/sim/a.ts", 'import { x } from "vitest";', "lib imports no package"],
  ["lib/sim/a.ts", 'import { x } from "node:fs";', "lib imports no package"],
  ["lib/sim/a.ts", 'import { x } from "#lib/nemesis";', "lib/sim may import random, exercise"],
  ["lib/random/a.ts", 'import type { X } from "#lib/sim";', "lib/random may import no other module"],
  ["lib/sim/a.ts", 'export { x } from "../random/stream.ts";', "lib imports no package"],
  ["lib/sim/a.ts", 'import { x } from "./b";', "with .ts"],
  ["exercises/05-a/b.ts", 'import { x } from "#protocol/04-c";', "exercises import #lib, #protocol/05-a"],
  ["solutions/05-a/b.ts", 'import { x } from "../04-c/d.ts";', "solutions import #lib"],
  ["grader/05-a/scenarios.ts", 'import { x } from "node:fs";', "scenarios import #lib"],
  ["grader/05-a/1-b.test.mts.ts", 'import { x } from "#work/04-c";', "only a chapter's own suite"],
  ["grader/05-a/wrong/b/c.ts", 'import { x } from "vitest";', "an answer imports"],
  ["lib/sim/fooBar.ts", "", "kebab-case"],
  ["lib/sim/utils.ts", "", "says nothing"],
  ["lib/sim/a.ts", "export default 1;", "default export"],
  ["lib/sim/a.ts", "let a: any;", "says any"],
  ["grader/run/a.ts", "let a: Map<string, any>[];", "says any"],
  ["lib/sim/a.ts", "enum A { b }", "enum"],
  ["solutions/05-a/b.ts", "const a = Math.log(2);", "Math.log"],
  ["solutions/05-a/b.ts", "const a = Math.random();", "Math.random"],
  ["solutions/05-a/b.ts", "const a = (x: number) => x ** 0.5;", "**"],
  ["exercises/05-a/b.ts", "keys.sort((a, b) => a.localeCompare(b));", "locale"],
  ["lib/sim/a.ts", "const a = Date.now();", "uses Date"],
  ["lib/sim/a.ts", "const a = new Date();", "uses Date"],
  ["lib/sim/a.ts", "// FIXME: later", "undone"],
  ["lib/sim/a.ts", "// TODO later", "undone"],
  ["grader/run/a.ts", `// see ${project}/x`, "one machine"],
  ["grader/run/a.ts", "// as issue #2 asks", "how the project was made"],
  ["lib/sim/a.ts", `${"\n".repeat(300)}const a = 1;`, "has 301 lines"],
  ["lib/sim/a.ts", `function f() {${"\n".repeat(70)}}`, "a function of 71 lines"],
])("%s: %s is untidy", (path, text, words) => {
  expect(untidiness(path, text).join("\n")).toContain(words);
});

test.each([
  ["lib/nemesis/a.ts", "#lib/sim"],
  ["exercises/05-a/b.ts", "./ring.ts"],
  ["solutions/05-a/b.ts", "#protocol/05-a"],
  ["grader/05-a/1-b.ts", "#work/05-a"],
  ["grader/run/a.ts", "node:fs"],
  ["grader/05-a/scenarios.ts", "./clusters.ts"],
])("%s may import %s", (path, from) => {
  expect(mayImport(path, from)).toBeUndefined();
});

test("ordinary code is tidy", () => {
  const text =
    "const a = 2 ** 32;\nconst b = { Date: 1 };\nconst c = Math.floor(Math.sqrt(a)) + b.Date;\nexport { a, b, c };\n";
  expect(untidiness("lib/sim/a.ts", text)).toEqual([]);
});
