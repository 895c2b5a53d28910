import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isAlive } from "../run/processes.ts";

const prefix = "workbook-real-";

/** A folder of this process's own. Its name tells a later run whose it was. */
export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
}

/** Processes that are ending may still write into it. */
export async function removeFolder(folder: string): Promise<void> {
  for (let attempt = 1; existsSync(folder) && attempt <= 50; attempt++) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      await pause(100);
    }
  }
}

/** As far as it goes; the next run removes the rest. */
export function removeNow(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  } catch {
    // Somebody still writes into it.
  }
}

/** Ends the servers of runs that were killed, and removes their folders. */
export async function removeLeftovers(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const [, pid] = new RegExp(`^${prefix}(\\d+)-`).exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const folder = join(tmpdir(), name);
    try {
      for (const data of readdirSync(folder)) await endServerOf(join(folder, data));
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // It is somebody else's, who sees to it.
    }
  }
}

async function endServerOf(data: string): Promise<void> {
  const file = join(data, "postmaster.pid");
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, "utf8").split("\n")[0]);
  // The number may belong to another process by now.
  const command = spawnSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" }).stdout ?? "";
  if (!command.includes(data)) return;
  process.kill(pid, "SIGQUIT");
  for (let waited = 0; isAlive(pid) && waited < 100; waited++) await pause(50);
}
