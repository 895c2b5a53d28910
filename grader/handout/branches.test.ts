import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chaptersIn, project } from "../run/chapters.ts";
import { makeBranches } from "./branches.ts";

const shelf = mkdtempSync(join(tmpdir(), "workbook-branches-"));
const course = join(shelf, "course");
const learner = join(shelf, "learner");
afterAll(() => rmSync(shelf, { recursive: true }));

const identity = {
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@b.example",
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@b.example",
};

function git(folder: string, ...args: string[]): string {
  const env = { ...process.env, ...identity };
  return execFileSync("git", args, {
    cwd: folder,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

function commit(folder: string, message: string): void {
  git(folder, "add", "--all", "--force", ".");
  git(folder, "commit", "--quiet", "--message", message);
}

function edit(folder: string, path: string, change: (text: string) => string): void {
  const text = readFileSync(join(folder, path), "utf8");
  const changed = change(text);
  expect(changed).not.toBe(text);
  writeFileSync(join(folder, path), changed);
}

beforeAll(() => {
  const top = ["chapters", "exercises", "grader", "lib", "solutions", "package.json", "package-lock.json"];
  for (const name of [...top, "tsconfig.json", "README.md", "LICENSE", ".gitignore"])
    cpSync(join(project, name), join(course, name), { recursive: true });
  git(course, "init", "--quiet", "--initial-branch=main");
  commit(course, "The course");
});

test("the branches are made, stay as they are, and leave the work tree and the index alone", async () => {
  writeFileSync(join(course, "solutions/notes.txt"), "not committed");
  git(course, "add", "solutions/notes.txt");
  const status = git(course, "status", "--porcelain");
  const first = await makeBranches(course);
  expect(first.map(({ name, before }) => [name, before])).toEqual([
    ["handout", undefined],
    ["solutions", undefined],
  ]);
  const again = await makeBranches(course);
  expect(again.map(({ commit }) => commit)).toEqual(first.map(({ commit }) => commit));
  expect(git(course, "status", "--porcelain")).toBe(status);
  expect(git(course, "branch", "--show-current")).toBe("main");
  const handout = git(course, "ls-tree", "-r", "--name-only", "refs/heads/handout");
  expect(handout).toContain("grader/05-partitioning/2-ring.test.sealed");
  expect(handout).not.toContain("solutions/");
  const at = (path: string) => git(course, "rev-parse", `refs/heads/solutions:${path}`);
  expect(at("exercises/05-partitioning/ring.ts")).toBe(at("solutions/05-partitioning/ring.ts"));
  expect(at("exercises/05-partitioning/protocol.ts")).toBe(
    git(course, "rev-parse", "main:exercises/05-partitioning/protocol.ts"),
  );
  expect(git(course, "ls-tree", "-r", "--name-only", "refs/heads/solutions")).not.toContain("notes.txt");
  git(course, "rm", "--quiet", "--cached", "solutions/notes.txt");
});

test("a fix flows to learners who have begun, and nothing of theirs is lost", async () => {
  git(shelf, "clone", "--quiet", "--single-branch", "--branch", "handout", course, learner);
  for (const file of ["hash.ts", "ring.ts"])
    cpSync(join(course, "solutions/05-partitioning", file), join(learner, "exercises/05-partitioning", file));
  edit(learner, "exercises/05-partitioning/range.ts", (text) =>
    text.replace('return todo("05.3")', "return null"),
  );
  commit(learner, "Half of chapter 05");
  const mine = (file: string) => readFileSync(join(learner, "exercises/05-partitioning", file), "utf8");
  const [ring, hash] = [mine("ring.ts"), mine("hash.ts")];

  const said = "In order, and perhaps several times: ";
  const mend = (text: string) => text.replace("`sortedKeys` are in ascending order and may repeat: ", said);
  edit(course, "exercises/05-partitioning/range.ts", mend);
  edit(course, "grader/05-partitioning/stubs.json", mend);
  edit(course, "grader/05-partitioning/2-ring.test.ts", (text) => text.replace("user:", "person:"));
  commit(course, "05: Say what repeats, which nobody who learns should read here");
  const [handout] = await makeBranches(course);
  expect(handout?.before).toBe(git(learner, "rev-parse", "origin/handout"));

  git(learner, "pull", "--quiet", "--no-rebase", "--no-edit");
  expect([mine("ring.ts"), mine("hash.ts")]).toEqual([ring, hash]);
  expect(mine("range.ts")).toContain(said);
  expect(mine("range.ts")).toContain("return null");
  expect(git(learner, "status", "--porcelain")).toBe("");
  const numbers = chaptersIn(project).map((slug) => slug.slice(0, 2));
  const messages = git(learner, "log", "--format=%an %s", "origin/handout").split("\n");
  expect(messages).toEqual(
    Array(2).fill(`The Distributed Databases Workbook Handout of the chapters ${numbers.join(", ")}`),
  );
});

test("what would be in the way, or give something away, is refused", async () => {
  git(course, "switch", "--quiet", "handout");
  await expect(makeBranches(course)).rejects.toThrow("The branch handout is checked out");
  git(course, "switch", "--quiet", "main");
  const line = "const order = [...points].sort((a, b) => a.position - b.position);";
  const before = git(course, "rev-parse", "handout");
  edit(course, "chapters/glossary.md", (text) => `${text}\n${line}\n`);
  commit(course, "A line that no solution has yet");
  await makeBranches(course);
  edit(course, "solutions/05-partitioning/ring.ts", (text) => `${text}\n${line}\n`);
  commit(course, "Now one has it");
  await expect(makeBranches(course)).rejects.toThrow(
    "would show a line of solutions/05-partitioning/ring.ts in chapters/glossary.md",
  );
  edit(course, "chapters/glossary.md", (text) => text.replace(line, ""));
  commit(course, "Too late: it was published");
  await expect(makeBranches(course)).rejects.toThrow(
    "The history of the branch handout shows a line of solutions/",
  );
  git(course, "update-ref", "refs/heads/handout", "main");
  await expect(makeBranches(course)).rejects.toThrow("has a commit that this command did not make");
  git(course, "update-ref", "refs/heads/handout", before);
  await expect(makeBranches(shelf)).rejects.toThrow("no git repository");
});
