import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { chaptersIn, loadRubric, project, type Suites } from "../run/chapters.ts";
import { refuseLeaks, Secrets, secretsOf, textsOf } from "./leaks.ts";
import { machineryOf } from "./machinery.ts";
import { lockFor, manifestFor } from "./packages.ts";
import type { HandoutRecord } from "./record.ts";
import { forLearners, withoutDeadLinks } from "./texts.ts";
import { chosenChapters, handoutTree, type Tree } from "./tree.ts";

const chapters = chaptersIn(project);
const trees = new Map<Suites, Tree>();

beforeAll(async () => {
  for (const suites of ["open", "sealed", "none"] as const)
    trees.set(suites, await handoutTree(project, { chapters, suites }));
});

describe.each(["open", "sealed", "none"] as const)("a handout with its suites %s", (suites) => {
  const tree = () => trees.get(suites) as Tree;
  const paths = () => [...tree().keys()];

  test("has the texts, the stubs, lib and the grader", () => {
    for (const slug of chapters)
      expect(paths()).toEqual(
        expect.arrayContaining([
          `chapters/${slug}.md`,
          `exercises/${slug}/protocol.ts`,
          `grader/${slug}/stubs.json`,
        ]),
      );
    expect(paths()).toEqual(
      expect.arrayContaining([
        "README.md",
        "LICENSE",
        "package-lock.json",
        "lib/sim/index.ts",
        "grader/cli.mjs",
      ]),
    );
  });

  test("has no solution, no answer, and nothing for authors and instructors", () => {
    const closed =
      /^solutions|\/(wrong|right)\/|\.test\.ts$|^grader\/(course|bench)|commands\/(wrong|stubs|quotes|bench|handout|branches)\.ts$|^(ARCHITECTURE|CONTRIBUTING|INSTRUCTORS)\.md$/;
    const isSuite = (path: string) => suites === "open" && /^grader\/\d\d-[^/]+\/[^/]+\.ts$/.test(path);
    expect(paths().filter((path) => closed.test(path) && !isSuite(path))).toEqual([]);
  });

  test("has the suites in that form, and in no other", () => {
    const files = paths().filter((path) => /^grader\/\d\d-/.test(path) && !path.endsWith("/stubs.json"));
    const endings = new Set(files.map((path) => path.split(".").at(-1)));
    expect([...endings]).toEqual({ open: ["ts"], sealed: ["sealed"], none: [] }[suites]);
  });

  test("shows no line of a solution, an answer or a closed suite", () => {
    const secrets = secretsOf(project, suites);
    expect(secrets.size).toBeGreaterThan(500);
    const shown = [...tree()].flatMap(([path, content]) =>
      textsOf(content).flatMap((text) => secrets.in(text).map(({ line }) => `${path}: ${line}`)),
    );
    expect(shown).toEqual([]);
  });

  test("has a lock file that fits its packages", () => {
    const [manifest, lock] = ["package.json", "package-lock.json"].map((path) =>
      JSON.parse(String(tree().get(path))),
    );
    expect(lock.packages[""].devDependencies).toEqual(manifest.devDependencies);
    expect(Object.keys(manifest.devDependencies)).toEqual(
      expect.arrayContaining(["tsx", "typescript", "vitest"]),
    );
    expect(Object.keys(manifest.devDependencies)).not.toContain("@biomejs/biome");
    for (const name of Object.keys(manifest.devDependencies))
      expect(lock.packages).toHaveProperty([`node_modules/${name}`]);
    expect(Object.keys(manifest.scripts)).toEqual(["grade", "hint", "replay", "real", "reset", "update"]);
  });

  test("has a record of all its files", () => {
    const record = JSON.parse(String(tree().get("handout.json"))) as HandoutRecord;
    expect(record).toMatchObject({ schema: 1, suites, chapters });
    expect(Object.keys(record.files)).toEqual(paths().filter((path) => path !== "handout.json"));
  });
});

test.each(["sealed", "none"] as const)(
  "with its suites %s, a handout shows no title of a test and no hint",
  async (suites) => {
    const rubrics = await Promise.all(chapters.map((slug) => loadRubric(project, slug)));
    const words = rubrics.flatMap(({ parts }) => parts.flatMap(({ tests, hints }) => [...tests, ...hints]));
    expect(words.length).toBeGreaterThan(100);
    const grader = [...(trees.get(suites) as Tree)].filter(([path]) =>
      /^grader\/(?!.*stubs.json)/.test(path),
    );
    const text = grader.map(([, content]) => String(content)).join("\n");
    expect(words.filter((sentence) => text.includes(sentence))).toEqual([]);
  },
);

