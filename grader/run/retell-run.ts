/*
 * Runs as a test file, in a fork of its own, when a verdict is there: makes each failing run again, as short as it can be made, and
 * leaves its story and what a picture shows of it.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { replayString, shrink } from "#lib/nemesis";
import type { Failure } from "#lib/sim";
import { type StoryOptions, story, type Trace } from "#lib/trace";
import { type RunToShow, runPicture } from "../picture/run-picture.ts";
import { explain } from "./explain.ts";
import { explorationIn, type Found, foundAgain, foundFor, recorded, replayed } from "./replayed.ts";
import type { RetellSettings, Retold } from "./retold.ts";
import { settings } from "./settings.ts";

/** How many events the searches for shorter runs may make, for all failing runs together and for one: two seconds and one, or so. */
const mostEvents = 500_000;
const mostEventsEach = 250_000;

const { retell } = settings();
let leftEvents = mostEvents;

for (const [i, line] of (retell?.runs ?? []).entries()) {
  test(String(i), async () => {
    if (!retell) return;
    const retold = await shortest(line, retell);
    if (retold) writeFileSync(join(retell.folder, `${i}.json`), JSON.stringify(retold));
  });
}

async function shortest(line: string, chapter: RetellSettings): Promise<Retold | undefined> {
  const exploration = explorationIn(line);
  if (exploration !== undefined) return tellFound(await foundAgain(exploration, chapter));
  const first = await replayed(line, chapter);
  // What two runs disagree on, or a realm, shows nothing in one run.
  if (!first.result.failure) return undefined;
  const { scenario, work } = first;
  const shrunk = shrink(scenario, work, first.result, { maxEvents: Math.min(leftEvents, mostEventsEach) });
  leftEvents -= shrunk.eventCount;
  const { result, trace } = recorded(scenario, work, shrunk.result);
  const found = await foundFor(first.result.failure.claim, chapter);
  if (found && found.violation.steps.length < shrunk.result.eventCount && asksNoMore(found, trace)) {
    return tellFound(found);
  }
  const failure = result.failure as Failure;
  const { deviations = [] } = result;
  const options = { deviations, isMissing: failure.kind === "eventually" };
  return tell({ trace, result, failure, replay: replayString(result) }, options);
}

/** A crash may be the shorter way to the same harm; but where nothing has crashed, a crash is beside the point. */
function asksNoMore({ violation }: Found, trace: Trace): boolean {
  const crashes = violation.steps.some(
    ({ kind, crashAfter }) => kind === "crash" || crashAfter !== undefined,
  );
  if (!crashes) return true;
  for (let i = 0; i < trace.length; i++) if (trace.row(i).kind === "crash") return true;
  return false;
}

/** A path that was found has no seed and no deviations: it is a run in which what happens is chosen. */
function tellFound(found: Found | undefined): Retold | undefined {
  if (!found) return undefined;
  const { line: replay, nodes, violation, trace } = found;
  const { kind, claim, text: message, error } = violation;
  const failure = { kind, claim, message, error, eventIndex: violation.steps.length, ms: 0 };
  return tell({ trace, result: { nodes }, failure, replay }, {});
}

function tell(run: Omit<RunToShow, "told">, options: StoryOptions): Retold {
  const { claim, message, error, about } = run.failure;
  const told = story(run.trace, about === undefined ? options : { ...options, about });
  const stack = error instanceof Error ? error.stack : undefined;
  const { sentence, where } = explain({ name: "Broken", message, stack });
  return {
    claim,
    sentence,
    ...(where === undefined ? {} : { where }),
    deviations: told.deviations,
    story: told.lines,
    knew: told.knew,
    replay: run.replay,
    picture: runPicture({ ...run, told }),
  };
}
