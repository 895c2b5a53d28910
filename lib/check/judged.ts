import type { Invariant } from "#lib/sim";
import type { Verdict } from "./verdict.ts";

/**
 * A claim about a whole run, which a checker judges when the run is over: `judged("what clients saw could have come from one
 * machine (invariant 3)", () => linearizable(history.operations, register))`. Unknown is not a pass: the run ends undecided.
 */
export function judged(name: string, check: () => Verdict): Invariant {
  return {
    name,
    onEnd() {
      const verdict = check();
      if (verdict.ok === true) return undefined;
      if (verdict.ok === "unknown") return { text: verdict.why, isUndecided: true };
      return verdict.witness;
    },
  };
}