test("building it twice gives the same bytes", async () => {
  const again = await handoutTree(project, { chapters, suites: "sealed" });
  const text = (tree: Tree) => [...tree].map(([path, content]) => `${path} ${content.toString("base64")}`);
  expect(text(again)).toEqual(text(trees.get("sealed") as Tree));
});

test("some chapters are handed out, and the others are not mentioned", async () => {
  const tree = await handoutTree(project, { chapters: chosenChapters(project, "5"), suites: "none" });
  const slugs = [...tree.keys()].flatMap((path) => /\d\d-[a-z-]+/.exec(path) ?? []);
  expect(new Set(slugs)).toEqual(new Set(["05-partitioning"]));
  expect(String(tree.get("README.md"))).toContain("npm run grade 05");
  expect(String(tree.get("README.md"))).not.toContain("01-first-node");
  expect(() => chosenChapters(project, "01,77")).toThrow('there is no chapter "77"');
});

test("a secret line is found alone, inside of a line, in other encodings, and not when lib has it", () => {
  const line = "const median = keys[Math.floor(keys.length / 2)];";
  const open = "export function resetRounds(): void {";
  const secrets = new Secrets(
    new Map([
      [line, "solutions/a.ts"],
      [open, "solutions/b.ts"],
    ]),
    [`  ${open}\n`],
  );
  expect(secrets.size).toBe(1);
  const leaking = (content: Buffer) => () => refuseLeaks(new Map([["chapters/a.md", content]]), secrets);
  for (const text of [line, `> \`${line}\``, `\n\n    ${line}\n`])
    expect(leaking(Buffer.from(text))).toThrow("would show a line of solutions/a.ts in chapters/a.md");
  expect(leaking(Buffer.from(line, "utf16le"))).toThrow("solutions/a.ts");
  expect(leaking(Buffer.concat([Buffer.from("\0"), Buffer.from(line, "utf16le")]))).toThrow("solutions/a.ts");
  expect(leaking(Buffer.from(`${open}\n${line.slice(1)}`))).not.toThrow();
});

test("the grader of a handout is what its commands import", () => {
  const { paths, packages } = machineryOf(project);
  expect(paths).toEqual(expect.arrayContaining(["grader/run/setup.ts", "grader/run/lifeline-thread.cjs"]));
  expect(paths.filter((path) => !existsSync(join(project, path)))).toEqual([]);
  expect([...packages]).toEqual(expect.arrayContaining(["vitest", "tsx", "typescript", "magic-string"]));
});

test("a lock file keeps what its packages need, wherever that lies", () => {
  const manifest = manifestFor(
    JSON.stringify({
      name: "x",
      imports: {},
      scripts: { grade: "node grader/cli.mjs grade", test: "vitest" },
      devDependencies: { a: "1.0.0", b: "1.0.0" },
    }),
    ["grade"],
    new Set(["a"]),
  );
  expect(manifest.scripts).toEqual({ grade: "node grader/cli.mjs grade" });
  const locked = (dependencies: object) => ({ version: "1.0.0", dependencies });
  const lock = lockFor(
    JSON.stringify({
      packages: {
        "": { devDependencies: { a: "1.0.0", b: "1.0.0" } },
        "node_modules/a": locked({ c: "1" }),
        "node_modules/a/node_modules/c": locked({ d: "1" }),
        "node_modules/b": locked({ e: "1" }),
        "node_modules/c": locked({}),
        "node_modules/d": locked({ a: "1" }),
        "node_modules/e": locked({}),
      },
    }),
    manifest,
  );
  expect(Object.keys(lock.packages)).toEqual([
    "",
    "node_modules/a",
    "node_modules/a/node_modules/c",
    "node_modules/d",
  ]);
  expect(lock.packages[""]?.devDependencies).toEqual({ a: "1.0.0" });
});

test("a learner's text names no wrong answer, and links to nothing that is not there", () => {
  expect(forLearners("```text trace=05/move seed=41 work=grader/05-a/wrong/b past\n1\n```\n")).toBe(
    "```text trace=05/move seed=41 past\n1\n```\n",
  );
  const tree = new Map([["chapters/01-a.md", ""]]);
  const text =
    "[one](01-a.md#x), [two](02-b.md), [code](../solutions/02-b/c.ts), [web](https://a.example/b.md)";
  expect(withoutDeadLinks("chapters/glossary.md", text, tree)).toBe(
    "[one](01-a.md#x), two, code, [web](https://a.example/b.md)",
  );
});
