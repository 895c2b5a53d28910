import { run, type Scenario } from "#lib/nemesis";
import { canonical, type Recorder } from "#lib/sim";
import type { ClientMessage, Exercise } from "#protocol/01-first-node";
import { claim } from "../suite/index.ts";
import { scenarios } from "./scenarios.ts";
import { twinSeed } from "./stories.ts";

/* What a client can see of a run: what came to it, and what it did. */

/** Everything that the client c1 saw and did, an event a line. */
type View = readonly { readonly ms: number; readonly text: string; readonly isReply: boolean }[];

function viewOf(scenario: Scenario<Exercise>, work: Exercise): View {
  const lines: { ms: number; text: string; isReply: boolean }[] = [];
  const recorder: Recorder = {
    add(kind, ms, actor, _cause, peer, payload) {
      if (actor === "c1") {
        const type = (payload as ClientMessage | undefined)?.type;
        const isReply = kind === "message" && (type === "Counted" || type === "Refused");
        lines.push({ ms, text: `${kind} ${peer ?? ""} ${canonical(payload)}`, isReply });
      }
      return lines.length;
    },
  };
  run(scenario, work, { seed: twinSeed, recorder });
  return lines;
}

/** Holds a slow server and a dead one side by side: they look the same, until from one of them an answer comes. */
export function checkTwins(work: Exercise): void {
  const slow = viewOf(scenarios.slow, work);
  const dead = viewOf(scenarios.dead, work);
  const first = slow.findIndex(({ isReply }) => isReply);
  claim(
    first > 0,
    "s1 stood still for 400 ms and then answered, and no reply ever reached c1: is there a request that it got?",
  );
  const answer = slow[first] as View[number];
  claim(!dead.some(({ isReply }) => isReply), "s1 is dead, and c1 had a reply from it");
  for (const [i, line] of slow.slice(0, first).entries()) {
    const other = dead[i];
    claim(
      other !== undefined && other.ms === line.ms && other.text === line.text,
      `Until its answer comes at ${answer.ms} ms, a slow s1 looks to c1 like a dead one. At ${line.ms} ms c1 did or saw this: ${line.text}. Facing a dead s1 it did this at ${other?.ms} ms: ${other?.text}.`,
    );
  }
}
