/*
 * Runs as a test file, in a fork of its own, when a verdict is there: makes each failing run again, as short as it can be made, and
 * leaves its story and what a picture shows of it.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { type RunResult, replayString, shrink } from "#lib/nemesis";
import type { Failure } from "#lib/sim";
import { story, type Trace } from "#lib/trace";
import { runPicture } from "../picture/run-picture.ts";
import { explain } from "./explain.ts";
import { recorded, replayed } from "./replayed.ts";
import type { Retold } from "./retold.ts";
import { settings } from "./settings.ts";

/** How many events the searches for shorter runs may make, for all failing runs together and for one: two seconds and one, or so. */
const mostEvents = 500_000;
const mostEventsEach = 250_000;

const { retell } = settings();
let leftEvents = mostEvents;

for (const [i, line] of (retell?.runs ?? []).entries()) {
  test(String(i), async () => {
    if (!retell) return;
    const first = await replayed(line, retell);
    // What two runs disagree on, or a realm, shows nothing in one run.
    if (!first.result.failure) return;
    const { scenario, work } = first;
    const shrunk = shrink(scenario, work, first.result, { maxEvents: Math.min(leftEvents, mostEventsEach) });
    leftEvents -= shrunk.eventCount;
    const { result, trace } = recorded(scenario, work, shrunk.result);
    const failure = result.failure as Failure;
    writeFileSync(join(retell.folder, `${i}.json`), JSON.stringify(retold(result, failure, trace)));
  });
}

function retold(result: RunResult, failure: Failure, trace: Trace): Retold {
  const { kind, claim, message, error, about } = failure;
  const { deviations = [] } = result;
  const told = story(trace, {
    deviations,
    isMissing: kind === "eventually",
    ...(about === undefined ? {} : { about }),
  });
  const replay = replayString(result);
  const stack = error instanceof Error ? error.stack : undefined;
  const { sentence, where } = explain({ name: "Broken", message, stack });
  return {
    claim,
    sentence,
    ...(where === undefined ? {} : { where }),
    deviations: told.deviations,
    story: told.lines,
    knew: told.knew,
    replay,
    picture: runPicture({ trace, result, failure, told, replay }),
  };
}
