import { SHARE_ENV, Worker } from "node:worker_threads";

/** The number of the loop or function of the work that ran last; the lifeline writes it down while the main thread is busy. */
export const site = new Int32Array(new SharedArrayBuffer(4)).fill(-1);

/**
 * Starts a thread that goes on when the work never comes back. It ends the process when the grader is gone, so that
 * no fork is left to spin, and notes where the work was heard last.
 */
export function startLifeline(noteFile: string): void {
  const thread = new Worker(new URL("./lifeline-thread.cjs", import.meta.url), {
    workerData: { site: site.buffer, parent: process.ppid, noteFile },
    // The heap's limit is for the work, not for a thread that needs nothing.
    resourceLimits: { maxOldGenerationSizeMb: 16 },
    execArgv: [],
    env: SHARE_ENV,
  });
  thread.unref();
}
