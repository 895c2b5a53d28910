import { explore } from "#lib/explore";
import type { Exercise } from "#protocol/12-raft";
import { type Explored, exploration, explored } from "./explorations.ts";

/** The numbers of the chapter, from real runs of the work that is given. A check compares them with what stands there. */
export function figures(work: Exercise): { readonly [name: string]: string } {
  return { states: states(work) };
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
