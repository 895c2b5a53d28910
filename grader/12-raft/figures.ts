import { explore } from "#lib/explore";
import type { Exercise } from "#protocol/12-raft";
import { type Explored, exploration, explored } from "./explorations.ts";

/** The numbers of the chapter, from real runs of the solutions and of wrong answers. A check compares them with what stands there. */
export async function figures(
  work: Exercise,
  wrong: (name: string) => Promise<Exercise>,
): Promise<{ readonly [name: string]: string }> {
  const lines = [
    slip("commit by counting", await wrong("commits-old-terms-by-counting"), explored.figure8),
    slip("a vote before it is safe", await wrong("vote-safe-after-it-is-sent"), explored.twoCandidates),
  ];
  return { states: states(work), slips: lines.join("\n") };
}

/** When the search comes to what a slip does. */
function slip(name: string, work: Exercise, what: Explored): string {
  const { states, violation } = explore(exploration(work, what));
  const count = states.toLocaleString("en-US").padStart(7);
  const steps = String(violation?.steps.length).padStart(3);
  const staged = what.staged ? `, ${what.staged.length} of them to (b)` : "";
  return `${name.padEnd(25)} falls after ${count} states, in ${steps} steps${staged}`;
}

/** How many states there are. */
function states(work: Exercise): string {
  const line = (name: string, what: Explored): string => {
    const { states, transitions, stopped } = explore({ ...exploration(work, what), states: 200_000 });
    const counts = [states, transitions].map((it) => it.toLocaleString("en-US").padStart(11));
    return `${name.padEnd(28)}${counts.join("")}   ${stopped}`;
  };
  return [
    `${"".padEnd(28)}     states      steps`,
    line("one command, one crash", explored.oneTerm),
    line("two candidates, one crash", explored.twoCandidates),
    line("Figure 8 from (b) on", explored.figure8),
  ].join("\n");
}
