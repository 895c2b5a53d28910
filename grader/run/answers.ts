import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../report/report.ts";
import type { ChapterVerdict } from "../report/verdict.ts";
import { Usage } from "./chapters.ts";
import type { Grader } from "./grader.ts";
import { filesOf, isFolder } from "./layers.ts";

/** A solution that is wrong in one way, or right in a second way: a few changed files over the solution. */
export interface Answer {
  readonly kind: "wrong" | "right";
  readonly slug: string;
  readonly name: string;
  /** For a wrong answer: the part that it must lose, and a piece of the message that it must get. */
  readonly expect?: { readonly part: string; readonly message: string };
}

export interface AnswerResult {
  readonly answer: Answer;
  /** Whether the suites treat it as they should. */
  readonly isAsExpected: boolean;
  /** Why not, if not. */
  readonly complaint: string;
  /** What it was told at the first test that it lost; empty if it lost none. */
  readonly message: string;
  /** The title of that test. */
  readonly lostTest: string;
}

/** A chapter's wrong and right answers, in order of their names. */
export function answersOf(root: string, slug: string): Answer[] {
  return (["wrong", "right"] as const).flatMap((kind) => {
    const folder = join(root, "grader", slug, kind);
    if (!isFolder(folder)) return [];
    const names = readdirSync(folder)
      .filter((name) => isFolder(join(folder, name)))
      .sort();
    return names.map((name) => readAnswer(root, slug, kind, name));
  });
}

function readAnswer(root: string, slug: string, kind: "wrong" | "right", name: string): Answer {
  const folder = join(root, "grader", slug, kind, name);
  const known = filesOf([join(root, "solutions", slug)]);
  const own = filesOf([folder]);
  const text = own.map((file) => readFileSync(join(folder, file), "utf8")).join("");
  // Another design may need another file; one that nothing asks for is a slip of the pen.
  const strange = own.find((file) => !known.includes(file) && !text.includes(`"./${file}"`));
  if (strange)
    throw new Usage(`${kind}/${name} of ${slug} has ${strange}, and the solution has no such file.`);
  if (kind === "right") return { kind, slug, name };
  const path = join(folder, "expect.json");
  if (!existsSync(path)) throw new Usage(`wrong/${name} of ${slug} has no expect.json.`);
  const expect = JSON.parse(readFileSync(path, "utf8")) as { part: string; message: string };
  if (typeof expect.part !== "string" || typeof expect.message !== "string" || expect.message === "") {
    throw new Usage(`wrong/${name}/expect.json of ${slug} must name a part and a piece of the message.`);
  }
  return { kind, slug, name, expect };
}

/** Grades one answer: a wrong one only on its part and up to the first loss, a right one on every part. */
export async function tryAnswer(
  grader: Grader,
  answer: Answer,
  seed: number,
  seeds?: number,
): Promise<AnswerResult> {
  const { kind, slug, name, expect } = answer;
  const verdict = await grader.grade({
    chapter: slug,
    layers: [join(grader.root, "grader", slug, kind, name), join(grader.root, "solutions", slug)],
    seed,
    ...(seeds === undefined ? {} : { seeds }),
    ...(expect ? { parts: [expect.part], stopAtFirstLoss: true } : {}),
  });
  const lost = firstLoss(verdict);
  const complaint = expect ? complaintAboutWrong(lost, expect) : lost ? `it lost "${lost.lostTest}"` : "";
  return {
    answer,
    isAsExpected: complaint === "",
    complaint,
    message: lost?.message ?? "",
    lostTest: lost?.lostTest ?? "",
  };
}

interface Loss {
  readonly lostTest: string;
  readonly message: string;
  readonly isOurs: boolean;
}

/** A test that stopped at a first loss leaves others without a result: those lost nothing of their own. */
function firstLoss(verdict: ChapterVerdict): Loss | undefined {
  for (const part of verdict.parts) {
    const failed = part.tests.find((test) => test.status === "failed" || test.status === "not-started");
    const lost = failed ?? part.tests.find((test) => test.status === "error");
    if (lost) return { lostTest: lost.name, message: messageOf(lost), isOurs: lost.status === "error" };
  }
  return undefined;
}

function complaintAboutWrong(
  lost: Loss | undefined,
  { part, message }: { part: string; message: string },
): string {
  if (!lost) return `it keeps part ${part}`;
  if (lost.isOurs) return `part ${part} could not be graded: ${lost.message}`;
  return lost.message.includes(message) ? "" : `its message does not say "${message}"`;
}
