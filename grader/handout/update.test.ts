import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { recordIn, recordPath, recordText } from "./record.ts";
import { readTree, updateLines, updateTree, writeTree } from "./update.ts";

const shelf = mkdtempSync(join(tmpdir(), "workbook-update-"));
afterAll(() => rmSync(shelf, { recursive: true }));

type Texts = { readonly [path: string]: string };

function treeOf(texts: Texts): Map<string, Buffer> {
  const tree = new Map(Object.entries(texts).map(([path, text]) => [path, Buffer.from(text)]));
  const record = recordText({ chapters: ["05-partitioning"], suites: "sealed" }, tree);
  return tree.set(recordPath, Buffer.from(record));
}

const handedOut: Texts = {
  "README.md": "Read me.\n",
  "chapters/05-partitioning.md": "# 05 Partitioning\n",
  "exercises/05-partitioning/hash.ts": "hash stub\n",
  "exercises/05-partitioning/mover.ts": "mover stub\n",
  "exercises/05-partitioning/range.ts": "range stub\n",
  "exercises/05-partitioning/ring.ts": "ring stub\n",
  "grader/05-partitioning/2-ring.test.sealed": "sealed\n",
  "grader/run/grader.ts": "grader\n",
  "grader/run/old.ts": "old\n",
  "lib/sim/kernel.ts": "kernel\n",
  "package-lock.json": "{}\n",
};

const newer: Texts = {
  ...Object.fromEntries(Object.entries(handedOut).filter(([path]) => path !== "grader/run/old.ts")),
  "chapters/05-partitioning.md": "# 05 Partitioning, clearer\n",
  "exercises/05-partitioning/mover.ts": "mover stub, mended\n",
  "exercises/05-partitioning/ring.ts": "ring stub, mended\n",
  "exercises/05-partitioning/log.ts": "a new stub\n",
  "grader/05-partitioning/2-ring.test.sealed": "sealed, mended\n",
  "lib/sim/kernel.ts": "kernel, mended\n",
};

/** What a learner has done to a handout: two parts solved, a third begun, and notes here and there. */
const learners: Texts = {
  "chapters/05-partitioning.md": "# 05 Partitioning\n\nMy notes.\n",
  "exercises/05-partitioning/hash.ts": "my hash\n",
  "exercises/05-partitioning/ring.ts": "my ring\n",
  "exercises/05-partitioning/range.ts": "range stub\r\n",
  "exercises/05-partitioning/search.ts": "a file of my own\n",
  "grader/run/grader.ts": "grader with a console.log\n",
  "lib/sim/kernel.ts": "kernel with a console.log\n",
  ".workbook/hints.json": '{"05.2":2}\n',
};

function half(name: string): string {
  const folder = join(shelf, name);
  writeTree(folder, treeOf(handedOut));
  for (const [path, text] of Object.entries(learners)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const now = new Date("2026-11-22T12:00:00Z");
const update = (folder: string, texts = newer) =>
  updateTree(folder, recordIn(folder) as NonNullable<ReturnType<typeof recordIn>>, treeOf(texts), now);

test("an update of a half-solved chapter brings what is new, and nothing of the learner's is lost", () => {
  const folder = half("half");
  const lines = updateLines(update(folder)).join("\n");
  const read = (path: string) => readFileSync(join(folder, path), "utf8");
  for (const [path, text] of Object.entries(learners))
    if (!path.startsWith("lib/")) expect(read(path)).toBe(text);
  expect(read("exercises/05-partitioning/mover.ts")).toBe("mover stub, mended\n");
  expect(read("exercises/05-partitioning/log.ts")).toBe("a new stub\n");
  expect(read("grader/05-partitioning/2-ring.test.sealed")).toBe("sealed, mended\n");
  expect(existsSync(join(folder, "grader/run/old.ts"))).toBe(false);
  expect(read(".workbook/update/exercises/05-partitioning/ring.ts")).toBe("ring stub, mended\n");
  expect(existsSync(join(folder, ".workbook/update/exercises/05-partitioning/hash.ts"))).toBe(false);
  expect(read("lib/sim/kernel.ts")).toBe("kernel, mended\n");
  expect(read(".workbook/kept/2026-11-22T12-00-00-000Z/lib/sim/kernel.ts")).toBe(
    "kernel with a console.log\n",
  );
  expect(lines).toContain("4 files of yours left as they are.");
  expect(lines).toContain(".workbook/update/exercises/05-partitioning/ring.ts");
  expect(lines).toContain(".workbook/kept/2026-11-22T12-00-00-000Z/lib/sim/kernel.ts");
  expect(updateLines(update(folder))).toEqual(["There was nothing new: every file is as it was."]);
});

test("an update that was cut short is done again", () => {
  const folder = half("cut");
  const record = readFileSync(join(folder, recordPath));
  const first = update(folder);
  writeFileSync(join(folder, recordPath), record);
  writeFileSync(
    join(folder, "grader/05-partitioning/2-ring.test.sealed"),
    handedOut["grader/05-partitioning/2-ring.test.sealed"] as string,
  );
  const second = update(folder);
  expect(second.changed).toEqual(["grader/05-partitioning/2-ring.test.sealed"]);
  expect(second.kept).toEqual(first.kept);
  expect(readFileSync(join(folder, "exercises/05-partitioning/ring.ts"), "utf8")).toBe("my ring\n");
});

test("a handout is written into a folder that is empty or new, and read whole", () => {
  const folder = join(shelf, "whole");
  writeTree(folder, treeOf(handedOut));
  expect([...readTree(folder)]).toEqual([...treeOf(handedOut)]);
  expect(() => writeTree(folder, treeOf(handedOut))).toThrow("neither empty nor a handout");
  writeFileSync(join(folder, "README.md"), "Something else.\n");
  expect(() => readTree(folder)).toThrow("README.md is not as it was handed out");
  expect(() => readTree(shelf)).toThrow("is no handout");
  writeFileSync(join(folder, recordPath), "{");
  expect(() => recordIn(folder)).toThrow("cannot be read");
});
