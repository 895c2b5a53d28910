import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Suites, Usage } from "../run/chapters.ts";

/** Where a handout says what it is. */
export const recordPath = "handout.json";

/** What a handout was when it was made: from it an update knows what the learner has changed since. */
export interface HandoutRecord {
  readonly schema: 1;
  readonly suites: Suites;
  readonly chapters: readonly string[];
  /** The mark of each file's content. */
  readonly files: { readonly [path: string]: string };
}

export function recordText(
  { chapters, suites }: Pick<HandoutRecord, "chapters" | "suites">,
  tree: ReadonlyMap<string, Buffer>,
): string {
  const files = Object.fromEntries([...tree].map(([path, content]) => [path, markOf(content)]));
  return `${JSON.stringify({ schema: 1, suites, chapters, files } satisfies HandoutRecord, null, 2)}\n`;
}

/** Line ends are left out of account: git and editors change them without anybody's doing. */
export function markOf(content: Buffer): string {
  const plain = Buffer.from(content.toString("latin1").replaceAll("\r\n", "\n"), "latin1");
  return createHash("sha256").update(plain).digest("hex").slice(0, 16);
}

/** The record of the handout in a folder; undefined if there is none. */
export function recordIn(folder: string): HandoutRecord | undefined {
  const path = join(folder, recordPath);
  if (!existsSync(path)) return undefined;
  try {
    const record = JSON.parse(readFileSync(path, "utf8")) as HandoutRecord;
    if (record.schema === 1 && typeof record.files === "object") return record;
  } catch {
    // As good as one that says something else.
  }
  throw new Usage(`${path} cannot be read: bring it back from where the handout came from.`);
}
