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
import { type ChapterRuns, explorationIn, foundAgain, replayed } from "./replayed.ts";
import { settings } from "./settings.ts";

const { replay, journal } = settings();

test("replay", async () => {
  if (!replay || journal === undefined) throw new Error("there is nothing to replay");
  const { lines, failure } = await told(replay.line, replay);
  const writer = new JournalWriter(journal);
  writer.write({ event: "told", lines });
  writer.close();
  // So that whoever asked knows it: a claim that is broken is no trouble with the replay.
  if (failure) throw Object.assign(new Error(failure.message), { name: "Broken" });
});

type Fallen = Pick<Failure, "claim" | "message" | "error">;

async function told(line: string, chapter: ChapterRuns): Promise<{ lines: string[]; failure?: Fallen }> {
  const name = explorationIn(line);
  if (name !== undefined) {
    const found = await foundAgain(name, chapter);
    if (!found) return { lines: ["✓ no state was found in which a claim is broken."] };
    const { claim, text: message, error } = found.violation;
    const failure = { claim, message, error };
    return { lines: [...tell(found.trace), ...verdictLines(failure)], failure };
  }
  const { result, trace } = await replayed(line, chapter);
  const { failure, eventCount, virtualMs, hash, completed } = result;
  const verdict = failure
    ? verdictLines(failure)
    : ["", `✓ no claim was broken; ${counted(completed, "operation")} completed.`];
  const account = `${counted(eventCount, "event")}, ${virtualMs} ms of virtual time, trace hash ${hash}`;
  return { lines: [...tell(trace), ...verdict, "", account], ...(failure && { failure }) };
}

function verdictLines({ claim, message, error }: Fallen): string[] {
  const stack = error instanceof Error ? error.stack : undefined;
  const { sentence, where } = explain({ name: "Broken", message, stack });
  return ["", `✗ ${claim}`, `  ${sentence}`, ...(where === undefined ? [] : [`  where ${where}`])];
}
