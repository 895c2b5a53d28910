import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { buildLibrary } from "./library.ts";

const shelf = mkdtempSync(join(tmpdir(), "workbook-"));
afterAll(() => rmSync(shelf, { recursive: true }));

/** A library of two modules, one of which needs the other, and a cache for it. */
function libraryOf(name: string): { library: string; cache: string; write(text: string): void } {
  const library = join(shelf, name, "lib");
  for (const module of ["one", "two"]) mkdirSync(join(library, module), { recursive: true });
  const write = (text: string) => writeFileSync(join(library, "one/index.ts"), text);
  write("export const one: number = 1;\n");
  writeFileSync(
    join(library, "two/index.ts"),
    'import { one } from "#lib/one";\nexport const two: number = one + one;\n',
  );
  return { library, cache: join(shelf, name, "cache"), write };
}

const twoIn = async (folder: string) => (await import(pathToFileURL(join(folder, "two.mjs")).href)).two;

test("a library is built once for each state of it", async () => {
  const { library, cache, write } = libraryOf("states");
  const first = await buildLibrary(library, cache);
  expect(await twoIn(first)).toBe(2);
  expect(await buildLibrary(library, cache)).toBe(first);
  write("export const one: number = 5;\n");
  const second = await buildLibrary(library, cache);
  expect(await twoIn(second)).toBe(10);
  expect(readdirSync(cache).length).toBe(2);
});

test("graders that build at once share one folder, and leave nothing else", async () => {
  const { library, cache } = libraryOf("race");
  const folders = await Promise.all([1, 2, 3].map(() => buildLibrary(library, cache)));
  expect(new Set(folders).size).toBe(1);
  expect(readdirSync(cache).length).toBe(1);
  expect(await twoIn(folders[0] as string)).toBe(2);
});

test("a folder of which something was removed is built again", async () => {
  const { library, cache } = libraryOf("torn");
  const folder = await buildLibrary(library, cache);
  rmSync(join(folder, "two.mjs"));
  expect(await buildLibrary(library, cache)).toBe(folder);
  expect(await twoIn(folder)).toBe(2);
});

test("old states are removed, and new ones are kept", async () => {
  const { library, cache } = libraryOf("old");
  const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 60 * 60 * 1000);
  for (const days of [0, 2, 3, 4, 5, 6]) {
    mkdirSync(join(cache, `state-${days}`), { recursive: true });
    utimesSync(join(cache, `state-${days}`), daysAgo(days), daysAgo(days));
  }
  const folder = await buildLibrary(library, cache);
  expect(readdirSync(cache).map((name) => join(cache, name))).toEqual(
    [folder, ...[0, 2, 3].map((days) => join(cache, `state-${days}`))].sort(),
  );
});

test("where nothing can be written, a grader has a folder of its own", async () => {
  const { library } = libraryOf("closed");
  const closed = join(shelf, "closed", "a-file");
  writeFileSync(closed, "");
  chmodSync(closed, 0o444);
  const folder = await buildLibrary(library, join(closed, "cache"));
  expect(folder).toMatch(/[\\/]\.workbook[\\/]lib[\\/]/);
  expect(await twoIn(folder)).toBe(2);
});
