import { run, type Scenario } from "#lib/nemesis";
import { canonical, type Recorder } from "#lib/sim";
import type { ClientMessage, Exercise } from "#protocol/01-first-node";
import { claim } from "../suite/index.ts";
import { scenarios } from "./scenarios.ts";

/* What a client can see of a run: what came to it, and what it did. */

/** Everything that the client c1 saw and did, an event a line. */
export type View = readonly { readonly ms: number; readonly text: string; readonly isReply: boolean }[];

export function slowView(work: Exercise): View {
  return viewOf(scenarios.slow, work);
}

export function deadView(work: Exercise): View {
  return viewOf(scenarios.dead, work);
}

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
  run(scenario, work, { seed: 1, recorder });
  return lines;
}

/** Holds the two views side by side: equal, until in one of them an answer comes. */
export function sameView(slow: View, dead: View): void {
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
