import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "./report.ts";

/** Remembers which hints a learner has seen. */
export class HintMemory {
  readonly #path: string;
  readonly #seen: { [part: string]: number };

  constructor(root: string) {
    this.#path = join(root, ".workbook", "hints.json");
    this.#seen = existsSync(this.#path) ? readSeen(this.#path) : {};
  }

  seen(part: string): number {
    return Math.min(3, Math.max(0, this.#seen[part] ?? 0));
  }

  left(part: string): number {
    return 3 - this.seen(part);
  }

  /** Notes that one hint more has been seen, and gives back how many that makes. */
  advance(part: string): number {
    this.#seen[part] = Math.min(3, this.seen(part) + 1);
    writeWhole(this.#path, `${JSON.stringify(this.#seen, null, 2)}\n`);
    return this.seen(part);
  }
}

/** A memory that cannot be read is an empty one: the worst is a hint seen twice. */
function readSeen(path: string): { [part: string]: number } {
  try {
    const found: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof found === "object" && found !== null ? (found as { [part: string]: number }) : {};
  } catch {
    return {};
  }
}
