/*
 * Runs in every fork before a part's tests: writes each test's beginning and end into the journal, where they survive
 * whatever becomes of the fork, and sees to it that a `todo` or a runaway loop which was caught still counts.
 */

import { afterAll, afterEach, beforeEach, expect, inject } from "vitest";
import {
  forgetTodos,
  NotImplemented,
  RunawayLoop,
  reachedTodos,
  resetRounds,
  stoppedAt,
} from "#lib/exercise";
import { takeAccounts } from "./account.ts";
import { listenToLoading } from "./binding.ts";
import { explain, type Thrown } from "./explain.ts";
import { JournalWriter, type Outcome } from "./journal.ts";
import { startLifeline } from "./lifeline.ts";
import { printTo, unshownLines } from "./output.ts";
import { tellProgressTo } from "./progress.ts";
import { useSettings } from "./settings.ts";

const settings = inject("workbook");
useSettings(settings);
resetRounds();

const { journal: folder, finished = {}, stopAtFirstLoss = false } = settings;
const testFile = expect.getState().testPath ?? "";

if (folder !== undefined) {
  const journal = new JournalWriter(folder);
  journal.write({ event: "fork", pid: process.pid, testFile });
  startLifeline(`${folder}/${process.pid}.site`);
  printTo((line) => journal.write({ event: "output", line }));

  tellProgressTo((soFar) => journal.write({ event: "progress", soFar }));
  listenToLoading((file) => journal.write({ event: "loading", file }));

  const alreadyKnown = new Set(finished[testFile]);
  let isLost = false;
  let running: string | undefined;

  beforeEach(({ task, skip }) => {
    if (alreadyKnown.has(task.name) || (stopAtFirstLoss && isLost)) skip();
    running = task.name;
    journal.write({ event: "start", test: task.name });
    forgetTodos();
    takeAccounts();
    stoppedAt();
    resetRounds();
  });

  afterEach(({ task }) => {
    // vitest comes here for tests that were skipped, too: those have nothing to report.
    if (running !== task.name) return;
    running = undefined;
    resetRounds();
    const [todo] = reachedTodos();
    const runaway = stoppedAt();
    const errors = (task.result?.errors ?? []) as Thrown[];
    const outcome = outcomeOf(errors, todo, runaway);
    if (outcome.status !== "passed") isLost = true;
    journal.write({ event: "end", test: task.name, outcome });
    if (errors.length > 0) return;
    // vitest's own count must agree: work that caught the error does not pass.
    if (todo !== undefined) throw new NotImplemented(todo);
    if (runaway !== undefined) throw new RunawayLoop(runaway);
  });

  afterAll(() => {
    const count = unshownLines();
    if (count > 0) journal.write({ event: "more-output", count });
    journal.write({ event: "done" });
  });
}

/** A test that reached a `todo` is not started, whatever it led to; a loop that was stopped explains what came after it. */
function outcomeOf(errors: Thrown[], todo: string | undefined, runaway: string | undefined): Outcome {
  if (todo !== undefined) return explain(new NotImplemented(todo));
  const first = errors.find((error) => error.name === "Broken") ?? errors[0];
  if (runaway !== undefined && !first?.message?.includes(runaway)) return explain(new RunawayLoop(runaway));
  return first === undefined ? { status: "passed", sentence: takeAccounts() } : explain(first);
}
