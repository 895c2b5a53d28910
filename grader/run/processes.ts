import { readFileSync } from "node:fs";

/** What a process holds in memory; 0 where the system does not say. */
export function residentBytes(pid: number): number {
  return Number(fields(`/proc/${pid}/statm`)?.[1] ?? 0) * 4096;
}

/** How long a process has had a core, in ms; undefined where the system does not say. */
export function processorMs(pid: number): number | undefined {
  // The name in parentheses may hold spaces; user and system time are the 12th and 13th fields after it.
  const found = fields(`/proc/${pid}/stat`, ") ");
  return found && (Number(found[11]) + Number(found[12])) * 10;
}

/** Whether a process would go on if it were given a core; false where the system does not say. */
export function waitsForACore(pid: number): boolean {
  return fields(`/proc/${pid}/stat`, ") ")?.[0] === "R";
}

function fields(path: string, after = ""): string[] | undefined {
  try {
    const text = readFileSync(path, "utf8");
    return text.slice(text.lastIndexOf(after) + after.length).split(" ");
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
