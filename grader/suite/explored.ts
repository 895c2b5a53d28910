import { type Exploration, explore, type NamedExploration, type Progress } from "#lib/explore";
import { counted } from "../report/words.ts";
import { account } from "../run/account.ts";
import { progress } from "../run/progress.ts";
import { exploredLine } from "../run/replayed.ts";
import { Broken } from "./claim.ts";

/**
 * Explores states of the work, as many as the exploration allows, and fails with the shortest way to one that breaks a claim. That all
 * states were visited is not asked for: how many there are is a matter of the design.
 */
export function explored<Exercise>(exploration: NamedExploration<Exercise>, work: Exercise): Exploration {
  const onProgress = ({ states }: Progress) => progress(`${counted(states, "state")} were visited`);
  const found = explore({ ...exploration.options(work), onProgress });
  if (found.violation) {
    const { claim, text, error } = found.violation;
    const broken = new Broken(text, { claim, replay: exploredLine(exploration.name) });
    // What the work threw knows where.
    if (error instanceof Error && error.stack) broken.stack = error.stack;
    throw broken;
  }
  if (found.stopped === "hidden state") {
    throw new Broken(found.why, { claim: "a node does the same again after the same events" });
  }
  const all = found.stopped === "complete" ? ", which are all" : "";
  account(
    `${exploration.name}: ${counted(found.states, "state")}${all}, with ${counted(found.transitions, "transition")} between them`,
  );
  return found;
}
