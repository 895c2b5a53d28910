import { appendFileSync, closeSync, fsyncSync, ftruncateSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { DiskImage, type DiskWrite, frozenCopy } from "#lib/sim";

/**
 * A node's disk in one real file: a line for each write. What was not synced is lost in a crash, all of it: a write that waits for its
 * sync is kept in memory only.
 */
export class DiskFile {
  syncCount = 0;
  readonly #path: string;
  #unsynced: DiskWrite[] = [];
  #file: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Opens the file for a life of the node, and gives what is safe in it. */
  open(): DiskImage {
    this.close();
    this.#file = openSync(this.#path, "a+");
    const text = readFileSync(this.#path, "utf8");
    // A machine that lost its power while it wrote leaves half a line: that write was never safe.
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    if (whole !== text) ftruncateSync(this.#file, Buffer.byteLength(whole));
    const image = new DiskImage();
    for (const line of whole.split("\n").slice(0, -1)) {
      image.apply(frozenCopy(JSON.parse(line) as DiskWrite, "The file holds", () => ""));
    }
    if (text === "") syncFolder(dirname(this.#path));
    return image;
  }

  write(change: DiskWrite): void {
    this.#unsynced.push(change);
  }

  /** Returns when the writes are on the disk, and not in a cache of the system. */
  sync(): void {
    if (this.#file === undefined) throw new Error(`${this.#path} is not open`);
    const lines = this.#unsynced.map((change) => `${JSON.stringify(change)}\n`);
    this.#unsynced = [];
    appendFileSync(this.#file, lines.join(""));
    fsyncSync(this.#file);
    this.syncCount++;
  }

  /** The node has crashed. */
  close(): void {
    this.#unsynced = [];
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

/** A new file's name is in its folder, which is a file of its own. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const file = openSync(folder, "r");
  fsyncSync(file);
  closeSync(file);
}
