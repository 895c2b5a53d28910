/*
 * Runs as a test file, in a fork of its own, so that a replay has the same guards around it as a graded run: makes one
 * recorded run of a scenario and writes it into the journal as text.
 */

import { test } from "vitest";
import type { Failure } from "#lib/sim";
import { tell } from "#lib/trace";
import { counted } from "../report/words.ts";
import { explain } from "./explain.ts";
import { JournalWriter } from "./journal.ts";
import { replayed } from "./replayed.ts";
import { settings } from "./settings.ts";

const { replay, journal } = settings();

test("replay", async () => {
  if (!replay || journal === undefined) throw new Error("there is nothing to replay");
  const { result, trace } = await replayed(replay.line, replay);
  const { failure } = result;
  const verdict = failure
    ? verdictLines(failure)
    : ["", `✓ no claim was broken; ${counted(result.completed, "operation")} completed.`];
  const writer = new JournalWriter(journal);
  writer.write({ event: "told", lines: [...tell(trace), ...verdict] });
  writer.write({
    event: "told",
    lines: [
      "",
      `${counted(result.eventCount, "event")}, ${result.virtualMs} ms of virtual time, trace hash ${result.hash}`,
    ],
  });
  writer.close();
  // So that whoever asked knows it: a claim that is broken is no trouble with the replay.
  if (failure) throw Object.assign(new Error(failure.message), { name: "Broken" });
});

function verdictLines({ claim, message, error }: Failure): string[] {
  const stack = error instanceof Error ? error.stack : undefined;
  const { sentence, where } = explain({ name: "Broken", message, stack });
  return ["", `✗ ${claim}`, `  ${sentence}`, ...(where === undefined ? [] : [`  where ${where}`])];
}
