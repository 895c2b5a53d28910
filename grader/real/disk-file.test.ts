import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { DiskFile } from "./disk-file.ts";

const shelf = mkdtempSync(join(tmpdir(), "workbook-"));
afterAll(() => rmSync(shelf, { recursive: true }));

const cells = (disk: DiskFile) => Object.fromEntries(disk.open().cells);

test("what was synced is there in the next life, and what was not is gone", () => {
  const disk = new DiskFile(join(shelf, "one"));
  expect(cells(disk)).toEqual({});
  disk.write({ write: "set", cells: { a: 1, b: { c: [2] } } });
  disk.write({ write: "append", entry: "first" });
  disk.sync();
  disk.write({ write: "delete", cells: ["b"], set: { d: 3 } });
  disk.sync();
  disk.write({ write: "set", cells: { a: 9 } });
  disk.close();
  expect(cells(disk)).toEqual({ a: 1, d: 3 });
  expect(disk.open().entries).toEqual(["first"]);
  expect(disk.syncCount).toBe(2);
});

test("half a line at the end was never safe, and the next write does not touch it", () => {
  const path = join(shelf, "torn");
  const disk = new DiskFile(path);
  disk.open();
  disk.write({ write: "set", cells: { a: "ä" } });
  disk.sync();
  disk.close();
  appendFileSync(path, '{"write":"set","cells":{"a":');
  expect(cells(disk)).toEqual({ a: "ä" });
  disk.write({ write: "set", cells: { b: 2 } });
  disk.sync();
  expect(cells(disk)).toEqual({ a: "ä", b: 2 });
  expect(readFileSync(path, "utf8").split("\n").length).toBe(3);
});

test("what a node reads from the file is frozen, as in the simulator", () => {
  const disk = new DiskFile(join(shelf, "frozen"));
  disk.open();
  disk.write({ write: "set", cells: { a: { b: 1 } } });
  disk.sync();
  expect(Object.isFrozen(disk.open().cells.get("a"))).toBe(true);
});
