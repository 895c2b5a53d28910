import { RunawayLoop } from "#lib/exercise";
import { originalPlace } from "./binding.ts";
import type { Outcome } from "./journal.ts";

/** An error as vitest hands it on: plain data with the fields that it had. */
export interface Thrown {
  readonly name?: string | undefined;
  readonly message?: string | undefined;
  readonly stack?: string | undefined;
  readonly claim?: unknown;
  readonly replay?: unknown;
  readonly error?: unknown;
  readonly cause?: unknown;
}

const ourOwn = new Set(["NotLoaded", "Misuse", "RunawayLoop"]);

/** What a learner is told about an error: one sentence, and where to look. Never a stack. */
export function explain(thrown: Thrown): Outcome {
  const name = thrown.name ?? "Error";
  const message = (thrown.message ?? String(thrown)).trim();
  const behind = name === "Broken" ? behindRun(message) : { name, message };
  // The frame on top of a stack that overflowed is where the function begins; the one below is the call.
  const where = placeOf(thrown, isOverflow(behind) ? 1 : 0);
  const failed = (sentence: string): Outcome => ({
    status: "failed",
    kind: name,
    sentence,
    ...located(sentence, where),
  });

  if (name === "NotImplemented") return { status: "not-started", kind: name, sentence: message };
  if (name === "Undecided") return { status: "error", kind: name, sentence: message };
  const known = behind && knownCause(behind);
  if (name === "Broken") {
    // What does not load does so in every run: there is no story to tell.
    if (behind?.name === "NotLoaded") return failed(behind.message);
    return {
      ...failed(known ?? message),
      ...(typeof thrown.claim === "string" ? { claim: thrown.claim } : {}),
      ...(typeof thrown.replay === "string" ? { replay: thrown.replay } : {}),
    };
  }
  if (known !== undefined) return failed(known);
  const exit = /process\.exit unexpectedly called/.test(message);
  if (exit)
    return failed("The work ended the whole process with process.exit: leave it out, and return instead.");
  if (/timed out in/.test(message))
    return failed("The test did not end in time: something that it waits for never comes.");
  if (name === "AssertionError") return failed(message.split("\n")[0] ?? message);
  if (where) return failed(`It threw ${name}: ${message}`);
  return failed(
    `The test cannot use what it was given (${message}): does every function return what the contract in protocol.ts says?`,
  );
}

interface Cause {
  readonly name: string;
  readonly message: string;
}

/** What was thrown in a run, if the sentence that ended the run says so. */
function behindRun(sentence: string): Cause | undefined {
  const [, name, message] = /^on(?:Start|Message|Timer)\b.*? threw (\w+): (.*)$/s.exec(sentence) ?? [];
  if (name !== undefined && message !== undefined) return { name, message };
  const [, place] = /^A loop at (.+) had to be stopped, on \S+$/.exec(sentence) ?? [];
  return place === undefined ? undefined : new RunawayLoop(place);
}

/** Causes that have one sentence of their own wherever they are met: in a rule, in a run, as a file is loaded. */
function knownCause(cause: Cause): string | undefined {
  if (ourOwn.has(cause.name)) return cause.message;
  if (isOverflow(cause))
    return "A function calls itself without end: which call is the last one, and is it ever reached?";
  if (cause.name === "TypeError" && frozen.test(cause.message)) {
    const copy = /array|property '?\d+\b/i.test(cause.message) ? "[...items]" : "{ ...message, … }";
    return `Messages and values from the disk are frozen: make a copy, ${copy}.`;
  }
  return undefined;
}

/** What the engine says about changing a frozen object or array. */
const frozen =
  /^Cannot (assign to read only property .+ of object '(#<Object>|\[object Array\])'|delete property .+ of (#<Object>|\[object Array\])|add property .+, object is not extensible|add\/remove sealed array elements)$/;

function isOverflow(cause: Cause | undefined): boolean {
  return cause?.name === "RangeError" && cause.message.startsWith("Maximum call stack");
}

function located(sentence: string, where: string | undefined): { where?: string } {
  return where === undefined || sentence.includes(where) ? {} : { where };
}

/** The first place in the learner's files that an error, or the error behind it, went through. */
export function placeOf(error: unknown, skipped = 0): string | undefined {
  for (let thrown = error as Thrown | undefined, depth = 0; thrown && depth < 5; depth++) {
    const places = placesIn(thrown.stack);
    const found = places[skipped] ?? places[0];
    if (found) return found;
    thrown = (thrown.error ?? thrown.cause) as Thrown | undefined;
  }
  return undefined;
}

function placesIn(stack: string | undefined): string[] {
  return (stack ?? "").split("\n").flatMap((line) => {
    const frame = /(?:\(|at |async )((?:file:\/\/)?[^()]+):(\d+):(\d+)\)?$/.exec(line);
    if (!frame) return [];
    const path = (frame[1] as string).replace(/^async /, "").replace(/^file:\/\//, "");
    return originalPlace(path, Number(frame[2]), Number(frame[3])) ?? [];
  });
}
