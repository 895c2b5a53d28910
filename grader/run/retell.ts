import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pictureHtml } from "../picture/picture.ts";
import { writeWhole } from "../report/report.ts";
import type { PartVerdict, TestVerdict } from "../report/verdict.ts";
import { shown } from "./layers.ts";
import type { Retold } from "./retold.ts";

/** A test that failed in a run which can be made again. */
export interface FailedRun {
  readonly part: PartVerdict;
  readonly test: TestVerdict;
  readonly replay: string;
}

/** The failed runs of a verdict, those that are told in full first: the search for short ones may not get to all. */
export function failedRuns(parts: readonly PartVerdict[]): FailedRun[] {
  const found = parts.map((part) =>
    part.tests.flatMap((test) => {
      const { replay } = test.outcome;
      return test.status === "failed" && replay !== undefined ? [{ part, test, replay }] : [];
    }),
  );
  return [...found.flatMap((runs) => runs.slice(0, 1)), ...found.flatMap((runs) => runs.slice(1))];
}

/** What the fork left about the i-th run, if it came that far. */
export function retoldIn(folder: string, i: number): Retold | undefined {
  const path = join(folder, `${i}.json`);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Retold) : undefined;
}

/** The verdict on a test as its shortest run tells it, with a picture of that run. */
export async function redrawn(root: string, { part, test }: FailedRun, retold: Retold): Promise<TestVerdict> {
  const { picture, ...told } = retold;
  const { rubric } = part;
  const path = join(picturesOf(root), `${rubric.part}-${shortHash(test.name)}.html`);
  const page = await pictureHtml({ part: `${rubric.part} ${rubric.title}`, test: test.name, ...picture });
  writeWhole(path, page);
  return { ...test, outcome: { ...test.outcome, ...told, picture: shown(path) } };
}

/** Removes the pictures of parts that are graded again: one of a test that passes now would mislead. */
export function removePictures(root: string, parts: readonly string[]): void {
  const folder = picturesOf(root);
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (parts.some((part) => name.startsWith(`${part}-`))) rmSync(join(folder, name), { force: true });
  }
}

function picturesOf(root: string): string {
  const folder = join(root, ".workbook", "pictures");
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Four characters tell the tests of a part apart. */
function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 4);
}
